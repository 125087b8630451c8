/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many nodes and CPUs a kernel was built for. */
#ifndef NUMARIG_KIT_KERNEL_ROOM_H
#define NUMARIG_KIT_KERNEL_ROOM_H

#include "kit/kernel.h"

/*
 * 0, or -ENOPKG when the kernel's .config has room for fewer (CONFIG_NODES_SHIFT, CONFIG_NR_CPUS): Linux then drops the whole
 * SRAT, or leaves CPUs out. 0 when no .config is known.
 */
int kernel_room(const struct kernel *k, unsigned nodes, unsigned cpus, struct err *err);

#endif
