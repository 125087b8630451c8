/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   node   0   8
 *     0:  10  40
 *     8:  40  10
 *
 * Lines may be wrapped, also within a number; other lines may stand between.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "topo/import_list.h"

struct reading {
	const struct lines *l;
	struct matrix *m;
	size_t at, end;
	bool behind_head;
	int row;	  /* by position; -1: before the first */
	unsigned columns; /* of this row, so far */
};

static bool complete(const struct reading *r)
{
	return r->behind_head && r->m->rows == r->m->n && r->columns == r->m->n;
}

static int position(const struct matrix *m, unsigned long id)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->id[i] == id)
			return (int)i;
	return -1;
}

static int row_begin(struct reading *r, size_t at, unsigned long id, struct err *err)
{
	struct matrix *m = r->m;

	if (r->behind_head && r->columns != m->n)
		return lines_bad(r->l, at, err, "one distance for each node in the row before this");
	r->behind_head = true;
	r->columns = 0;
	r->row = position(m, id);
	if (r->row < 0 || m->row[r->row])
		return lines_bad(r->l, at, err,
				 "one row for each node of the head, such as \"  0:  10  20\"");
	m->row[r->row] = true;
	m->rows++;
	return 0;
}

static int head_add(struct reading *r, size_t at, unsigned long id, struct err *err)
{
	struct matrix *m = r->m;

	if (m->n == TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "line %u: distances of more than %d nodes",
			       r->l->line[lines_at(r->l, at)].number, TOPO_NODES_MAX);
	if (id > 65535 || (m->n && m->id[m->n - 1] >= id))
		return lines_bad(r->l, at, err, "the nodes in order, such as \"node   0   1\"");
	m->id[m->n++] = (unsigned)id;
	return 0;
}

static int distance_add(struct reading *r, size_t at, unsigned long d, struct err *err)
{
	struct matrix *m = r->m;

	if (r->columns == m->n || d > 1000)
		return lines_bad(r->l, at, err, "one distance for each node of the head");
	m->distance[r->row][r->columns++] = (unsigned)d;
	return 0;
}

/*
 * The digits of the next line, when a terminal broke this number there: no distance has one digit, and no id in the head is lower
 * than the one before. 0: it is whole.
 */
static size_t broken(const struct reading *r, const char *p, size_t digits)
{
	const struct matrix *m = r->m;
	size_t next = r->at + digits + 1, more;

	if (p[digits] != '\n' || next >= r->end || !r->l->line[lines_at(r->l, next)].bare)
		return 0;
	more = strspn(p + digits + 1, "0123456789");
	if (!more || digits + more > 5 || p[digits + 1 + more] == ':')
		return 0;
	bool is = r->behind_head ? digits == 1 || more == 1 : m->n && strtoul(p, NULL, 10) <= m->id[m->n - 1];
	return is ? more : 0;
}

static int number_read(struct reading *r, struct err *err)
{
	const char *p = r->l->text.s + r->at;
	size_t at = r->at, digits = strspn(p, "0123456789"), to = digits + strspn(p + digits, " ");
	unsigned long value = strtoul(p, NULL, 10);

	if (p[to] == ':' && !isdigit((unsigned char)p[to + 1])) {
		r->at = at + to + 1;
		return row_begin(r, at, value, err);
	}
	size_t more = broken(r, p, digits);
	r->at += digits;
	if (more) {
		for (size_t i = 0; i < more; i++)
			value = value * 10 + (unsigned long)(p[digits + 1 + i] - '0');
		r->at += 1 + more;
	}
	return r->behind_head ? distance_add(r, at, value, err) : head_add(r, at, value, err);
}

/* A line that is none of the matrix, such as a prompt or a pager's: over it. */
static int other_line(struct reading *r, struct err *err)
{
	const char *p = r->l->text.s + r->at;

	if (r->at != r->l->line[lines_at(r->l, r->at)].at)
		return lines_bad(r->l, r->at, err, "nothing but distances, such as \"  0:  10  20\"");
	r->at += strcspn(p, "\n");
	return 0;
}

static bool line_begins(const struct reading *r)
{
	return r->at == r->l->line[lines_at(r->l, r->at)].at;
}

static bool is_row(const char *p)
{
	size_t digits = strspn(p, "0123456789");

	p += digits + strspn(p + digits, " ");
	return digits && *p == ':' && (p[1] == ' ' || p[1] == '\t') &&
	       p[1 + strspn(p + 1, "0123456789 \t")] == '\n';
}

int matrix_read(const struct lines *l, size_t from, size_t end, struct matrix *out, struct err *err)
{
	struct reading r = { .l = l, .m = out, .at = from, .end = end, .row = -1 };

	out->at = from;
	while (r.at < r.end) {
		const char *p = l->text.s + r.at;

		if (isspace((unsigned char)*p) || (!out->n && !strncasecmp(p, "node", 4))) {
			r.at += isspace((unsigned char)*p) ? 1 : 4;
		} else if (complete(&r) && (line_begins(&r) || !isdigit((unsigned char)*p))) {
			if (is_row(p))
				return lines_bad(l, r.at, err, "no more rows than the head has nodes");
			break;
		} else if (isdigit((unsigned char)*p) ? number_read(&r, err) : other_line(&r, err)) {
			return err->code;
		}
	}
	if (!complete(&r))
		return err_set(
			err, -EINVAL,
			"line %u: the matrix has %u nodes, and %u whole rows follow: is the text cut off?",
			l->line[lines_at(l, from)].number, out->n,
			out->rows - (out->rows && r.columns != out->n));
	return 0;
}
