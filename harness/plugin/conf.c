/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's file, a line a fact; a path is the rest of its line.
 *
 *	out PATH		where the counts go
 *	node NID		a node; their order is that of the columns
 *	ram FROM TO NID		guest-physical bytes of it, hexadecimal
 *	file NID PATH		the file that has the ranges since the last one, as mapped by QEMU
 *	cpu INDEX NID		QEMU's CPU and the node it is on
 *	region NAME FROM BYTES	of every program, hexadecimal
 *	pages			count by page of each program
 *	caches N...		the cache model, as cached_setup() reads it; behind all nodes and CPUs
 */
#include "plugin/conf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/cached.h"
#include "plugin/space.h"

static uint8_t node_of[(1ull << 40) >> TRACE_PHYS_SHIFT]; /* up to TOPO_MEM_TOTAL_MAX */

static bool column_of(int nid, uint8_t *column)
{
	for (unsigned i = 0; i < trace.nodes; i++)
		if (trace.nid[i] == nid) {
			*column = (uint8_t)i;
			return true;
		}
	return false;
}

/* Those that the next file has. */
static struct ram pending[2];
static unsigned pendings;

static bool ram(uint64_t from, uint64_t to, int nid)
{
	uint8_t column;

	if (!column_of(nid, &column) || to >> TRACE_PHYS_SHIFT > sizeof(node_of) || pendings == 2)
		return false;
	pending[pendings++] = (struct ram){ from, to };
	for (uint64_t i = from >> TRACE_PHYS_SHIFT; i < to >> TRACE_PHYS_SHIFT; i++)
		node_of[i] = column;
	return true;
}

static bool file(int nid, const char *path)
{
	struct file *f = &trace.file[trace.files];

	if (trace.files == TRACE_FILES || !column_of(nid, &f->column))
		return false;
	f->path = strdup(path);
	memcpy(f->ram, pending, sizeof(pending));
	f->ranges = pendings;
	pendings = 0;
	trace.files++;
	return f->path;
}

static bool line(const char *s)
{
	unsigned long long from, to;
	unsigned index;
	int nid, n = 0;
	char name[64];
	uint8_t column;

	if (!strncmp(s, "out ", 4)) {
		trace.out = strdup(s + 4);
		return trace.out;
	}
	if (sscanf(s, "node %d", &nid) == 1) {
		if (trace.nodes == TRACE_NODES)
			return false;
		trace.nid[trace.nodes++] = nid;
		return true;
	}
	if (sscanf(s, "ram %llx %llx %d", &from, &to, &nid) == 3)
		return ram(from, to, nid);
	if (sscanf(s, "file %d %n", &nid, &n) == 1 && n)
		return file(nid, s + n);
	if (sscanf(s, "cpu %u %d", &index, &nid) == 2) {
		if (index >= TRACE_CPUS || !column_of(nid, &column))
			return false;
		trace.column_of[index] = column;
		return true;
	}
	if (sscanf(s, "region %63s %llx %llx", name, &from, &to) == 3) {
		space_region(0, name, from, to);
		return true;
	}
	if (!strncmp(s, "caches ", 7))
		return cached_setup(s + 7);
	if (!strcmp(s, "pages")) {
		trace.pages = true;
		space_watch();
		return true;
	}
	return false;
}

bool conf_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *s = NULL;
	size_t size = 0;
	bool good = true;

	memset(node_of, TRACE_NONE, sizeof(node_of));
	memset(trace.column_of, TRACE_NONE, sizeof(trace.column_of));
	trace.node_of = node_of;
	trace.pieces = sizeof(node_of);
	while (f && good && getline(&s, &size, f) > 0) {
		s[strcspn(s, "\n")] = 0;
		good = line(s);
	}
	if (f)
		fclose(f);
	if (!f || !good || !trace.out)
		fprintf(stderr, "trace: %s: %s\n", path,
			!f     ? "can't be read"
			: good ? "names no file for the counts"
			       : s);
	free(s);
	return f && good && trace.out;
}
