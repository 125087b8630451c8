/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the machine the guest sees the one the file describes?
 *
 * topo_guest_read() takes the guest's NUMA map out of its raw text; topo_attest() finds out which of the
 * file's nodes (`slot`) is which of the kernel's (`nid`) and compares everything. The map is derived, never
 * assumed: Linux numbers proximity domains as SRAT names them, those with CPUs first. A node with CPUs is
 * known by its CPU list, one without by where its memory starts.
 *
 * Raw texts read (wire/rawset.h): /sys/devices/system/node/{online,possible,has_cpu,has_memory},
 * .../nodeN/{cpulist,distance}, /proc/zoneinfo; with HMAT also .../nodeN/access0/initiators (the names in
 * that folder) and its read_latency, write_latency, read_bandwidth, write_bandwidth; with a memory-side cache
 * .../nodeN/memory_side_cache/index1/{size,line_size,indexing,write_policy};
 * with devices the kernel's log.
 */
#ifndef NUMARIG_TOPO_ATTEST_H
#define NUMARIG_TOPO_ATTEST_H

#include "topo/guest.h"
#include "topo/topo.h"
#include "wire/rawset.h"

/*
 * Reads, maps and compares. Returns 0 with *out filled, or -errno at the first thing that differs; the
 * message begins with "NAME: " and gives both values: "4node: distance from node 1 to node 2: the file says
 * 15, the guest shows 25". Ids are the file's; the guest's follow in brackets where they differ. Pure.
 */
int topo_attest(const struct topo *t, const struct rawset *boot, struct topo_guest *out, struct err *err);

#endif
