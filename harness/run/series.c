/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/parse.h"
#include "base/place.h"
#include "report/text.h"
#include "result/entries.h"
#include "run/rundir.h"
#include "report/sums.h"

void series_free(struct series *s)
{
	json_decref(s->doc);
	free(s->dir);
	*s = (struct series){ 0 };
}

struct running {
	const struct run_request *q;
	const char *dir;
};

static int run_one(const struct grid_cell *c, unsigned jobs, void *ctx, enum outcome *outcome,
		   struct err *err)
{
	const struct running *s = ctx;
	auto_free char *out = xasprintf("%s/%s", s->dir, c->name);
	auto_run struct run r = { 0 };
	struct run_request q;

	if (!grid_request(s->q, c, &q, err)) {
		q.out = out;
		q.plan.jobs = jobs;
		q.progress = NULL; /* several at a time */
		run_do(&q, &r, err);
		*outcome = r.outcome;
	}
	grid_request_free(&q);
	return err->code;
}

/* --- what is kept ------------------------------------------------------------------------------------------------------ */
/* True for a cell of series.json whose outcome is fail or broken. */
static bool series_failed(const json_t *cell)
{
	return !strcmp(json_word(cell, "outcome"), "fail") || !strcmp(json_word(cell, "outcome"), "broken");
}

/* Workloads that failed, with the first check that says so. */
static json_t *failing(const json_t *result)
{
	auto_json json_t *entries = result_entries(result);
	json_t *all = json_array(), *w, *c;
	size_t i, k;

	json_array_foreach (entries, i, w) {
		json_t *one, *first = NULL;

		if (!series_failed(w) || report_cut_short(w, json_object_get(result, "host")))
			continue;
		json_array_foreach (json_object_get(w, "checks"), k, c) {
			first = !first && series_failed(c) ? c : first;
		}
		one = json_pack("{s:s, s:s, s:s}", "workload", json_word(w, "name"), "outcome",
				json_word(w, "outcome"), "why",
				first ? json_word(first, "why") : json_word(w, "why"));
		for (k = 0; first && k < 3; k++) {
			static const char *const words[] = { "name", "expected", "actual" };

			json_object_set_new(one, k ? words[k] : "check",
					    json_string(json_word(first, words[k])));
		}
		json_array_append_new(all, one);
	}
	return all;
}

/* The line that runs the cell alone: with the workloads that failed there, or all of the plan when it could not be run. */
static json_t *command(const struct run_request *q, const struct grid_cell *c, const json_t *fails)
{
	auto_text struct text t = { 0 };
	size_t all = 0;

	grid_command(c, "numarig run", &t);
	if (q->engine)
		text_printf(&t, " -e %s", q->engine);
	if (q->trace.on)
		text_printf(&t, " --trace");
	if (q->plan.shift != SHIFT_AUTO)
		text_printf(&t, " --shift %u", q->plan.shift);
	for (const struct workload_entry *e = workload_table; e->name; e++)
		all++;
	for (size_t i = 0; i < q->plan.items; i++) {
		const struct plan_item *item = &q->plan.item[i];
		bool named = !json_array_size(fails) && q->plan.items != all;
		json_t *f;
		size_t k;

		json_array_foreach (fails, k, f) {
			const char *name = json_word(f, "workload"); /* "bind trace" is of bind */

			named |= strlen(item->label) == strcspn(name, " ") &&
				 !strncmp(name, item->label, strlen(item->label));
		}
		auto_free char *words = plan_item_words(item);
		if (!named)
			continue;
		text_printf(&t, " -w ");
		text_shell(&t, words);
	}
	return json_string(text_str(&t));
}

static json_t *knobs_json(const struct grid_cell *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->knobs.n; i++) {
		auto_free char *name = xasprintf("%.*s", (int)strcspn(c->knobs.v[i], "="), c->knobs.v[i]);

		json_object_set_new(o, name, json_string(c->knobs.v[i] + strlen(name) + 1));
	}
	return o;
}

/* What no check tells (report_facts), "WORKLOAD: ..." each; NULL for nothing. */
static json_t *facts_json(const json_t *result)
{
	json_t *all = json_array(), *w;
	size_t i;

	json_array_foreach (json_object_get(result, "workloads"), i, w) {
		auto_free char *indent = xasprintf("%s: ", json_word(w, "name"));
		auto_text struct text t = { 0 };

		report_facts(w, indent, &t);
		char *save = NULL, *line = t.len ? strtok_r(t.s, "\n", &save) : NULL;

		for (; line; line = strtok_r(NULL, "\n", &save))
			json_array_append_new(all, json_string(line));
	}
	if (json_array_size(all))
		return all;
	json_decref(all);
	return NULL;
}

static json_t *cell_json(const struct run_request *q, const struct grid_cell *c, const struct grid_done *d,
			 const char *dir)
{
	auto_free char *path = xasprintf("%s/%s/result.json", dir, c->name);
	struct err none = ERR_INIT;
	auto_json json_t *result = parse_file(path, &none);
	enum outcome o = !d->err.code		   ? d->outcome
			 : d->err.code == -ENODATA ? OUTCOME_SKIP /* a kernel that has left the archive */
						   : OUTCOME_BROKEN;
	json_t *fails = failing(result);
	auto_free char *why = xstrdup(d->err.code ? d->err.msg : "");

	text_plain(why);
	bool cut = d->err.code == -EINTR || json_object_get(json_object_get(result, "host"), "interrupted");
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:s, s:s, s:s, s:o, s:o, s:o*, s:o*}", "name",
			 c->name, "topology", c->topology, "kernel", c->kernel ? c->kernel : KERNEL_DEFAULT,
			 "release", json_word(json_object_get(result, "kernel"), "release"), "knobs",
			 knobs_json(c), "seed", (int)c->seed, "repeat", (int)c->repeat, "outcome",
			 outcome_name(o), "why", why, "digest", json_word(result, "digest"), "failing", fails,
			 "command", command(q, c, fails), "facts", facts_json(result), "interrupted",
			 cut ? json_true() : NULL);
}

static json_t *axes_json(const struct grid *g)
{
	json_t *topologies = json_array(), *kernels = json_array(), *knobs = json_object();

	for (size_t i = 0; i < g->topologies.n; i++)
		json_array_append_new(topologies, json_string(g->topologies.v[i]));
	for (size_t i = 0; i < g->kernels.n; i++)
		json_array_append_new(kernels, json_string(g->kernels.v[i]));
	for (size_t i = 0; i < g->axes; i++) {
		json_t *values = json_array();

		for (size_t k = 0; k < g->axis[i].values.n; k++)
			json_array_append_new(values, json_string(g->axis[i].values.v[k]));
		json_object_set_new(knobs, g->axis[i].knob, values);
	}
	return json_pack("{s:o, s:o, s:o, s:i, s:i}", "topologies", topologies, "kernels", kernels, "knobs",
			 knobs, "seeds", g->seeds ? (int)g->seeds : 1, "repeat",
			 g->repeat ? (int)g->repeat : 1);
}

/* --- running ------------------------------------------------------------------------------------------------------------ */
/* Every name is looked up, and every kernel fetched, before the first machine starts. */
static int look_up(const struct run_request *q, const struct grid *g, struct err *err)
{
	for (size_t t = 0; t < g->topologies.n; t++)
		for (size_t k = 0; k < g->kernels.n; k++) {
			auto_run struct run r = { 0 };
			struct run_request one = *q;

			one.topology = g->topologies.v[t];
			one.kernel = g->kernels.v[k];
			if (run_prepare(&one, &r, err) == -ENODATA)
				*err = (struct err)ERR_INIT; /* said of its cells */
			if (err->code)
				return err->code;
		}
	return 0;
}

/* After an interruption: whether there is something to keep, and time for it. What is wanting then says so. */
static bool keep_done(const struct series *s, struct grid_done *done, size_t n, struct err *err)
{
	bool any = json_array_size(json_object_get(s->doc, "cells"));

	for (size_t i = 0; i < n; i++)
		any |= !done[i].err.code;
	if (err->code != -EINTR || !any || !interrupt_grace())
		return false;
	for (size_t i = 0; i < n; i++)
		if (done[i].err.code)
			err_set(&done[i].err, -EINTR, "not run to its end: interrupted by SIG%s",
				sigabbrev_np(interrupt_signal()));
	cache_sweep(s->dir); /* of one that had to be killed */
	*err = (struct err)ERR_INIT;
	return true;
}

/* Cells `from` on, n of them, into the series. */
static int run_some(const struct run_request *q, const struct grid_cells *all, size_t from, size_t n,
		    struct series *s, struct err *err)
{
	struct grid_cells some = { all->v + from, n };
	auto_free struct grid_done *done = xcalloc(n, sizeof(*done));
	struct running ctx = { q, s->dir };
	json_t *cells = json_object_get(s->doc, "cells");

	if (grid_run(&some, q->plan.jobs, run_one, &ctx, q->progress, done, err) &&
	    !keep_done(s, done, n, err))
		return err->code;
	for (size_t i = 0; i < n; i++) {
		json_t *cell = cell_json(q, &some.v[i], &done[i], s->dir);
		enum outcome o = (enum outcome)outcome_find(json_word(cell, "outcome"));

		s->outcome = json_array_size(cells) ? outcome_join(s->outcome, o) : o;
		json_array_append_new(cells, cell);
	}
	return 0;
}

/* The first that fails, from the smallest up; as many at a time as there are machines. */
static int shrink_to(const struct run_request *q, struct grid_cells *c, struct series *s, struct err *err)
{
	json_t *cells = json_object_get(s->doc, "cells"), *cell;
	size_t at = 0, i;

	grid_smallest_first(c);
	for (size_t n; at < c->n; at += n) {
		n = c->n - at < q->plan.jobs ? c->n - at : q->plan.jobs;
		if (run_some(q, c, at, n, s, err) || interrupt_signal())
			return err->code;
		json_array_foreach (cells, i, cell) {
			if (series_failed(cell)) {
				json_object_set_new(s->doc, "smallest", json_string(json_word(cell, "name")));
				return 0;
			}
		}
	}
	return 0;
}

static int write_doc(const struct series *s, struct err *err)
{
	auto_free char *path = xasprintf("%s/series.json", s->dir);
	auto_free char *text = json_dumps(s->doc, JSON_INDENT(1) | JSON_SORT_KEYS);
	auto_free char *line = xasprintf("%s\n", text);

	return file_write(path, line, strlen(line), err);
}

static int run_cells(const struct run_request *q, const char *tree, struct grid *g, bool shrink,
		     struct series *s, struct err *err)
{
	auto_grid_cells struct grid_cells c = { 0 };

	if (shrink)
		grid_leave_alone(g);
	grid_cells(g, &c);
	s->doc = json_pack("{s:i, s:o, s:[]}", "schema", SERIES_SCHEMA, "axes", axes_json(g), "cells");
	if (dir_make(s->dir, err) || grid_measure(tree, &c, err))
		return err->code;
	if (shrink ? shrink_to(q, &c, s, err) : run_some(q, &c, 0, c.n, s, err))
		return err->code;
	json_object_set_new(s->doc, "outcome", json_string(outcome_name(s->outcome)));
	return write_doc(s, err);
}

int series_run(const struct run_request *q, struct grid *g, bool shrink, struct series *out, struct err *err)
{
	auto_free char *tree = place_data(), *results = place_results();
	auto_free char *work = NULL, *name = rundir_name("series");
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;

	*out = (struct series){ .outcome = OUTCOME_SKIP };
	if (!g->kernels.n)
		strlist_add(&g->kernels, "%s", KERNEL_DEFAULT);
	if (q->out && path_exists(q->out) && rmdir(q->out))
		return err_set(err, -EEXIST, "-o %s: exists and is no empty folder", q->out);
	auto_free char *made = NULL;
	if (look_up(q, g, err) || (q->out && rundir_make(q->out, &made, err)))
		return err->code;
	auto_free char *beside = q->out ? xasprintf("%s/..", q->out) : NULL;
	auto_free char *parent = q->out ? realpath(beside, NULL) : xasprintf("%s/runs", results);
	if (!parent)
		return err_sys(err, "-o %s", q->out);
	auto_cache struct cache cache = { 0 };
	if (!cache_open(&cache, err) && !rundir_workspace(&cache, parent, &work, &lock, err)) {
		/* a run locks the folder beside which it writes, and the workspace is locked */
		out->dir = xasprintf("%s/series", work);
		if (!run_cells(q, tree, g, shrink, out, err) &&
		    rundir_publish(&out->dir, q->out, parent, name, err))
			rundir_keep(&cache, &out->dir, name, err);
		dir_remove(work, &ignored);
	}
	if (err->code) {
		rundir_unmake(q->out ? q->out : "", made);
		return err->code;
	}
	return q->out ? 0 : rundir_latest(results, out->dir, err);
}
