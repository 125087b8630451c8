/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers and memory of the executing CPU. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_REGISTERS_H
#define NUMARIG_PLUGIN_REGISTERS_H

#include "plugin/trace.h"

void cpu_registers(void); /* finds the registers' handles; must be called in the context of a virtual CPU */
uint64_t cpu_rsp(void);
uint64_t cpu_rip(void);
uint64_t cpu_rdi(void);
uint64_t cpu_rsi(void);
uint64_t cpu_rdx(void);
uint64_t cpu_cr3(void);
/* n bytes of the executing CPU's virtual memory; NULL when not mapped. Valid until the next call. */
const uint8_t *cpu_memory(uint64_t at, size_t n);

/* The base of its per-CPU memory, by which a CPU is known; 0 when Linux has not set it, as it has in every restored machine. */
uint64_t cpu_base(void);

#endif
