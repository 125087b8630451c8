/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"
#include "base/file.h"
#include "run/pool.h"

void grid_free(struct grid *g)
{
	strlist_free(&g->topologies);
	strlist_free(&g->kernels);
	for (size_t i = 0; i < g->axes; i++) {
		free(g->axis[i].knob);
		strlist_free(&g->axis[i].values);
	}
	free(g->axis);
	*g = (struct grid){ 0 };
}

void grid_cells_free(struct grid_cells *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].name);
		strlist_free(&c->v[i].knobs);
	}
	free(c->v);
	*c = (struct grid_cells){ 0 };
}

/* --- the axes --------------------------------------------------------------------------------------------------------- */
static bool has(const struct strlist *l, const char *word)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], word))
			return true;
	return false;
}

/* Words with commas between; none is empty, none twice. */
static int split(struct strlist *out, const char *option, const char *list, struct err *err)
{
	for (const char *at = list;; at++) {
		size_t n = strcspn(at, ",");
		auto_free char *word = xasprintf("%.*s", (int)n, at);

		if (!n)
			return err_set(err, -EINVAL, "%s %s: has an empty name", option, list);
		if (has(out, word))
			return err_set(err, -EINVAL, "%s %s: \"%s\" is there twice", option, list, word);
		strlist_add(out, "%s", word);
		at += n;
		if (!*at)
			return 0;
	}
}

static int add_names(struct strlist *out, const char *option, const char *list, struct err *err)
{
	if (!path_exists(list))
		return split(out, option, list, err);
	strlist_add(out, "%s", list);
	return 0;
}

int grid_add_topologies(struct grid *g, const char *list, struct err *err)
{
	return add_names(&g->topologies, "-t", list, err);
}

int grid_add_kernels(struct grid *g, const char *list, struct err *err)
{
	return add_names(&g->kernels, "-k", list, err);
}

int grid_add_knob(struct grid *g, const char *arg, struct err *err)
{
	auto_free char *name = xasprintf("%.*s", (int)strcspn(arg, "="), arg);
	struct strlist values = { 0 };
	unsigned number[2];
	struct err whole = ERR_INIT;

	if (!strchr(arg, '='))
		return err_set(err, -EINVAL, "knob \"%s\": want KNOB=VALUE", arg);
	const char *value = strchr(arg, '=') + 1;
	const struct knob *k = knob_find(name, number, err);
	if (!k)
		return err->code;
	if (!knob_check(k, name, value, &whole) || !strchr(value, ','))
		strlist_add(&values, "%s", value);
	else if (split(&values, "-s", value, err))
		goto bad;
	for (size_t i = 0; i < values.n; i++)
		if (knob_check(k, name, values.v[i], err))
			goto bad;
	size_t i = 0;
	while (i < g->axes && strcmp(g->axis[i].knob, name) != 0)
		i++;
	if (i == g->axes) {
		g->axis = xrealloc(g->axis, (g->axes + 1) * sizeof(*g->axis));
		g->axis[g->axes++] = (struct grid_axis){ .knob = xstrdup(name) };
	}
	strlist_free(&g->axis[i].values);
	g->axis[i].values = values;
	return 0;
bad:
	strlist_free(&values);
	return err->code;
}

void grid_leave_alone(struct grid *g)
{
	for (size_t i = 0; i < g->axes; i++)
		if (!has(&g->axis[i].values, ""))
			strlist_add(&g->axis[i].values, "%s", "");
}

/* --- the cells -------------------------------------------------------------------------------------------------------- */
/* A file's name of it: of a path its last part, and nothing a shell or a file system minds. */
static void add_name(struct text *name, const char *word)
{
	const char *slash = strrchr(word, '/');

	text_printf(name, "%s", name->len ? "-" : "");
	for (const char *c = slash && slash[1] ? slash + 1 : word; *c; c++)
		text_printf(name, "%c",
			    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.=+_", *c)
				    ? *c
				    : '_');
}

static char *cell_name(const struct grid *g, const struct grid_cell *c, const struct grid_cells *before)
{
	auto_text struct text name = { 0 };

	if (g->topologies.n > 1 || (g->seeds <= 1 && g->repeat <= 1))
		add_name(&name, c->topology);
	if (c->kernel && (g->kernels.n > 1 || (g->seeds <= 1 && g->repeat <= 1)))
		add_name(&name, c->kernel);
	for (size_t i = 0; i < c->knobs.n; i++)
		add_name(&name, c->knobs.v[i]);
	if (g->seeds > 1)
		text_printf(&name, "%sseed%u", name.len ? "-" : "", c->seed);
	if (g->repeat > 1)
		text_printf(&name, "%srepeat%u", name.len ? "-" : "", c->repeat);
	auto_free char *base = xstrdup(text_str(&name));
	for (unsigned again = 2, i = 0; i < before->n; i++)
		if (!strcmp(before->v[i].name, name.s)) {
			name.len = 0;
			text_printf(&name, "%s+%u", base, again++);
			i = (unsigned)-1; /* from the front with the new name */
		}
	return xstrdup(text_str(&name));
}

/* The i-th combination: the last axis turns fastest. */
static struct grid_cell cell_at(const struct grid *g, size_t i)
{
	struct grid_cell c = { 0 };
	unsigned repeat = g->repeat ? g->repeat : 1, seeds = g->seeds ? g->seeds : 1;
	size_t *pick = xcalloc(g->axes ? g->axes : 1, sizeof(*pick));

	c.repeat = (unsigned)(i % repeat);
	i /= repeat;
	c.seed = g->seed + (unsigned)(i % seeds);
	i /= seeds;
	for (size_t a = g->axes; a-- > 0;) {
		pick[a] = i % g->axis[a].values.n;
		i /= g->axis[a].values.n;
	}
	for (size_t a = 0; a < g->axes; a++)
		if (*g->axis[a].values.v[pick[a]])
			strlist_add(&c.knobs, "%s=%s", g->axis[a].knob, g->axis[a].values.v[pick[a]]);
	free(pick);
	c.kernel = g->kernels.n ? g->kernels.v[i % g->kernels.n] : NULL;
	i /= g->kernels.n ? g->kernels.n : 1;
	c.topology = g->topologies.v[i];
	return c;
}

void grid_cells(const struct grid *g, struct grid_cells *out)
{
	size_t n = g->topologies.n * (g->kernels.n ? g->kernels.n : 1) * (g->seeds ? g->seeds : 1) *
		   (g->repeat ? g->repeat : 1);

	for (size_t a = 0; a < g->axes; a++)
		n *= g->axis[a].values.n;
	*out = (struct grid_cells){ .v = xcalloc(n, sizeof(*out->v)) };
	for (; out->n < n; out->n++) {
		out->v[out->n] = cell_at(g, out->n);
		out->v[out->n].name = cell_name(g, &out->v[out->n], out);
	}
}

static unsigned count_away(const struct grid_cell *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->knobs.n; i++) {
		auto_free char *name = xasprintf("%.*s", (int)strcspn(c->knobs.v[i], "="), c->knobs.v[i]);
		struct err ignored = ERR_INIT;
		unsigned number[2];
		const struct knob *k = knob_find(name, number, &ignored);

		n += !k || !k->def || strcmp(k->def, c->knobs.v[i] + strlen(name) + 1) != 0;
	}
	return n;
}

int grid_measure(const char *tree, struct grid_cells *c, struct err *err)
{
	auto_free char *dir = xasprintf("%s/topologies", tree);

	for (size_t i = 0; i < c->n; i++) {
		auto_free char *path = NULL;
		auto_topo struct topo *t = NULL;

		if (topo_find(dir, c->v[i].topology, &path, err) || topo_load(path, &t, err))
			return err->code;
		c->v[i].nodes = t->nodes;
		c->v[i].away = count_away(&c->v[i]);
	}
	return 0;
}

void grid_smallest_first(struct grid_cells *c)
{
	/* by insertion: equals keep their order, and there are few */
	for (size_t i = 1; i < c->n; i++)
		for (size_t k = i; k; k--) {
			struct grid_cell *a = &c->v[k - 1], *b = &c->v[k];

			if (a->nodes < b->nodes || (a->nodes == b->nodes && a->away <= b->away))
				break;
			struct grid_cell keep = *a;
			*a = *b;
			*b = keep;
		}
}

/* --- running ------------------------------------------------------------------------------------------------------------ */
int grid_request(const struct run_request *base, const struct grid_cell *c, struct run_request *out,
		 struct err *err)
{
	*out = *base;
	out->topology = c->topology;
	out->kernel = c->kernel;
	out->plan.user = (struct settings){ 0 };
	out->plan.seed = c->seed;
	for (size_t i = 0; i < c->knobs.n; i++)
		if (plan_add_knob(&out->plan, c->knobs.v[i], err))
			return err->code;
	return 0;
}

void grid_request_free(struct run_request *q)
{
	settings_free(&q->plan.user);
}

struct grid_running {
	const struct grid_cells *c;
	unsigned jobs; /* a cell's own */
	grid_one *one;
	void *ctx;
	struct grid_done *shared;
};

static const char *label_of(void *ctx, size_t i)
{
	return ((const struct grid_running *)ctx)->c->v[i].name;
}

static int run_cell(void *ctx, size_t i)
{
	const struct grid_running *g = ctx;
	struct grid_done *d = &g->shared[i];
	struct err err = ERR_INIT;

	g->one(&g->c->v[i], g->jobs, g->ctx, &d->outcome, &err);
	d->err = err;
	return 0;
}

int grid_run(const struct grid_cells *c, unsigned jobs, grid_one *one, void *ctx,
	     void (*progress)(const char *what, unsigned done, unsigned of), struct grid_done *done,
	     struct err *err)
{
	size_t bytes = (c->n ? c->n : 1) * sizeof(*done);
	struct grid_running g = { c, 1, one, ctx, NULL };

	jobs = jobs ? jobs : 1;
	if (c->n && c->n < jobs)
		g.jobs = jobs / (unsigned)c->n;
	g.shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g.shared == MAP_FAILED)
		return err_sys(err, "memory for %zu cells", c->n);
	for (size_t i = 0; i < c->n; i++)
		err_set(&g.shared[i].err, -ECHILD, "the process that ran it died");
	struct pool pool = {
		.n = c->n, .jobs = jobs, .one = run_cell, .name = label_of, .progress = progress, .ctx = &g
	};
	int code = pool_run(&pool, err);
	memcpy(done, g.shared, c->n * sizeof(*done));
	munmap(g.shared, bytes);
	return code;
}

static void option(struct text *out, const char *name, const char *value)
{
	text_printf(out, " %s ", name);
	text_shell(out, value);
}

void grid_command(const struct grid_cell *c, const char *command, struct text *out)
{
	text_printf(out, "%s", command);
	option(out, "-t", c->topology);
	if (c->kernel)
		option(out, "-k", c->kernel);
	for (size_t i = 0; i < c->knobs.n; i++)
		option(out, "-s", c->knobs.v[i]);
	if (c->seed)
		text_printf(out, " --seed %u", c->seed);
}
