/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares the machine that the guest sees with the one that the topology file describes.
 *
 * topo_guest_read() reads the guest's NUMA map from its raw text. topo_attest() then finds out which of the kernel's nodes
 * (`nid`) is which of the file's (`slot`), and compares all their properties. The numbering is derived and not assumed, since
 * Linux numbers proximity domains in the order of the SRAT, those with CPUs first. A node with CPUs is recognized by its CPU
 * list, one without CPUs by the address at which its memory starts.
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
 * Returns 0 with *out filled, or -errno at the first difference. The message begins with the topology's name and has both
 * values: "4node: distance from node 1 to node 2: the file says 15, the guest shows 25". Node ids in it are the file's,
 * followed by the guest's in brackets where they differ. Pure.
 */
int topo_attest(const struct topo *t, const struct rawset *boot, struct topo_guest *out, struct err *err);

#endif
