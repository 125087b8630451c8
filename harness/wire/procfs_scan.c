/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/procfs_scan.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define SHOWN 160 /* bytes of a bad line that a message repeats */

void scan_init(struct scan *s, const char *kind, const char *text)
{
	*s = (struct scan){ .kind = kind, .next = text, .begin = text, .end = text, .p = text };
}

int scan_line(struct scan *s, struct err *err)
{
	const char *newline;

	s->why = NULL;
	s->begin = s->p = s->next;
	if (!*s->next) {
		s->end = s->next;
		return 0;
	}
	s->line++;
	newline = strchr(s->next, '\n');
	if (!newline) {
		s->end = s->next + strlen(s->next);
		return scan_fail(s, err, "the text stops inside this line, want a newline at its end");
	}
	s->end = newline;
	s->next = newline + 1;
	return 1;
}

int scan_line_some(struct scan *s, struct err *err)
{
	int r = scan_line(s, err);

	if (!r && !s->line)
		return err_set(err, -EINVAL, "%s: is empty (want at least one line)", s->kind);
	return r;
}

int scan_fail(const struct scan *s, struct err *err, const char *want)
{
	size_t len = (size_t)(s->end - s->begin);
	const char *cut = len > SHOWN ? "..." : "";

	if (len > SHOWN)
		len = SHOWN;
	if (!*s->begin)
		return err_set(err, -EINVAL, "%s line %u: end of text (%s)", s->kind, s->line, want);
	return err_set(err, -EINVAL, "%s line %u: \"%.*s%s\" (%s%s%s)", s->kind, s->line, (int)len, s->begin,
		       cut, s->why ? s->why : "", s->why ? ", " : "", want);
}

bool scan_peek(const struct scan *s, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(s->end - s->p) >= n && !memcmp(s->p, word, n);
}

bool scan_text(struct scan *s, const char *word)
{
	if (!scan_peek(s, word))
		return false;
	s->p += strlen(word);
	return true;
}

bool scan_blanks(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p == ' ')
		s->p++;
	return s->p > from;
}

bool scan_end(const struct scan *s)
{
	return s->p == s->end;
}

bool scan_u64(struct scan *s, uint64_t *v)
{
	const char *from = s->p;

	*v = 0;
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		if (__builtin_mul_overflow(*v, 10u, v) ||
		    __builtin_add_overflow(*v, (uint64_t)(*s->p - '0'), v)) {
			s->why = "a number is above 18446744073709551615";
			return false;
		}
	}
	if (s->p - from > 1 && *from == '0') {
		s->why = "a number begins with 0";
		return false;
	}
	return s->p > from;
}

bool scan_hex(struct scan *s, uint64_t *v)
{
	const char *from = s->p;

	*v = 0;
	for (; s->p < s->end; s->p++) {
		unsigned digit;

		if (*s->p >= '0' && *s->p <= '9')
			digit = (unsigned)(*s->p - '0');
		else if (*s->p >= 'a' && *s->p <= 'f')
			digit = (unsigned)(*s->p - 'a') + 10;
		else
			break;
		if (*v >> 60) {
			s->why = "an address has more than 64 bits";
			return false;
		}
		*v = *v << 4 | digit;
	}
	return s->p > from;
}

bool scan_nid(struct scan *s, unsigned *nid)
{
	uint64_t v;

	if (!scan_u64(s, &v))
		return false;
	if (v >= PROCFS_NIDS) {
		s->why = "a node id is 1024 or more";
		return false;
	}
	*nid = (unsigned)v;
	return true;
}

bool scan_name(struct scan *s, char stop, char *buf, size_t size)
{
	size_t n = 0;

	for (; s->p<s->end && * s->p> ' ' && *s->p < 0x7f && *s->p != stop; s->p++) {
		if (n + 1 == size) {
			s->why = "a name is too long";
			return false;
		}
		buf[n++] = *s->p;
	}
	buf[n] = 0;
	return n > 0;
}

bool scan_zone(struct scan *s, char stop, unsigned *nid, char *name, size_t size)
{
	/* the blanks before a node's number are pagetypeinfo's "Node %4d" */
	return scan_text(s, "Node") && scan_blanks(s) && scan_nid(s, nid) && scan_text(s, ", zone") &&
	       scan_blanks(s) && scan_name(s, stop, name, size);
}

char *scan_copy(const char *from, size_t n)
{
	char *copy = xrealloc(NULL, n + 1);

	memcpy(copy, from, n);
	copy[n] = 0;
	return copy;
}

void *scan_grow(void *v, size_t n, size_t size)
{
	if (n & (n - 1))
		return v;
	return xrealloc(v, (n ? 2 * n : 1) * size);
}
