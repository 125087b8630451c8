/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SATA controllers a topology's nodes have ("device": "ahci"), through sysfs, and the addresses their driver gave
 * them. Guest only; what goes wrong ends the workload as BROKEN, a kernel without the driver as SKIP.
 */
#ifndef NUMARIG_WORKLOADS_LIB_DEVICE_H
#define NUMARIG_WORKLOADS_LIB_DEVICE_H

#include "workloads/lib/guest.h"

#define DEVICE_PORTS 32
/*
 * Coherent memory the driver takes for a port: AHCI_PORT_PRIV_DMA_SZ of drivers/ata/ahci.h, 32 command slots of 32 bytes,
 * 32 command tables of 2816 and 256 bytes for what is received: 91392 bytes.
 */
#define DEVICE_PORT_PAGES "23" /* as a row of a check has it */

struct device {
	char name[16]; /* "0000:13:00.0" */
	int nid;       /* of its bus, as the kernel has it from ACPI */
};

/* All of them, in the order of their names; returns how many, at most `most`. */
unsigned device_find(struct wl *w, struct device *v, unsigned most);
/* Takes its driver away, gives it back. Returns when the driver has its memory. */
void device_unbind(struct wl *w, const struct device *d);
void device_bind(struct wl *w, const struct device *d);
/* Tells the kernel another node for it; the driver's next allocation goes by that. */
void device_move(struct wl *w, const struct device *d, int nid);
/* The page frames of its ports' command lists, the first page of each port's memory, out of its own registers. */
unsigned device_lists(struct wl *w, const struct device *d, uint64_t pfn[DEVICE_PORTS]);

#endif
