/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a pasted text without what stands before each of them: marks of quoting, line numbers, the time and the program of
 * a log. And where in them the words stand that tell of a machine.
 */
#ifndef NUMARIG_TOPO_IMPORT_LINES_H
#define NUMARIG_TOPO_IMPORT_LINES_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

struct line {
	size_t at; /* its first byte in the text */
	unsigned number, width;
	bool bare; /* nothing was taken away before it: a terminal may have broken a number there */
};

struct lines {
	struct text text; /* all of them, each with \n */
	struct line *line;
	size_t n;
};

void lines_free(struct lines *l);
#define auto_lines __attribute__((cleanup(lines_free)))

enum word {
	WORD_NODES, /* available: 2 nodes */
	WORD_CPUS,  /* node 0 cpus: */
	WORD_SIZE,
	WORD_TOTAL, /* Node 0 MemTotal: */
	WORD_DISTANCES,
	WORD_NUMASTAT,
	WORD_NO_NUMA,
	WORD_LSCPU_NODES,
	WORD_LSCPU_CPUS, /* NUMA node0 CPU(s): */
	WORD_ONLINE,
	WORD_THREADS,
	WORD_OTHER,   /* ends what stands before it; of no further use */
	WORD_UNKNOWN, /* node 0 WORD: */
};

struct found {
	enum word word;
	size_t at, end; /* from its first letter to behind its last */
	unsigned long id;
};

/* The next word at or behind `from`. */
bool lines_find(const char *text, size_t from, struct found *out);
/* Reads text of paste_plain(). */
void lines_read(const char *plain, struct lines *out);
/* The position, in l->line, of the line with that byte. */
size_t lines_at(const struct lines *l, size_t at);
/* -EINVAL: `line 3: "node 0 size: 1 kB": want WANT` of the line with that byte. */
int lines_bad(const struct lines *l, size_t at, struct err *err, const char *want);

#endif
