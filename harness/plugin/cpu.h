/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which virtual CPU executes. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_CPU_H
#define NUMARIG_PLUGIN_CPU_H

#include "plugin/trace.h"

/* Finds out which CPU executes: sets trace.cpu to it and trace.env to `env`. False when it can't be found out. */
bool cpu_look(void *env);
/* False when another CPU than trace.cpu executes. */
bool cpu_is_still(void);
/* Sets QEMU's index of the executing CPU; to be called from callbacks to which QEMU passes the right index. */
void cpu_index_is(unsigned index);

#endif
