/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define LIST_MOST (16u << 10) /* bytes; IDSET_MAX ids have 5 kB */
#define LONG_LINE 50	      /* only lines as long as this have been wrapped by something */

static const char want_list[] = "a list of CPUs such as \"node 0 cpus: 0 1 2\" or \"0-15 (16)\"";

struct list {
	struct idset ids;
	bool rising;
	unsigned last;
	long counted; /* "(16)"; -1: not there */
};

static bool number(const char **p, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	*out = strtoul(*p, &end, 10);
	*p = end;
	return true;
}

/* 0, -EINVAL for what is no list, or -E2BIG with the id in *id. */
static int list_parse(const char *p, struct list *out, unsigned long *id)
{
	unsigned long to;

	*out = (struct list){ .rising = true, .counted = -1 };
	for (bool first = true; *(p += strspn(p, " \t,")); first = false) {
		if (*p == '(') {
			p++;
			if (!number(&p, &to) || *p++ != ')' || out->counted >= 0 || to > IDSET_MAX)
				return -EINVAL;
			out->counted = (long)to;
			continue;
		}
		if (!number(&p, id) || out->counted >= 0)
			return -EINVAL;
		to = *id;
		if (*p == '-' && (p++, !number(&p, &to)))
			return -EINVAL;
		out->rising = out->rising && (first || *id > out->last) && to >= *id;
		if (to >= IDSET_MAX) {
			*id = to;
			return -E2BIG;
		}
		for (unsigned long cpu = *id; cpu <= to; cpu++)
			idset_add(&out->ids, (unsigned)cpu);
		if (to < *id)
			return -EINVAL;
		out->last = (unsigned)to;
	}
	return 0;
}

static bool sensible(const char *s)
{
	struct list list;
	unsigned long id;

	return !list_parse(s, &list, &id) && list.rising;
}

/* The bytes of the first numbers of a line that are surely whole: its last one may go on in the next line. */
static size_t whole(const char *line)
{
	size_t at = 0, end[3] = { 0 };

	for (unsigned n = 0; n < ARRAY_SIZE(end) && line[at]; n++) {
		at += strspn(line + at, " \t,");
		at += strcspn(line + at, " \t,");
		end[n] = at;
	}
	return end[2] ? end[1] : end[0];
}

/* A further line: between it and what was read there may be a blank, or a number that goes on. */
static int list_join(const struct lines *l, size_t at, struct text *list, const char *more, struct err *err)
{
	const char *before = text_str(list), last = list->len ? before[list->len - 1] : ' ';
	bool bare = l->line[lines_at(l, at)].bare;
	auto_free char *apart = xasprintf("%s %.*s", before, (int)whole(more), more);
	auto_free char *joined = xasprintf("%s%.*s", before, (int)whole(more), more);
	bool can = (isdigit((unsigned char)last) || last == '-') &&
		   (isdigit((unsigned char)*more) || *more == '-');
	bool as_two = sensible(apart), as_one = can && sensible(joined);

	if (as_one && as_two && bare)
		return lines_bad(l, at, err,
				 "the list of CPUs in one line: the number at the break can be one or two");
	if (!as_one && !as_two && can && sensible(before))
		return lines_bad(l, at, err,
				 "the list of CPUs in one line: it does not go on from the line before");
	if (!as_one || as_two)
		text_add(list, " ", 1);
	text_add(list, more, strlen(more));
	return 0;
}

/* Whether this line goes on with the list of the line before. */
static int list_goes_on(const struct lines *l, size_t i, const char *list, const char *more, bool *out,
			struct err *err)
{
	size_t n = strlen(list), all = strspn(more, "0123456789 \t,-()");
	bool comma = n && list[n - 1] == ',',
	     wrapped = comma || *more == ',' || l->line[i - 1].width >= LONG_LINE;

	*out = false;
	if (!isdigit((unsigned char)*more) && !strchr(",-(", *more))
		return 0;
	if (more[all]) {
		size_t digits = strspn(more, "0123456789");

		if (digits && strchr(" ,", more[digits]) && wrapped)
			return lines_bad(l, l->line[i].at, err, want_list);
		return 0;
	}
	/* A number alone behind `lscpu | grep NUMA` is that of the next command, nproc. */
	if (!wrapped && strpbrk(list, ",-"))
		return 0;
	if (!wrapped && *more != '(')
		return lines_bad(l, l->line[i].at, err,
				 "the list of CPUs in one line, if this belongs to the line before");
	*out = true;
	return 0;
}

static char *piece(const struct lines *l, size_t from, size_t end)
{
	const char *p = l->text.s + from;
	size_t n = end > from ? strcspn(p, "\n") : 0;

	if (n > end - from)
		n = end - from;
	while (n && isspace((unsigned char)*p)) {
		p++;
		n--;
	}
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	return xasprintf("%.*s", (int)n, p);
}

static int list_collect(const struct lines *l, size_t from, size_t end, struct text *list, struct err *err)
{
	size_t i = lines_at(l, from);
	auto_free char *first = piece(l, from, end);
	bool more = true;

	if (strspn(first, "0123456789 \t,-()") != strlen(first))
		return lines_bad(l, from, err, want_list);
	text_add(list, first, strlen(first));
	while (more && ++i < l->n && l->line[i].at < end && list->len < LIST_MOST) {
		auto_free char *next = piece(l, l->line[i].at, end);

		if (!*next)
			continue;
		if (list_goes_on(l, i, text_str(list), next, &more, err) ||
		    (more && list_join(l, l->line[i].at, list, next, err)))
			return err->code;
	}
	return 0;
}

int list_read(const struct lines *l, size_t from, size_t end, struct idset *out, struct err *err)
{
	auto_text struct text text = { 0 };
	struct list list;
	unsigned long id = 0;

	if (list_collect(l, from, end, &text, err))
		return err->code;
	int r = list_parse(text_str(&text), &list, &id);
	if (r == -E2BIG)
		return err_set(err, r, "line %u: CPU %lu: want ids up to %d",
			       l->line[lines_at(l, from)].number, id, IDSET_MAX - 1);
	if (r)
		return lines_bad(l, from, err, want_list);
	if (list.counted >= 0 && list.counted != (long)idset_count(&list.ids))
		return err_set(err, -EINVAL,
			       "line %u: lists %u CPUs and counts %ld: is a part of it missing?",
			       l->line[lines_at(l, from)].number, idset_count(&list.ids), list.counted);
	*out = list.ids;
	return 0;
}
