/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run/grid.h: which cells a question has, what they are called, which are smallest; and running them side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "run/grid.h"

static void adds(struct grid *g, const char *topologies, const char *kernels)
{
	struct err err = ERR_INIT;

	assert_int_equal(grid_add_topologies(g, topologies, &err), 0);
	assert_int_equal(kernels ? grid_add_kernels(g, kernels, &err) : 0, 0);
}

static void knob(struct grid *g, const char *arg)
{
	struct err err = ERR_INIT;

	if (grid_add_knob(g, arg, &err))
		fail_msg("%s: %s", arg, err.msg);
}

/* All names, a blank between. */
static char *names(const struct grid_cells *c)
{
	auto_text struct text t = { 0 };

	for (size_t i = 0; i < c->n; i++)
		text_printf(&t, "%s%s", i ? " " : "", c->v[i].name);
	return xstrdup(text_str(&t));
}

static void are(const struct grid_cells *c, const char *want)
{
	auto_free char *is = names(c);

	assert_string_equal(is, want);
}

static void combinations(void **state)
{
	auto_grid struct grid g = { 0 };
	auto_grid_cells struct grid_cells c = { 0 };

	(void)state;
	adds(&g, "2node,4node", "6.1,6.12");
	knob(&g, "thp.enabled=never,always");
	knob(&g, "ksm.run=1");
	grid_cells(&g, &c);
	are(&c, "2node-6.1-thp.enabled=never-ksm.run=1 2node-6.1-thp.enabled=always-ksm.run=1"
		" 2node-6.12-thp.enabled=never-ksm.run=1 2node-6.12-thp.enabled=always-ksm.run=1"
		" 4node-6.1-thp.enabled=never-ksm.run=1 4node-6.1-thp.enabled=always-ksm.run=1"
		" 4node-6.12-thp.enabled=never-ksm.run=1 4node-6.12-thp.enabled=always-ksm.run=1");
	assert_string_equal(c.v[5].knobs.v[0], "thp.enabled=always");
	assert_string_equal(c.v[5].kernel, "6.1");
}

static void seeds(void **state)
{
	auto_grid struct grid g = { .seed = 4, .seeds = 3 }, r = { .repeat = 2 };
	auto_grid_cells struct grid_cells c = { 0 }, d = { 0 };

	(void)state;
	adds(&g, "2node", NULL);
	grid_cells(&g, &c);
	are(&c, "seed4 seed5 seed6");
	assert_int_equal(c.v[2].seed, 6);
	assert_null(c.v[0].kernel);
	adds(&r, "2node,4node", "6.1");
	grid_cells(&r, &d);
	are(&d, "2node-repeat0 2node-repeat1 4node-repeat0 4node-repeat1");
}

/* Paths become their last part, and two that are then the same stay apart. */
static void paths(void **state)
{
	auto_grid struct grid g = { 0 };
	auto_grid_cells struct grid_cells c = { 0 };

	(void)state;
	adds(&g, "/tmp/a/x y.json,/tmp/b/x y.json,/tmp/c/x y.json", "/boot/vmlinuz");
	grid_cells(&g, &c);
	are(&c, "x_y.json-vmlinuz x_y.json-vmlinuz+2 x_y.json-vmlinuz+3");
}

static const struct {
	int (*add)(struct grid *g, const char *v, struct err *err);
	const char *arg, *message; /* NULL: taken */
} rows[] = {
	{ grid_add_topologies, "2node,,4node", "-t 2node,,4node: has an empty name" },
	{ grid_add_topologies, "uma,", "-t uma,: has an empty name" },
	{ grid_add_kernels, "6.1,6.1", "-k 6.1,6.1: \"6.1\" is there twice" },
	{ grid_add_knob, "thp.enabled", "knob \"thp.enabled\": want KNOB=VALUE" },
	{ grid_add_knob, "thp.enabled=never,alwys",
	  "knob thp.enabled: \"alwys\" is none of always|madvise|never" },
	{ grid_add_knob, "swappiness=0,900", "knob swappiness: 900 is out of range (0 to 200)" },
	{ grid_add_knob, "swappiness=0,60,0", "-s 0,60,0: \"0\" is there twice" },
	{ grid_add_knob, "swappiness=0,60", NULL },
	{ grid_add_knob, "numa_cma=0:16M,1:16M", NULL },
};

static void words(void **state)
{
	auto_grid struct grid g = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = ERR_INIT;
		int r = rows[i].add(&g, rows[i].arg, &err);

		assert_string_equal(err.msg, rows[i].message ? rows[i].message : "");
		assert_int_equal(r != 0, rows[i].message != NULL);
	}
	assert_int_equal(g.axes, 2);
	assert_int_equal(g.axis[0].values.n, 2);
	assert_int_equal(g.axis[1].values.n, 1); /* the commas are the value's own */
	knob(&g, "swappiness=7");		 /* the later one counts */
	assert_int_equal(g.axis[0].values.n, 1);
	assert_string_equal(g.axis[0].values.v[0], "7");
}

/* Fewest nodes, then fewest knobs set to other than what is declared; a knob may also be left alone. */
static void smallest(void **state)
{
	auto_grid struct grid g = { 0 };
	auto_grid_cells struct grid_cells c = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	adds(&g, "4node,uma", NULL);
	knob(&g, "swappiness=0,60");
	knob(&g, "ksm.run=1");
	grid_leave_alone(&g);
	grid_cells(&g, &c);
	if (grid_measure(TEST_SOURCE_DIR, &c, &err))
		fail_msg("%s", err.msg);
	grid_smallest_first(&c);
	are(&c,
	    "uma-swappiness=60 uma uma-swappiness=0 uma-swappiness=60-ksm.run=1 uma-ksm.run=1 uma-swappiness=0-ksm.run=1"
	    " 4node-swappiness=60 4node 4node-swappiness=0 4node-swappiness=60-ksm.run=1 4node-ksm.run=1"
	    " 4node-swappiness=0-ksm.run=1");
}

static void commands(void **state)
{
	auto_grid struct grid g = { .seed = 3 };
	auto_grid_cells struct grid_cells c = { 0 };
	auto_text struct text t = { 0 };

	(void)state;
	adds(&g, "my topo.json", "6.1");
	knob(&g, "thp.enabled=never");
	grid_cells(&g, &c);
	grid_command(&c.v[0], "numarig run", &t);
	assert_string_equal(t.s, "numarig run -t 'my topo.json' -k 6.1 -s thp.enabled=never --seed 3");
}

static int run_cell(const struct grid_cell *c, unsigned jobs, void *ctx, enum outcome *outcome,
		    struct err *err)
{
	(void)ctx;
	*outcome = jobs == 2 ? OUTCOME_XFAIL : OUTCOME_FAIL;
	if (c->seed == 1)
		return err_set(err, -ENODATA, "no %s %u", c->topology, c->seed);
	if (c->seed == 2)
		_exit(0); /* without a word */
	return 0;
}

static void side_by_side(void **state)
{
	auto_grid struct grid g = { .seeds = 3 };
	auto_grid_cells struct grid_cells c = { 0 };
	struct grid_done done[3];
	struct err err = ERR_INIT;

	(void)state;
	adds(&g, "2node", NULL);
	grid_cells(&g, &c);
	assert_int_equal(grid_run(&c, 7, run_cell, NULL, NULL, done, &err), 0);
	assert_int_equal(done[0].err.code, 0);
	assert_int_equal(done[0].outcome, OUTCOME_XFAIL); /* of seven jobs each of three cells has two */
	assert_int_equal(done[1].err.code, -ENODATA);
	assert_string_equal(done[1].err.msg, "no 2node 1");
	assert_string_equal(done[2].err.msg, "the process that ran it died");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(combinations), cmocka_unit_test(seeds),    cmocka_unit_test(paths),
		cmocka_unit_test(words),	cmocka_unit_test(smallest), cmocka_unit_test(commands),
		cmocka_unit_test(side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
