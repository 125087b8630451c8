/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a machine that say how it is built, out of a folder or an archive: its node folders, and beside them, where they
 * are, the siblings of its CPUs and its ACPI tables. Used by the readers of import_machine.h only.
 */
#ifndef NUMARIG_TOPO_IMPORT_DUMP_H
#define NUMARIG_TOPO_IMPORT_DUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "wire/rawset.h"

struct dump {
	/*
	 * "online", "node0/cpulist" and other files beneath /sys/devices/system/node; of links, as in node0/access0/initiators, only
	 * the name, with an empty text. "cpu/online", "cpu/cpu0/topology/thread_siblings_list" beneath /sys/devices/system.
	 */
	struct rawset files;
	struct text srat, hmat; /* bytes; empty: not there, or not readable by this user */
};

void dump_free(struct dump *d);
#define auto_dump __attribute__((cleanup(dump_free)))

/*
 * Reads a folder: /sys, /sys/devices/system/node, a copy of either, or one that holds such a copy. A link in it that leads out of it
 * is an error (base/beneath.h).
 */
int dump_read_dir(const char *path, struct dump *d, struct err *err);
/* Reads an archive. Its links are names only, and it is not unpacked to disk. */
int dump_read_archive(const void *bytes, size_t n, struct dump *d, struct err *err);

/* Parts of a path that both know. */
#define DUMP_FILE_MOST (64u << 10) /* one sysfs file is a page; meminfo too */
#define DUMP_TABLE_MOST (1u << 20) /* an ACPI table; the HMAT of 128 nodes has 200 KiB */

/* "node12": of a string that ends after n bytes. */
bool dump_node_name(const char *s, size_t n, unsigned *id);
/* The table that a file's name is of ("HMAT", "hmat.dat"), or NULL. */
struct text *dump_table(struct dump *d, const char *name);
/* Whether "access0/initiators/node1", behind "node0/", is among what is read. */
bool dump_wants(const char *rest);

#endif
