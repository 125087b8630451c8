/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/case_range.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "base/text.h"

#define RANGES_MOST 200 /* each is compared with each */

/* "6.1" or "6.1.170"; what is not said is `rest`. *s goes behind it. */
static bool version_parse(const char **s, unsigned v[3], unsigned rest)
{
	v[0] = v[1] = v[2] = rest;
	for (unsigned i = 0; i < 3; i++) {
		char *end;

		if (!isdigit((unsigned char)**s))
			return false;
		unsigned long n = strtoul(*s, &end, 10);
		if (n > 1000000)
			return false;
		v[i] = (unsigned)n;
		*s = end;
		if (i == 2 || end[0] != '.' || end[1] == '.')
			return i > 0;
		(*s)++;
	}
	return true;
}

static int compare(const unsigned a[3], const unsigned b[3])
{
	for (unsigned i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* The piece without the blanks around it and around its dots; what has others is several kernels without a comma. */
static char *without_blanks(const char *piece)
{
	auto_text struct text t = { 0 };

	for (const char *s = piece; *s; s++) {
		const char *next = s + strspn(s, " \t");

		if (next != s && t.len && *next && t.s[t.len - 1] != '.' && *next != '.')
			return NULL;
		if (!*next)
			break;
		text_add(&t, s = next, 1);
	}
	return xstrdup(text_str(&t));
}

static int range_parse(const char *piece, struct case_range *r, struct err *err)
{
	auto_free char *text = without_blanks(piece);
	const char *s = text, *upto;
	bool good = text;

	*r = (struct case_range){ { 0, 0, 0 }, { UINT_MAX, UINT_MAX, UINT_MAX } };
	if (good && strncmp(s, "..", 2) != 0) {
		good = version_parse(&s, r->from, 0);
		if (good && !*s) { /* a series or a version */
			s = text;
			version_parse(&s, r->to, UINT_MAX);
			return 0;
		}
	}
	upto = good ? s + 2 : "";
	good = good && !strncmp(s, "..", 2) && (*upto || s != text);
	if (good && *upto) {
		s = upto;
		good = version_parse(&s, r->to, UINT_MAX) && !*s;
	}
	if (!good)
		return err_set(err, -EINVAL,
			       "\"%.*s\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6%s",
			       PARSE_SHOW, piece, text ? "" : ", with a comma between two");
	return compare(r->from, r->to) > 0
		       ? err_set(err, -EINVAL, "\"%.*s\": ends before it begins", PARSE_SHOW, piece)
		       : 0;
}

int case_ranges_parse(const char *text, struct case_ranges *out, struct err *err)
{
	auto_free char *copy = xstrdup(text);

	for (char *save = NULL, *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		struct case_range r;

		one += strspn(one, " \t");
		if (!*one)
			continue;
		if (range_parse(one, &r, err))
			return err->code;
		if (out->n == RANGES_MOST)
			return err_set(err, -EINVAL, "names more than %d ranges of kernels", RANGES_MOST);
		out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
		out->v[out->n++] = r;
	}
	return out->n ? 0 : err_set(err, -EINVAL, "names no kernel");
}

bool case_ranges_have(const struct case_ranges *r, const unsigned version[3])
{
	for (size_t i = 0; i < r->n; i++)
		if (compare(r->v[i].from, version) <= 0 && compare(version, r->v[i].to) <= 0)
			return true;
	return false;
}

bool case_ranges_have_series(const struct case_ranges *r, const unsigned version[3])
{
	const unsigned first[3] = { version[0], version[1], 0 },
		       last[3] = { version[0], version[1], UINT_MAX };

	for (size_t i = 0; i < r->n; i++)
		if (compare(r->v[i].from, first) <= 0 && compare(last, r->v[i].to) <= 0)
			return true;
	return false;
}
