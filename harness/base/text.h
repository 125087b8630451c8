/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that grows: argument lists, documents, messages of unknown length. When memory runs out, the program is aborted.
 */
#ifndef NUMARIG_BASE_TEXT_H
#define NUMARIG_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *s;    /* always ended by a 0 once something was added; NULL before */
	size_t len; /* bytes, without that 0 */
	size_t cap;
};

void text_free(struct text *t);
void text_add(struct text *t, const void *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *fmt, ...);
/* The text so far; "" when it is empty. It stays owned by `t` and is valid until `t` changes. */
const char *text_str(const struct text *t);

/* Appends a word as a shell reads it, quoted when necessary. */
void text_shell(struct text *t, const char *word);

/* Makes a string that came from a guest one line of printable ASCII: line breaks become blanks, all other bytes '?'. */
void text_plain(char *s);
/* "8 GiB", "1.5 GiB", "190 MiB", "12 KiB", rounded. */
void text_bytes(struct text *t, uint64_t bytes);

#define auto_text __attribute__((cleanup(text_free)))

/* A NULL-ended list of strings, as for argv. It owns its strings. */
struct strlist {
	char **v; /* v[n] is NULL once something was added */
	size_t n;
};

void strlist_free(struct strlist *l);
__attribute__((format(printf, 2, 3))) void strlist_add(struct strlist *l, const char *fmt, ...);
#define auto_strlist __attribute__((cleanup(strlist_free)))

/* These return malloc'ed memory and never NULL. */
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *fmt, ...);
char *xstrdup(const char *s);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/*
 * Returns the array with room for one more element after its `n`. The array must only ever grow by this function: it is
 * reallocated each time its size doubles, so that adding many elements stays cheap.
 */
void *xgrow(void *v, size_t n, size_t element);

#endif
