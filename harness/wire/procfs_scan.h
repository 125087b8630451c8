/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading text line by line, with a cursor within the line and one form of error message; for the parsers of procfs.h.
 *
 * A scan borrows the text and owns nothing. The scan_* readers below return true and move the cursor past what they read, or
 * return false when the line has something else there; then the rest of the line can't be read, and scan_fail() makes the
 * error. A line must end with a newline: a read that was cut short must not pass for a short file.
 */
#ifndef NUMARIG_WIRE_PROCFS_SCAN_H
#define NUMARIG_WIRE_PROCFS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/procfs.h"

struct scan {
	const char *kind;	     /* "vmstat": opens every message */
	const char *next;	     /* where the next line begins */
	const char *begin, *end, *p; /* this line, its newline, the cursor */
	unsigned line;		     /* from 1; 0 before the first */
	const char
		*why; /* the reason of the last reader that failed; NULL: what it should read is not there */
};

void scan_init(struct scan *s, const char *kind, const char *text);
/* 1: on the next line; 0: no more; -EINVAL: the text stops inside a line. */
int scan_line(struct scan *s, struct err *err);
/* Like scan_line, but a text without any line is an error: for files that no kernel shows empty. */
int scan_line_some(struct scan *s, struct err *err);
/* Sets an error such as `vmstat line 3: "nr_free x" (want "name 123")`; `want` is the text in the parentheses. -EINVAL. */
int scan_fail(const struct scan *s, struct err *err, const char *want);

bool scan_peek(const struct scan *s, const char *word); /* does `word` stand here? Moves nothing */
bool scan_text(struct scan *s, const char *word);	/* exactly `word` */
bool scan_blanks(struct scan *s);			/* one space or more */
bool scan_end(const struct scan *s);			/* nothing left of the line */
bool scan_u64(struct scan *s, uint64_t *v);		/* decimal, no sign, no leading zero */
bool scan_hex(struct scan *s, uint64_t *v);		/* lower case, zero-padded or not */
bool scan_nid(struct scan *s, unsigned *nid);		/* decimal, below PROCFS_NIDS */
/* Printable ASCII up to a space, the stop character or the line's end, into buf. False when there is none, or it does not fit. */
bool scan_name(struct scan *s, char stop, char *buf, size_t size);
/* "Node 0, zone   Normal", as zoneinfo, buddyinfo and pagetypeinfo write it. */
bool scan_zone(struct scan *s, char stop, unsigned *nid, char *name, size_t size);
/* A malloc'ed copy of n bytes, with a 0 behind. */
char *scan_copy(const char *from, size_t n);

/* Returns the array with room for one more element after its n; it is reallocated when n is a power of two. */
void *scan_grow(void *v, size_t n, size_t size);

#endif
