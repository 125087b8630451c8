/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/cpus.h"

#include <stdlib.h>

static struct cpu *cpus[TRACE_CPUS];
static unsigned n_cpus;

struct cpu *cpu_by_base(uint64_t base)
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
