/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan run on a kernel, against what it came to before: results/baselines/<series>/<topology>.json. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/place.h"
#include "cli.h"
#include "judge/summary.h"
#include "report/compare.h"
#include "run/baseline.h"
#include "run/load.h"
#include "run/plan_file.h"
#include "run/series.h"
#include "progress.h"
#include "judge/summary_check.h"

struct regress_args {
	struct grid_args m; /* first: the shared options store there */
	const char *plan, *baselines;
	enum compare_form form;
	bool accept;
};

static int set_plan(void *a, const char *v, struct err *err)
{
	if (!*v)
		return err_set(err, -EINVAL, "--plan: want a file's name");
	((struct regress_args *)a)->plan = v;
	return 0;
}

static int set_baselines(void *a, const char *v, struct err *err)
{
	if (!*v)
		return err_set(err, -EINVAL, "--baselines: want a folder's name");
	((struct regress_args *)a)->baselines = v;
	return 0;
}

static int set_accept(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct regress_args *)a)->accept = true;
	return 0;
}

static int set_markdown(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct regress_args *)a)->form = COMPARE_MARKDOWN;
	return 0;
}

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct regress_args *)a)->form = COMPARE_JSON;
	return 0;
}

static int set_regress_jobs(void *a, const char *v, struct err *err)
{
	return cli_number("-j", v, 1, 64, &((struct grid_args *)a)->q.plan.jobs, err);
}

static const struct opt opts_regress[] = {
	{ 't', "topology", "TOPO[,...]", "on these topologies instead of the plan's", set_topologies },
	{ 'k', "kernel", "KERNEL[,...]", "on these kernels instead of the plan's", set_kernels },
	{ 'e', "engine", "ENGINE", "exact (default); fast and kvm have baselines of their own folder",
	  set_engine, "With fast and kvm the plan's seeds are repeats." },
	{ 'j', "jobs", "N", "machines at a time (default 1)", set_regress_jobs },
	{ 'o', "out", "DIR", "the series' folder; default results/runs/<time>-series", set_out },
	{ 0, "plan", "FILE", "what to run; default ci/regress.json", set_plan,
	  "Lists of topologies, kernels, workloads and knobs, as on the command line, and a number "
	  "of seeds." },
	{ 0, "baselines", "DIR", "what it came to before; default results/baselines", set_baselines },
	{ 0, "accept", NULL, "print the difference, and make this the baseline", set_accept },
	OPTS_REPORTS,
	{ 0, "markdown", NULL, "as Markdown, for a pull request or a mail", set_markdown },
	{ 0, "json", NULL, "as JSON", set_json },
	OPT_END,
};

/* --- the comparison ------------------------------------------------------------------------------------------------------- */

static int accept_it(const char *path, const json_t *summary, struct err *err)
{
	if (baseline_write(path, summary, err))
		return err->code;
	cli_say("%s: written", path);
	return 0;
}

/* One topology on one kernel. */
static int one_group(const struct regress_args *a, const char *dir, const json_t *group, json_t *all,
		     int *code, struct err *err)
{
	const json_t *is = json_object_get(group, "summary");
	auto_free char *path = baseline_path(dir, is);
	auto_json json_t *was = NULL;
	struct err why = ERR_INIT;

	if (!path_exists(path)) {
		if (a->accept)
			return accept_it(path, is, err);
		return err_set(err, -ENODEV, "%s: there is no such baseline: `regress --accept` makes it",
			       path);
	}
	if (!load_object(path, &was, &why) &&
	    (summary_check(was, &why) ||
	     compare_show(was, is, json_word(group, "label"), a->form, all, code, &why)))
		err_prefix(&why, "%s", path);
	if (why.code && !a->accept)
		return err_set(err, why.code, "%s", why.msg);
	if (why.code)
		cli_say("%s", why.msg);
	return a->accept ? accept_it(path, is, err) : 0;
}

static int compare_all(struct regress_args *a, const struct series *s, const char *dir)
{
	auto_json json_t *groups = NULL, *all = json_array(), *runs = reports_of_series(s->doc, s->dir);
	struct err err = ERR_INIT;
	int code = EXIT_OK, errors = EXIT_OK;
	size_t i;
	json_t *g;

	if (reports_write(&a->m.reports, runs, &err) || load_groups(s->dir, &groups, &err))
		return cli_fail(&err);
	json_array_foreach (groups, i, g) {
		if (one_group(a, dir, g, all, &code, &err)) {
			int failed = cli_fail(&err); /* the others are compared all the same */

			errors = failed > errors ? failed : errors;
			err = (struct err)ERR_INIT;
		}
	}
	if (a->form == COMPARE_JSON) {
		cli_json(all, true);
	} else if (a->form == COMPARE_TEXT) {
		printf("\nkept in %s\n", s->dir);
	}
	code = a->accept ? EXIT_OK : code;
	return errors > code ? errors : code;
}

static int regress(const struct command *c, struct regress_args *a)
{
	auto_free char *tree = place_data(), *results = place_results();
	auto_free char *plan = a->plan ? xstrdup(a->plan) : xasprintf("%s/ci/regress.json", tree);
	auto_free char *dir = a->baselines ? xstrdup(a->baselines) : xasprintf("%s/baselines", results);
	auto_series struct series s = { 0 };
	struct err err = ERR_INIT;

	if (reports_on_stdout(&a->m.reports))
		return cli_usage(c, "standard output has the comparison: name a file");
	if (plan_file_read(plan, &a->m.q, &a->m.g, &err) || series_run(&a->m.q, &a->m.g, false, &s, &err))
		return cli_fail(&err);
	progress_end();
	if (!interrupt_signal())
		return compare_all(a, &s, dir);
	printf("not compared: not all was run; kept in %s\n", s.dir);
	return EXIT_HARNESS;
}

static int cmd_regress(const struct command *c, int argc, char **argv)
{
	struct regress_args a = { .m = { .q = { .plan = { .shift = SHIFT_AUTO, .jobs = 1 },
						.progress = progress_show } } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n > 0)
		code = cli_usage(c, "\"%s\": this command takes no further argument", argv[1]);
	else if (!n)
		code = regress(c, &a);
	plan_free(&a.m.q.plan);
	grid_free(&a.m.g);
	return code;
}

COMMAND(regress) = {
	.name = "regress",
	.args = "[-k KERNEL] [-t TOPO]",
	.about = "run a plan and compare it with its baseline",
	.opts = opts_regress,
	.run = cmd_regress,
	.more = "The plan is run as a series, and what came of it is compared with results/baselines/<series>/"
		"<topology>.json as `compare` does. The series is the kernel's version, such as 6.12, or lab; engines "
		"other than exact stand before it. Exit codes as for `compare`; 3 when there is no baseline of a "
		"topology: the others are compared all the same.",
};
