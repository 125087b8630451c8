/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that grows: argument lists, documents, messages of unknown length. Running out of memory ends the program
 * (abort), as in most tools of this size: there is nothing better to do with it.
 */
#ifndef NUMARIG_BASE_TEXT_H
#define NUMARIG_BASE_TEXT_H

#include <stddef.h>

struct text {
	char *s;    /* always ended by a 0 once something was added; NULL before */
	size_t len; /* bytes, without that 0 */
	size_t cap;
};

void text_free(struct text *t);
void text_add(struct text *t, const void *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *fmt, ...);
/* The text so far, "" when empty. Stays the text's own. */
const char *text_str(const struct text *t);

/* The word as a shell takes it: quoted where it has to be. */
void text_shell(struct text *t, const char *word);

/* Makes one line of ASCII of it, for words that come from a guest: line breaks become blanks, all else a '?'. */
void text_plain(char *s);

#define auto_text __attribute__((cleanup(text_free)))

/* A list of strings ended by NULL, for argv. Owns its strings. */
struct strlist {
	char **v; /* v[n] is NULL once something was added */
	size_t n;
};

void strlist_free(struct strlist *l);
__attribute__((format(printf, 2, 3))) void strlist_add(struct strlist *l, const char *fmt, ...);
#define auto_strlist __attribute__((cleanup(strlist_free)))

/* malloc'ed strings; never NULL. */
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *fmt, ...);
char *xstrdup(const char *s);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/*
 * Room for one more behind the `n` elements of an array that only ever grows through this: it is copied as often as its
 * size doubles, so that to add is cheap however many there are.
 */
void *xgrow(void *v, size_t n, size_t element);

#endif
