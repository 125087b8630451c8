/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual CPUs that were seen. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_CPUS_H
#define NUMARIG_PLUGIN_CPUS_H

#include "plugin/trace.h"

/* The number of CPUs that were seen. */
unsigned cpu_count(void);
struct cpu *cpu_at(unsigned i);
/* Makes every CPU look up its address space again. */
void cpu_forget_spaces(void);
/* The CPU with this per-CPU base, which is added when it is new; NULL when there is no room. */
struct cpu *cpu_by_base(uint64_t base);

#endif
