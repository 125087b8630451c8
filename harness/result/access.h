/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses raw/NAME.access, the text that the access trace's plugin writes for one machine (harness/plugin/count.c, space.c). Pure.
 * Node ids are the kernel's; -1 stands for memory of no node (devices, ROM).
 *
 *	numarig-access 1
 *	node NID				each node, in order
 *	cpu CPU NID				each CPU that ran, and its node
 *	interval NAME				"-": accesses outside of all intervals
 *	n CPU u|k l|s|f NID COUNT		program or kernel; loads, stores, fetches; the memory's node
 *	c ...					the cache model's: result/access_caches.h
 *	region NAME				of this interval
 *	r NID u|k l|s|f NID COUNT		the CPU's node; the memory's
 *	program PATH				as executed
 *	p PAGE NID NID UL US UF KL KS KF	page number, hexadecimal; the CPU's node, the memory's; counts
 *	lost N, unmatched N, full 0|1		anything but 0 makes the trace unusable
 *	end
 */
#ifndef NUMARIG_RESULT_ACCESS_H
#define NUMARIG_RESULT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "result/access_caches.h"

enum access_kind { ACCESS_LOAD, ACCESS_STORE, ACCESS_FETCH, ACCESS_KINDS };
enum access_mode { ACCESS_KERNEL, ACCESS_USER, ACCESS_MODES };

/* Counts of one pair: accesses from a CPU, or a node's CPUs, to a node's memory. */
struct access_pair {
	int cpu;      /* -1 in a region */
	int from, to; /* nids: the CPU's node, the memory's or -1 */
	uint64_t n[ACCESS_MODES][ACCESS_KINDS];
};

struct access_pairs {
	struct access_pair *v; /* by cpu, from, to */
	size_t n;
};

struct access_region {
	char *name;
	struct access_pairs pairs;
};

struct access_regions {
	struct access_region *v;
	size_t n;
};

struct access_interval {
	char *name; /* "-": accesses outside of all intervals */
	struct access_pairs pairs;
	struct access_regions regions;
	bool cached; /* there was a cache model */
	struct access_caches caches[ACCESS_MODES];
};

struct access_page {
	uint64_t number; /* virtual address / 4096 */
	struct access_pair pair;
};

struct access_program {
	char *name;
	struct access_page *page;
	size_t pages;
};

struct access_cpu {
	int cpu, nid;
};

struct access {
	int *nid; /* nodes */
	size_t nids;
	struct access_cpu *cpu;
	size_t cpus;
	struct access_interval *interval;
	size_t intervals;
	struct access_program *program;
	size_t programs;
};

/*
 * -EBADMSG, with the line, for a text that is cut short or malformed, and for a trace that lost accesses (see `lost` above). `out`
 * is overwritten without being freed first, and is empty after an error.
 */
int access_parse(const char *text, struct access *out, struct err *err);
int access_read(const char *path, struct access *out, struct err *err);
void access_free(struct access *a);
#define auto_access __attribute__((cleanup(access_free)))

/* These two return NULL when there is none of that name. */
const struct access_interval *access_interval(const struct access *a, const char *name);
const struct access_region *access_region(const struct access_regions *r, const char *name);
/* The region of that name; it is added when there is none. */
struct access_region *access_region_make(struct access_regions *r, const char *name);
/* Adds p's counts to the pair of the same cpu, from and to; the pair is added when there is none. */
void access_pairs_add(struct access_pairs *to, const struct access_pair *p);
void access_regions_free(struct access_regions *r);
#define auto_access_regions __attribute__((cleanup(access_regions_free)))

#endif
