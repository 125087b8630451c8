/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/repro_set.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/parse.h"
#include "run/pool.h"
#include "run/rundir.h"
#include "cases/repro_build.h"
#include "base/place.h"
#include "cases/repro.h"
#include "cases/repro_load.h"

/* A case on a machine. */
struct cell {
	const struct repro_case *c;
	const struct grid_cell *g;
};

struct cells {
	const struct repro_set *s;
	struct grid_cells *grid; /* one a case */
	struct cell *v;
	size_t n;
};

/* What a worker found, for the process that waits for it. */
static void leave(const struct repro_set *s, const char *kind, size_t i, json_t *found, const struct err *why)
{
	auto_free char *path = xasprintf("%s/%s-%zu.json", s->dir, kind, i);
	auto_json json_t *j =
		found ? json_incref(found)
		      : json_pack("{s:s, s:i}", "error", why->msg, "code", why->code ? why->code : -EIO);
	auto_free char *text = json_dumps(j, 0);
	struct err ignored = ERR_INIT;

	file_write(path, text, strlen(text), &ignored);
}

static json_t *found(const struct repro_set *s, const char *kind, size_t i, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s-%zu.json", s->dir, kind, i);
	struct err none = ERR_INIT;
	json_t *j = parse_file(path, &none);
	const char *error = json_string_value(json_object_get(j, "error"));

	if (!j)
		err_set(err, -EIO, "the process that ran %s %zu died", kind, i);
	else if (error)
		err_set(err, (int)json_integer_value(json_object_get(j, "code")), "%s", error);
	else
		return j;
	json_decref(j);
	return NULL;
}

static int build_one(void *ctx, size_t i)
{
	const struct repro_set *s = ctx;
	auto_text struct text why = { 0 }, says = { 0 };
	auto_json json_t *j = NULL;
	struct err err = ERR_INIT;

	if (!repro_build(s->v[i].c, s->tree, s->v[i].archive, &why, &says, &err))
		j = json_pack("{s:s, s:s}", "why", text_str(&why), "says", text_str(&says));
	leave(s, "build", i, j, &err);
	return 0;
}

static const char *built_name(void *ctx, size_t i)
{
	return ((const struct repro_set *)ctx)->v[i].c->name;
}

static void show_compilers(const struct repro_set *s)
{
	for (size_t i = 0; s->says && i < s->n; i++) {
		struct err ignored = ERR_INIT; /* it comes again where it is asked for */
		auto_json json_t *build = found(s, "build", i, &ignored);
		auto_free char *lines = xstrdup(json_word(build, "says"));

		for (char *save = NULL, *l = strtok_r(lines, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
			s->says(s->v[i].c->name, l);
	}
}

static int build_all(const struct repro_set *s, struct err *err)
{
	struct pool pool = { .n = s->n,
			     .jobs = s->q->plan.jobs,
			     .one = build_one,
			     .name = built_name,
			     .progress = s->progress,
			     .ctx = (void *)(uintptr_t)s };

	if (pool_run(&pool, err))
		return err->code;
	show_compilers(s);
	return 0;
}

void repro_set_free(struct repro_set *s)
{
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < s->n; i++) {
		case_free(s->v[i].c);
		free(s->v[i].archive);
	}
	free(s->v);
	if (s->dir)
		dir_remove(s->dir, &ignored);
	if (s->lock >= 0)
		close(s->lock);
	cache_close(&s->cache);
	free(s->dir);
	free(s->tree);
	strlist_free(&s->all);
}

static int set_add(struct repro_set *s, const char *asked, struct err *err)
{
	struct repro_case c = { .asked = asked,
				.index = s->n,
				.archive = xasprintf("%s/%zu.files", s->dir, s->n) };

	if (repro_load(s->tree, asked, &c.c, err)) {
		free(c.archive);
		return err->code;
	}
	s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
	s->v[s->n++] = c;
	return 0;
}

int repro_set_open(struct repro_set *s, char **asked, struct err *err)
{
	s->lock = -1;
	s->tree = place_data();
	if (cache_open(&s->cache, err))
		return err->code;
	if (cache_scratch(&s->cache, &s->dir, &s->lock, err))
		return err->code;
	if (!strcmp(asked[0], "all") && !asked[1]) {
		if (repro_names(s->tree, &s->all, err))
			return err->code;
		asked = s->all.v;
	}
	for (size_t i = 0; asked[i]; i++)
		if (set_add(s, asked[i], err))
			return err->code;
	return build_all(s, err);
}

/* The case's name and what tells the cell from others. */
static char *cell_dir(const struct repro_set *s, const struct cell *c)
{
	return s->q->out ? xasprintf("%s/%s-%s", s->q->out, c->c->c->name, c->g->name)
			 : xasprintf("%s/runs/%zu-%s", s->dir, c->c->index, c->g->name);
}

/* Finds the cell's answer and leaves it; with `why` not by running it. */
static void answer(const struct cells *x, size_t i, const char *why)
{
	const struct repro_set *s = x->s;
	const struct cell *c = &x->v[i];
	auto_free char *out = cell_dir(s, c);
	struct run_request q = { 0 };
	struct err err = ERR_INIT;
	auto_json json_t *build = found(s, "build", c->c->index, &err);
	auto_json json_t *row = NULL;

	if (!why && *json_word(build, "why"))
		why = json_word(build, "why");

	if (!err.code && !grid_request(s->q, c->g, &q, &err)) {
		struct repro r = { .c = c->c->c,
				   .asked = c->c->asked,
				   .archive = c->c->archive,
				   .topology = s->g->topologies.n ? c->g->topology : NULL,
				   .kernel = c->g->kernel,
				   .engine = q.engine,
				   .out = out,
				   .user = &q.plan };

		if (why)
			row = repro_unbuilt(&r, why);
		else
			repro_run(&r, &row, &err);
	}
	leave(s, "row", i, row, &err);
	grid_request_free(&q);
}

static int run_one(void *ctx, size_t i)
{
	answer(ctx, i, NULL);
	return 0;
}

static const char *case_name(void *ctx, size_t i)
{
	return ((const struct cells *)ctx)->v[i].c->c->name;
}

/* Cells of each case in turn; its topology where the user named none. */
static void cells_make(struct cells *x, const struct strlist *kernels)
{
	const struct repro_set *s = x->s;

	x->grid = xcalloc(s->n, sizeof(*x->grid));
	for (size_t i = 0; i < s->n; i++) {
		struct grid g = *s->g;

		/* into json, which lives as long as the case */
		auto_free char **word = xcalloc(2, sizeof(*word));
		word[0] = (char *)(uintptr_t)s->v[i].c->topology;
		if (!g.topologies.n)
			g.topologies = (struct strlist){ .v = word, .n = 1 };
		g.kernels = *kernels;
		g.seed = s->q->plan.seed;
		grid_cells(&g, &x->grid[i]);
		x->v = xrealloc(x->v, (x->n + x->grid[i].n) * sizeof(*x->v));
		for (size_t k = 0; k < x->grid[i].n; k++)
			x->v[x->n++] = (struct cell){ &s->v[i], &x->grid[i].v[k] };
	}
}

static void cells_free(struct cells *x)
{
	for (size_t i = 0; x->grid && i < x->s->n; i++)
		grid_cells_free(&x->grid[i]);
	free(x->grid);
	free(x->v);
}
#define auto_cells __attribute__((cleanup(cells_free)))

/* After an interruption: whether there is an answer to keep, and time for it. The others are "not run". */
static bool keep_found(const struct cells *x, struct err *err)
{
	size_t answers = 0;

	if (err->code != -EINTR)
		return false;
	for (size_t i = 0; i < x->n; i++) {
		struct err none = ERR_INIT;
		auto_json json_t *row = found(x->s, "row", i, &none);

		answers += row != NULL;
	}
	if (!answers || !interrupt_grace())
		return false;
	auto_free char *why = xasprintf("not run: interrupted by SIG%s", sigabbrev_np(interrupt_signal()));
	for (size_t i = 0; i < x->n; i++) {
		struct err none = ERR_INIT;
		auto_json json_t *row = found(x->s, "row", i, &none);

		if (!row)
			answer(x, i, why);
	}
	*err = (struct err)ERR_INIT;
	return true;
}

int repro_set_run(const struct repro_set *s, const struct strlist *kernels, json_t **rows, struct err *err)
{
	const char *out = s->q->out;
	auto_free char *made = NULL;
	auto_cells struct cells x = { .s = s };

	*rows = json_array();
	cells_make(&x, kernels);
	if (out && rundir_make(out, &made, err))
		return err->code;
	struct pool pool = { .n = x.n,
			     .jobs = s->q->plan.jobs,
			     .one = run_one,
			     .name = case_name,
			     .progress = s->progress,
			     .ctx = &x };
	int code = pool_run(&pool, err);
	rundir_unmake(out ? out : "", made); /* where nothing came into it */
	if (code && !keep_found(&x, err))
		return err->code;
	for (size_t i = 0; i < x.n; i++) {
		json_t *row = found(s, "row", i, err);

		if (!row)
			return err->code;
		json_array_append_new(*rows, row);
	}
	return 0;
}
