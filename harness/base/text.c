/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		abort();
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *xgrow(void *v, size_t n, size_t element)
{
	return n & (n - 1) ? v : xrealloc(v, (n ? 2 * n : 1) * element);
}

char *xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xrealloc(NULL, n), s, n);
}

static char *format(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	return s;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *s = format(fmt, ap);
	va_end(ap);
	return s;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){ 0 };
}

void text_add(struct text *t, const void *bytes, size_t n)
{
	if (t->len + n + 1 > t->cap) {
		t->cap = (t->len + n + 1) * 2;
		t->s = xrealloc(t->s, t->cap);
	}
	if (n)
		memcpy(t->s + t->len, bytes, n);
	t->len += n;
	t->s[t->len] = 0;
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *s = format(fmt, ap);
	va_end(ap);
	text_add(t, s, strlen(s));
	free(s);
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

static bool plain(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.:/=_+@-")];
}

void text_shell(struct text *t, const char *word)
{
	if (plain(word)) {
		text_printf(t, "%s", word);
		return;
	}
	text_printf(t, "'");
	for (; *word; word++)
		text_add(t, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
	text_printf(t, "'");
}

void text_plain(char *s)
{
	for (; *s; s++)
		if (*s == '\n' || *s == '\t')
			*s = ' ';
		else if (*s < ' ' || (unsigned char)*s >= 0x7f)
			*s = '?';
}

void strlist_free(struct strlist *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct strlist){ 0 };
}

void strlist_add(struct strlist *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	l->v = xrealloc(l->v, (l->n + 2) * sizeof(*l->v));
	l->v[l->n++] = format(fmt, ap);
	l->v[l->n] = NULL;
	va_end(ap);
}

void text_bytes(struct text *t, uint64_t bytes)
{
	uint64_t tenths = (bytes * 10 + (1ull << 29)) >> 30;

	if (tenths >= 10 && tenths % 10)
		text_printf(t, "%" PRIu64 ".%" PRIu64 " GiB", tenths / 10, tenths % 10);
	else if (tenths >= 10)
		text_printf(t, "%" PRIu64 " GiB", tenths / 10);
	else if (bytes >= 1ull << 20)
		text_printf(t, "%" PRIu64 " MiB", (bytes + (1 << 19)) >> 20);
	else
		text_printf(t, "%" PRIu64 " KiB", (bytes + 512) >> 10);
}
