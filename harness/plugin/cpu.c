/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU executes. The truth is its per-CPU base: gs_base in the kernel, k_gs_base in a program, and between the
 * entry and swapgs as well whichever of the two is a kernel address. Which of QEMU's CPUs has that base is told where
 * QEMU says the right index: to memory callbacks of what a helper accesses (iretq). An index that callbacks of
 * generated code get is the one of the CPU that translated it, under icount.
 */
#include <stdlib.h>
#include <string.h>

#include "plugin/trace.h"

static struct cpu *cpus[TRACE_CPUS];
static unsigned n_cpus;
static struct api_bytes *bytes;

enum { GS_BASE, K_GS_BASE, RSP, RIP, RDI, RSI, RDX, CR3, REGISTERS };
static struct qemu_plugin_register *handle[REGISTERS];

void cpu_registers(void)
{
	static const char *const names[REGISTERS] = { "gs_base", "k_gs_base", "rsp", "rip",
						      "rdi",	 "rsi",	      "rdx", "cr3" };
	struct api_array *all;

	if (bytes)
		return;
	bytes = g_byte_array_new();
	all = qemu_plugin_get_registers();
	for (unsigned i = 0; i < all->len; i++) {
		const struct api_reg *r = (const struct api_reg *)(const void *)all->data + i;

		for (unsigned k = 0; k < REGISTERS; k++)
			if (!strcmp(r->name, names[k]))
				handle[k] = r->handle;
	}
	g_array_free(all, 1);
}

static uint64_t read_register(unsigned which)
{
	uint64_t v = 0;

	g_byte_array_set_size(bytes, 0);
	if (handle[which] && qemu_plugin_read_register(handle[which], bytes) > 0)
		memcpy(&v, bytes->data, bytes->len < sizeof(v) ? bytes->len : sizeof(v));
	return v;
}

uint64_t cpu_rsp(void)
{
	return read_register(RSP);
}

uint64_t cpu_rip(void)
{
	return read_register(RIP);
}

uint64_t cpu_rdi(void)
{
	return read_register(RDI);
}

uint64_t cpu_rsi(void)
{
	return read_register(RSI);
}

uint64_t cpu_rdx(void)
{
	return read_register(RDX);
}

uint64_t cpu_cr3(void)
{
	return read_register(CR3) & 0x000ffffffffff000ull;
}

const uint8_t *cpu_memory(uint64_t at, size_t n)
{
	return qemu_plugin_read_memory_vaddr(at, bytes, n) ? bytes->data : NULL;
}

static bool is_kernel(uint64_t address)
{
	return address >> 63;
}

/* 0 when it can't be told: before Linux has set it, which no restored machine is. */
static uint64_t per_cpu_base(void)
{
	uint64_t base = read_register(GS_BASE);

	if (!is_kernel(base))
		base = read_register(K_GS_BASE);
	return is_kernel(base) ? base : 0;
}

static struct cpu *by_base(uint64_t base)
{
	static unsigned last;

	/* they run in turn */
	for (unsigned i = 0; i < n_cpus; i++) {
		unsigned k = (last + i) % n_cpus;

		if (cpus[k]->base == base) {
			last = k;
			return cpus[k];
		}
	}
	if (n_cpus == TRACE_CPUS)
		return NULL;
	struct cpu *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->base = base;
	c->index = -1;
	c->column = TRACE_NONE;
	cpus[n_cpus++] = c;
	return c;
}

bool cpu_look(void *env)
{
	uint64_t base = per_cpu_base();
	struct cpu *c = base ? by_base(base) : NULL;

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
	uint64_t base = per_cpu_base();

	return !base || !trace.cpu || base == trace.cpu->base;
}

void cpu_index_is(unsigned index)
{
	uint64_t base = per_cpu_base();
	struct cpu *c = base ? by_base(base) : NULL;

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

unsigned cpu_count(void)
{
	return n_cpus;
}

struct cpu *cpu_at(unsigned i)
{
	return cpus[i];
}

void cpu_forget_spaces(void)
{
	for (unsigned i = 0; i < n_cpus; i++) {
		cpus[i]->cr3_known = false;
		cpus[i]->space = NULL;
	}
	trace.env = NULL;
}
