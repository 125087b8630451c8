/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli.h"
#include "report/series.h"
#include "report/whole.h"
#include "machine/gdbdoor.h"
#include "run/series.h"
#include "hint.h"
#include "progress.h"

struct run_args {
	struct grid_args m; /* first: the shared options store there */
	bool json, shrink, gdb;
	struct report_how how;
	bool begun;		 /* the head of the report is printed */
	const char *gdb_address; /* NULL: a socket */
};

static int set_workload(void *a, const char *v, struct err *err)
{
	return plan_add_workload(&((struct run_args *)a)->m.q.plan, v, err);
}

static int set_jobs(void *a, const char *v, struct err *err)
{
	return cli_number("-j", v, 1, 64, &((struct run_args *)a)->m.q.plan.jobs, err);
}

static int set_seeds(void *a, const char *v, struct err *err)
{
	return cli_number("--seeds", v, 1, 1000, &((struct run_args *)a)->m.g.seeds, err);
}

static int set_repeat(void *a, const char *v, struct err *err)
{
	return cli_number("--repeat", v, 1, 1000, &((struct run_args *)a)->m.g.repeat, err);
}

static int set_shrink(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->shrink = true;
	return 0;
}

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->json = true;
	return 0;
}

static int set_verbose(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->how.level = REPORT_FULL;
	return 0;
}

static int set_brief(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->how.level = REPORT_BRIEF;
	return 0;
}

static int set_trace_regions(void *a, const char *v, struct err *err)
{
	((struct run_args *)a)->how.regions = true;
	return set_trace(a, v, err);
}

static int set_gdb(void *a, const char *v, struct err *err)
{
	((struct run_args *)a)->gdb = true;
	((struct run_args *)a)->gdb_address = v;
	return v ? gdb_address_check(v, err) : 0;
}

static const struct opt opts_run[] = {
	OPTS_GRID,
	{ 'w', "workload", "WORKLOAD[:P=V,...][,...]",
	  "workloads, each with its parameters; all is the default", set_workload,
	  "`numarig show workloads` has their parameters. In bind:pages=64,fork-cow the comma begins the "
	  "next workload, as no PARAM=VALUE is behind it. The option, and the same workload, may stand several "
	  "times." },
	{ 'o', "out", "DIR", "the run directory; default results/runs/<time>-<topology>-<kernel>", set_out,
	  "It must be empty or not be there." },
	{ 'j', "jobs", "N", "machines at a time (default 1)", set_jobs,
	  "Of a grid, cells at a time. The result does not depend on it." },
	{ 0, "seed", "N", "another schedule, exact as well (default 0)", set_seed,
	  "The workload begins N times 1.037 virtual milliseconds later." },
	{ 0, "seeds", "N", "a series of N schedules, from --seed on", set_seeds,
	  "What depends on timing is judged by its spread over them." },
	{ 0, "repeat", "N", "a series of N equal runs; engines fast and kvm", set_repeat },
	{ 0, "shrink", NULL, "the smallest cell that fails: fewest nodes, fewest of the knobs", set_shrink,
	  "Each knob may also be left alone; cells run from the fewest nodes and fewest knobs away "
	  "from their default up, and the first that fails ends the search." },
	{ 0, "shift", "N", "virtual nanoseconds an instruction: 2^N (default 5, less with more than 32 CPUs)",
	  set_shift, "Exact engine only." },
	{ 0, "events", "GROUP:NAME,...", "keep the kernel's trace events in raw/", set_events,
	  "The file is raw/NAME.trace, the events are such as migrate:*,sched:sched_move_numa." },
	{ 0, "trace", "[=caches[:...]]", "count who touched whose memory; in the result's trace", set_trace,
	  "Which CPU fetched, read and wrote which node's memory, in programs and in the kernel, "
	  "counted without touching the guest and shown as a matrix. The digest stays what it is "
	  "without. Exact engine only. With `caches` a model of caches, which is a model and no "
	  "measurement, turns the accesses into line fills and write-backs by node. Behind the "
	  "colon, such as l2=2M,llc_ways=8: l1i, l1d, l2, llc (sizes; l2=0: none), each with _ways, "
	  "and line." },
	{ 0, "trace-regions", NULL, "the same, and show each region's counts", set_trace_regions },
	{ 0, "gdb", "[=HOST:PORT]",
	  "halt the machine for gdb, at a socket of your own; `continue` there runs it", set_gdb,
	  "The machine halts at its exact instant; gdb 8.3 or later takes the line that is printed. "
	  "The socket lies in a folder that only you can enter, which is removed at the end. With "
	  "HOST:PORT it is TCP there: whoever can reach that address controls the machine, and by "
	  "its monitor your files. For one workload at a time; any number of such machines may wait "
	  "beside each other." },
	{ 'v', "verbose", NULL, "print every number and every check, not only what does not pass",
	  set_verbose },
	{ 'q', "brief", NULL, "print the sums and the names of what does not pass, and nothing else",
	  set_brief },
	OPTS_REPORTS,
	{ 0, "json", NULL, "print result.json (or series.json) instead of tables", set_json },
	OPT_END,
};

/* Tables on standard output: not when something else was asked for there. */
static bool has_tables(const struct run_args *a)
{
	return !a->json && !reports_on_stdout(&a->m.reports);
}

/* What was asked for beside tables: JSON, and files, which may be a FIFO that nobody reads yet. */
static int print(const struct run_args *a, const json_t *j, json_t *runs, const char *words, int code)
{
	auto_json json_t *of = runs;
	struct err err = ERR_INIT;

	if (a->json)
		cli_json(j, true);
	else if (has_tables(a))
		progress_print(words);
	return reports_write(&a->m.reports, of, &err) ? cli_fail(&err) : code;
}

static void begin_tables(struct run_args *a, const json_t *head, struct text *t)
{
	if (!a->begun)
		report_head(head, t);
	a->begun = true;
}

/* For struct run_viewer: a workload as soon as it is judged. */
static void show_workload(void *ctx, const json_t *head, const json_t *entry, const json_t *host)
{
	struct run_args *a = ctx;
	auto_text struct text t = { 0 };

	begin_tables(a, head, &t);
	report_workload(entry, host, json_object_get(head, "nids"), a->how.level, a->how.colour, &t);
	progress_print(text_str(&t));
}

static void show_again(void *ctx)
{
	(void)ctx;
	progress_print(
		"\nThe snapshot that the machines were restored from was damaged. All workloads run again; the results above do not count.\n\n");
}

static int run_one(struct run_args *a, const struct grid_cell *c)
{
	struct err err = ERR_INIT;
	auto_run struct run r = { 0 };
	auto_text struct text t = { 0 };
	struct run_request q;
	int code = grid_request(&a->m.q, c, &q, &err);

	if (has_tables(a))
		q.viewer = (struct run_viewer){ show_workload, show_again, a };
	code = code || run_do(&q, &r, &err);
	grid_request_free(&q);
	if (code)
		return cli_fail(&err);
	progress_end();
	begin_tables(a, r.result, &t);
	report_end(r.result, r.dir, &a->how, &t);
	return print(a, r.result, reports_of_run(r.result), text_str(&t), outcome_exit_code(r.outcome));
}

static int run_many(struct run_args *a)
{
	struct err err = ERR_INIT;
	auto_series struct series s = { 0 };
	auto_text struct text t = { 0 };

	if (series_run(&a->m.q, &a->m.g, a->shrink, &s, &err))
		return cli_fail(&err);
	progress_end();
	report_series(s.doc, s.dir, a->how.colour, &t);
	auto_free char *hint = hint_as_called(text_str(&t));
	return print(a, s.doc, reports_of_series(s.doc, s.dir), hint, outcome_exit_code(s.outcome));
}

/* What can't go together; 0 or the exit code. */
static int check_args(const struct command *c, const struct run_args *a, size_t cells)
{
	const struct run_request *q = &a->m.q;

	if (reports_both_on_stdout(&a->m.reports) || (a->json && reports_on_stdout(&a->m.reports)))
		return cli_usage(c, "only one of --tap, --junit and --json can have standard output");
	if (a->m.g.repeat > 1 && (!q->engine || !strcmp(q->engine, "exact")))
		return cli_usage(c,
				 "--repeat: engine exact gives the same again; --seeds has other schedules");
	if (a->gdb && cells > 1)
		return cli_usage(c, "--gdb takes one machine");
	if (a->gdb && (q->plan.items > 1 || q->plan.jobs > 1))
		return cli_usage(c, "--gdb takes one workload: name it with -w");
	return 0;
}

/* The line for gdb as a shell takes it. */
static void say_gdb(const struct gdb_door *door)
{
	auto_free char *words = xasprintf("target remote %s", door->target);
	auto_text struct text line = { 0 };

	text_shell(&line, words);
	fprintf(stderr, "the machine halts at its exact instant; in gdb, `continue` runs it:\n  gdb -ex %s\n",
		text_str(&line));
	if (!door->folder)
		fprintf(stderr,
			"whoever can reach that address controls the machine, and through its monitor reads and writes your files\n");
}

static int run_all(const struct command *c, struct run_args *a)
{
	auto_gdb_door struct gdb_door door = { 0 };
	struct err err = ERR_INIT;
	auto_grid_cells struct grid_cells cells = { 0 };

	if (!a->m.q.plan.items && plan_add_workload(&a->m.q.plan, "all", &err))
		return cli_fail(&err);
	a->m.g.seed = a->m.q.plan.seed;
	grid_cells(&a->m.g, &cells);
	int code = check_args(c, a, cells.n);
	if (code)
		return code;
	if (a->gdb) {
		if (gdb_door_open(&door, a->gdb_address, &err))
			return cli_fail(&err);
		a->m.q.gdb = door.device;
		say_gdb(&door);
	}
	return cells.n > 1 || a->shrink ? run_many(a) : run_one(a, &cells.v[0]);
}

static int cmd_run(const struct command *c, int argc, char **argv)
{
	struct run_args a = { .how = { .level = REPORT_USUAL, .colour = isatty(1) },
			      .m = { .q = { .plan = { .shift = SHIFT_AUTO, .jobs = 1 },
					    .progress = progress_show } } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n > 0)
		code = cli_usage(
			c, "\"%s\": this command takes no further argument; a workload is named with -w",
			argv[1]);
	else if (!n)
		code = a.m.g.topologies.n
			       ? run_all(c, &a)
			       : cli_usage(c, "no topology: want -t TOPO (`numarig list topologies`)");
	plan_free(&a.m.q.plan);
	grid_free(&a.m.g);
	return code;
}

COMMAND(run) = {
	.name = "run",
	.args = "-t TOPO [-w WORKLOAD[:P=V,...]]...",
	.about = "boot, run workloads, judge, write a run directory",
	.opts = opts_run,
	.run = cmd_run,
	.more = "The first run of a machine boots it up to its exact instant and keeps that as a snapshot; the others "
		"start there. Each workload gets a machine of its own.\n"
		"Several topologies, kernels and values of knobs make a grid: every combination is run, a cell, into a "
		"folder of its own below one that has series.json; outcomes are printed as a table, and for a cell "
		"that failed why, and the line that runs it alone.",
};
