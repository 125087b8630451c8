/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/idset.h"
#include "report/plain.h"
#include "report/text.h"

#define COLUMN 13

/* Accesses from a node's CPUs to a node's memory; the last column is what is no node's memory. */
struct matrix {
	struct idset nodes;
	uint64_t *n; /* [kind][from][to] by nid */
	bool cached; /* the cache model's are there */
	json_int_t distance, transfers;
};

enum { FETCHES, ACCESSES, FILLS, WRITEBACKS, SORTS };
#define TO (IDSET_MAX + 1)

static uint64_t *cell(const struct matrix *m, unsigned sort, size_t from, size_t to)
{
	return &m->n[(sort * (size_t)IDSET_MAX + from) * TO + to];
}

static void add_counts(struct matrix *m, unsigned sort, json_int_t from, const json_t *counts)
{
	const char *to;
	json_t *n;

	json_object_foreach ((json_t *)(uintptr_t)counts, to, n) {
		size_t nid = *to >= '0' && *to <= '9' ? strtoul(to, NULL, 10) : IDSET_MAX;

		if (nid > IDSET_MAX || from < 0 || from >= IDSET_MAX)
			continue;
		idset_add(&m->nodes, (unsigned)nid);
		idset_add(&m->nodes, (unsigned)from);
		*cell(m, sort, (size_t)from, nid) += (uint64_t)json_integer_value(n);
	}
}

/* `rows`: of CPUs, or of nodes */
static void add_rows(struct matrix *m, const json_t *rows)
{
	static const char *const modes[] = { "user", "kernel" };
	size_t i;
	json_t *row;

	if (!m->n)
		m->n = xcalloc(SORTS * (size_t)IDSET_MAX * TO, sizeof(*m->n));
	json_array_foreach (rows, i, row) {
		json_int_t from = json_integer_value(json_object_get(row, "nid"));

		for (size_t k = 0; k < ARRAY_SIZE(modes); k++) {
			const json_t *mode = json_object_get(row, modes[k]);

			add_counts(m, FETCHES, from, json_object_get(mode, "fetches"));
			add_counts(m, ACCESSES, from, json_object_get(mode, "loads"));
			add_counts(m, ACCESSES, from, json_object_get(mode, "stores"));
		}
	}
}

static json_int_t total(const json_t *counts)
{
	json_int_t n = 0;
	const char *to;
	json_t *one;

	json_object_foreach ((json_t *)(uintptr_t)counts, to, one) {
		n += json_integer_value(one);
	}
	return n;
}

static void add_caches(struct matrix *m, const json_t *interval)
{
	const char *mode;
	size_t i;
	json_t *of, *node;

	json_object_foreach (json_object_get(interval, "caches"), mode, of) {
		m->cached = true;
		m->distance += json_integer_value(json_object_get(of, "fill_distance"));
		json_array_foreach (json_object_get(of, "nodes"), i, node) {
			json_int_t from = json_integer_value(json_object_get(node, "nid"));

			add_counts(m, FILLS, from, json_object_get(node, "fetch_fills"));
			add_counts(m, FILLS, from, json_object_get(node, "load_fills"));
			add_counts(m, FILLS, from, json_object_get(node, "store_fills"));
			add_counts(m, WRITEBACKS, from, json_object_get(node, "writebacks"));
			m->transfers += total(json_object_get(node, "transfers"));
		}
	}
}

static void add_interval(struct matrix *m, const json_t *interval)
{
	add_rows(m, json_object_get(interval, "cpus"));
	add_caches(m, interval);
}

static uint64_t sum(const struct matrix *m, unsigned sort, bool local)
{
	uint64_t n = 0;

	idset_foreach (from, &m->nodes) {
		idset_foreach (to, &m->nodes) {
			n += (from == to) == local ? *cell(m, sort, from, to) : 0;
		}
	}
	return n;
}

static void shares(const struct matrix *m, unsigned sort, const char *what, struct text *out)
{
	uint64_t local = sum(m, sort, true), remote = sum(m, sort, false);
	double all = (double)(local + remote);

	if (local + remote)
		text_printf(out, "%s %" PRIu64 ": %.1f %% local, %.1f %% remote", what, local + remote,
			    100 * (double)local / all, 100 * (double)remote / all);
	else
		text_printf(out, "no %s", what);
}

static void matrix_lines(const struct matrix *m, struct text *out)
{
	static const char *const names[SORTS] = {
		[FETCHES] = "instruction fetches",
		[ACCESSES] = "loads and stores",
		[FILLS] = "model: line fills",
		[WRITEBACKS] = "model: write-backs",
	};

	for (unsigned sort = 0; sort < (m->cached ? SORTS : FILLS); sort++) {
		text_printf(out, "    %-20s", names[sort]);
		idset_foreach (to, &m->nodes) {
			text_printf(out, "%*s%3u", COLUMN - 3, "to node", to);
		}
		text_printf(out, "\n");
		idset_foreach (from, &m->nodes) {
			text_printf(out, "      from node %-7u ", from);
			idset_foreach (to, &m->nodes) {
				text_printf(out, " %*" PRIu64, COLUMN - 1, *cell(m, sort, from, to));
			}
			text_printf(out, "\n");
		}
		text_printf(out, "      ");
		shares(m, sort, names[sort], out);
		text_printf(out, "\n");
	}
	uint64_t fills = sum(m, FILLS, true) + sum(m, FILLS, false);
	if (m->cached)
		text_printf(out,
			    "      model: fills by distance: %" JSON_INTEGER_FORMAT
			    ", %.1f a fill; dirty lines "
			    "from another cache: %" JSON_INTEGER_FORMAT "\n",
			    m->distance, fills ? (double)m->distance / (double)fills : 0.0, m->transfers);
}

static void region_lines(const json_t *interval, struct text *out)
{
	size_t i;
	json_t *r;

	json_array_foreach (json_object_get(interval, "regions"), i, r) {
		struct matrix m = { 0 };

		add_rows(&m, json_object_get(r, "nodes"));
		text_printf(out, "    %-36s ", report_guest_path(json_word(r, "name")));
		shares(&m, FETCHES, "fetches", out);
		text_printf(out, "\n    %-36s ", "");
		shares(&m, ACCESSES, "accesses", out);
		text_printf(out, "\n");
		free(m.n);
	}
}

static void workload_lines(const json_t *w, bool regions, enum report_level level, bool colour,
			   struct text *out)
{
	const char *why = json_word(w, "why");
	const json_t *intervals = json_object_get(w, "intervals");
	struct matrix all = { 0 };
	size_t i;
	json_t *v;

	text_printf(out, "accesses of %s%s%s\n", json_word(w, "name"), *why ? ": " : "", why);
	json_array_foreach (intervals, i, v) {
		add_interval(&all, v);
	}
	if (all.n)
		matrix_lines(&all, out);
	free(all.n);
	json_array_foreach (intervals, i, v) {
		struct matrix m = { 0 };

		if (!regions)
			break;
		if (json_array_size(intervals) > 1) {
			text_printf(out, "  until %s\n", json_word(v, "name"));
			add_interval(&m, v);
			matrix_lines(&m, out);
		}
		region_lines(v, out);
		free(m.n);
	}
	report_judged(w, NULL, level, colour, out);
	text_printf(out, "\n");
}

void report_trace(const json_t *made, bool regions, enum report_level level, bool colour, struct text *out)
{
	auto_json json_t *trace = report_plain(made);
	size_t i;
	json_t *w;

	const char *model = json_word(json_object_get(trace, "caches"), "model");
	const char *lacks = json_word(trace, "lacks");

	if (*lacks)
		text_printf(out, "SKIP   access trace: %s\n", lacks);
	if (*model)
		text_printf(out, "cache model: %s\n", model);
	json_array_foreach (json_object_get(trace, "workloads"), i, w) {
		const char *outcome = json_word(w, "outcome");

		/* of one that was skipped nothing is to be said */
		if (json_array_size(json_object_get(w, "intervals")) || !strcmp(outcome, "broken"))
			workload_lines(w, regions, level, colour, out);
	}
	text_printf(out, "trace digest %s\n", json_word(trace, "digest"));
}
