/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, intervals and the output file. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_COUNT_H
#define NUMARIG_PLUGIN_COUNT_H

#include "plugin/trace.h"

/* Adds (sign 1) or subtracts (sign -1) the instructions of the CPU's block from number `first` on. */
void count_insns(struct cpu *c, unsigned first, int sign);
/* These do what the marks ask for (wire/mark.h). */
void count_begin(void);
void count_close(const char *name, bool next);
void count_stop(void);

#endif
