/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware told the kernel of nodes: ACPI's SRAT (which domain memory and CPUs belong to) and SLIT (how
 * far domains are from each other), as /sys/firmware/acpi/tables has them, read without the kernel's opinion.
 * A domain (PXM) is the firmware's number for what the kernel gives a nid of its own. Guest only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_FIRMWARE_H
#define NUMARIG_WORKLOADS_LIB_FIRMWARE_H

#include "workloads/lib/guest.h"

struct firmware {
	unsigned domains; /* of the SLIT; 0: there is none that the kernel would take */
	uint8_t slit[WL_NODES][WL_NODES];
	unsigned ranges, cpus;
	struct {
		unsigned domain;
		uint64_t from, to; /* page frames */
		bool later;	   /* for memory that may be plugged in */
	} range[4 * WL_NODES];
	struct {
		unsigned domain, apic;
	} cpu[IDSET_MAX];
	unsigned apic[IDSET_MAX]; /* the kernel's: by its number of the CPU */
};

/* SKIP when there is no SRAT. */
void firmware_read(struct wl *w, struct firmware *f);
/* The domain of a page frame, of a CPU of the kernel's; -1: the SRAT does not have it, or only as room for what is plugged in. */
int firmware_frame_domain(const struct firmware *f, uint64_t pfn);
int firmware_cpu_domain(const struct firmware *f, unsigned cpu);
/* The domain that a node of the kernel's is: where a page bound to it lies, without memory where its first CPU is. */
int firmware_node_domain(struct wl *w, const struct firmware *f, int nid);
/* Distance as the kernel has to take it: the SLIT's, without one 10 and 20 (LOCAL_DISTANCE, REMOTE_DISTANCE). */
unsigned firmware_distance(const struct firmware *f, unsigned from, unsigned to);
/* Pages that a domain has from the start. */
uint64_t firmware_pages(const struct firmware *f, unsigned domain);
/* Of these, those that are RAM for the kernel to use: the rest is the firmware's own, tables and the first MiB's holes. */
uint64_t firmware_usable(struct wl *w, const struct firmware *f, unsigned domain);
/* Pages of the node's memory blocks that are online where the SRAT has room for what is plugged in. */
uint64_t firmware_added(const struct firmware *f, int nid);
/* What firmware_pages() gives, as the kernel's log repeats it, by nid; only where it has the same domain for the node. */
void firmware_logged(struct wl *w, const int domain[WL_NODES], uint64_t pages[WL_NODES]);

#endif
