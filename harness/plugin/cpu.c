/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU executes. The truth is its per-CPU base: gs_base in the kernel, k_gs_base in a program, and between the
 * entry and swapgs as well whichever of the two is a kernel address. Which of QEMU's CPUs has that base is told where
 * QEMU says the right index: to memory callbacks of what a helper accesses (iretq). An index that callbacks of
 * generated code get is the one of the CPU that translated it, under icount.
 */
#include "plugin/cpu.h"

#include "plugin/cpus.h"
#include "plugin/registers.h"
#include "plugin/space.h"

bool cpu_look(void *env)
{
	uint64_t base = cpu_base();
	struct cpu *c = base ? cpu_by_base(base) : NULL;

	if (!c) {
		trace.env = NULL;
		return false;
	}
	trace.cpu = c;
	trace.env = trace.by_register ? NULL : env;
	if (trace.spaces && !c->cr3_known) {
		c->space = space_of(cpu_cr3());
		c->cr3_known = true;
	}
	return true;
}

bool cpu_is_still(void)
{
	uint64_t base = cpu_base();

	return !base || !trace.cpu || base == trace.cpu->base;
}

void cpu_index_is(unsigned index)
{
	uint64_t base = cpu_base();
	struct cpu *c = base ? cpu_by_base(base) : NULL;

	if (!c || c != trace.cpu || index >= TRACE_CPUS) {
		trace.lost++;
		return;
	}
	if (c->index == (int)index)
		return;
	if (c->index >= 0) { /* the base of two CPUs */
		trace.lost++;
		return;
	}
	c->index = (int)index;
	c->column = trace.column_of[index];
}
