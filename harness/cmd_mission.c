/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every statement of the mission, measured on each kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/parse.h"
#include "cli.h"
#include "report/mission.h"
#include "run/rundir.h"
#include "progress.h"

/* What is run on each kernel. The first has every workload; the others what it has no room or no node for. */
static const struct {
	const char *topology, *workloads; /* words */
} runs[] = {
	{ "4node", "all" },	   { "asymmetric", "topology" },    { "memoryless", "topology" },
	{ "cpuless", "topology" }, { "2node-big", "hugetlb-boot" }, { "pxb", "cma-pernuma" },
};

static const char *const kernels[] = { "6.1", "6.12", "lab" };

struct mission_args {
	const char *kernel, *out, *render;
	unsigned jobs, seed;
	bool json;
};

static int set_mission_kernel(void *a, const char *v, struct err *err)
{
	(void)err;
	((struct mission_args *)a)->kernel = v;
	return 0;
}

static int set_mission_out(void *a, const char *v, struct err *err)
{
	if (!*v)
		return err_set(err, -EINVAL, "-o: want a folder's name");
	((struct mission_args *)a)->out = v;
	return 0;
}

static int set_mission_jobs(void *a, const char *v, struct err *err)
{
	return cli_number("-j", v, 1, 64, &((struct mission_args *)a)->jobs, err);
}

static int set_mission_seed(void *a, const char *v, struct err *err)
{
	return cli_number("--seed", v, 0, 1000000, &((struct mission_args *)a)->seed, err);
}

static int set_mission_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct mission_args *)a)->json = true;
	return 0;
}

static int set_mission_render(void *a, const char *v, struct err *err)
{
	(void)err;
	((struct mission_args *)a)->render = v;
	return 0;
}

static const struct opt opts_mission[] = {
	{ 'k', "kernel", "KERNEL", "on this kernel only; default 6.1, 6.12 and lab in turn",
	  set_mission_kernel },
	{ 'j', "jobs", "N", "machines at a time (default 1)", set_mission_jobs },
	{ 0, "seed", "N", "another schedule, exact as well (default 0)", set_mission_seed,
	  "The verdicts are to be the same." },
	{ 'o', "out", "DIR", "write mission.json and MISSION.md there; default: only print",
	  set_mission_out },
	{ 0, "render", "FILE", "run nothing: print MISSION.md's text from a mission.json",
	  set_mission_render },
	{ 0, "json", NULL, "print mission.json instead of the table", set_mission_json },
	OPT_END,
};

static int plan_of(struct plan *p, const char *workloads, struct err *err)
{
	auto_free char *words = xstrdup(workloads);

	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		if (plan_add_workload(p, w, err))
			return err->code;
	return 0;
}

/* One run, into the array; its directory goes: what it says is in the table, `run` shows it again. */
static int one_run(const struct mission_args *a, const char *kernel, size_t i, const char *dir,
		   json_t *results, struct err *err)
{
	auto_free char *out = xasprintf("%s/%s-%s", dir, kernel, runs[i].topology);
	struct run_request q = { .topology = runs[i].topology,
				 .kernel = kernel,
				 .out = out,
				 .plan = { .shift = JOB_SHIFT, .jobs = a->jobs, .seed = a->seed },
				 .progress = progress_show };
	auto_run struct run r = { 0 };
	int code = plan_of(&q.plan, runs[i].workloads, err) ? err->code : run_do(&q, &r, err);

	if (!code)
		json_array_append_new(results, json_pack("{s:s, s:O}", "kernel", kernel, "result", r.result));
	plan_free(&q.plan);
	return code ? err_prefix(err, "%s on %s", kernel, runs[i].topology) : 0;
}

static int write_text(const char *dir, const char *name, const char *s, size_t n, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return file_output(path, s, n, err);
}

static int write_out(const char *dir, const json_t *mission, struct err *err)
{
	auto_text struct text md = { 0 };
	auto_free char *json = json_dumps(mission, JSON_INDENT(1) | JSON_SORT_KEYS);
	auto_free char *with_end = xasprintf("%s\n", json);

	mission_markdown(mission, &md);
	if (dir_make(dir, err) || write_text(dir, "mission.json", with_end, strlen(with_end), err))
		return err->code;
	return write_text(dir, "MISSION.md", md.s, md.len, err);
}

/* After an interruption: what was measured is shown, and what comes behind is not begun. */
static bool keep_done(const json_t *results, struct err *err)
{
	if (err->code != -EINTR || !json_array_size(results) ||
	    (!interrupt_grace() && interrupted())) /* a run that kept its part had the time already */
		return false;
	*err = (struct err)ERR_INIT;
	return true;
}

static int run_all(const struct mission_args *a, const char *dir, json_t **mission, struct err *err)
{
	auto_json json_t *results = json_array();

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		const char *kernel = a->kernel ? a->kernel : kernels[k];

		if (a->kernel && k)
			break;
		for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
			if (one_run(a, kernel, i, dir, results, err) && !keep_done(results, err))
				return err->code;
	}
	*mission = mission_make(results);
	return 0;
}

/* The runs' folders: swept by the next run if this one is killed. */
static int in_workspace(const struct mission_args *a, json_t **mission, struct err *err)
{
	struct cache cache;
	auto_free char *dir = NULL;
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;

	if (cache_open(&cache, err))
		return err->code;
	if (!cache_scratch(&cache, &dir, &lock, err)) {
		/* a run locks the folder beside which it writes, and the workspace is locked */
		auto_free char *runs_dir = xasprintf("%s/runs", dir);

		run_all(a, runs_dir, mission, err);
		dir_remove(dir, &ignored);
	}
	cache_close(&cache);
	return err->code;
}

static int show(const struct mission_args *a)
{
	auto_json json_t *mission = NULL;
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	auto_free char *made = NULL;
	if (a->out && rundir_make(a->out, &made, &err))
		return cli_fail(&err); /* rather than behind runs of many minutes */
	int code = in_workspace(a, &mission, &err);
	progress_end();
	/* half a mission does not replace a whole one */
	if (!code && a->out && !interrupt_signal())
		code = write_out(a->out, mission, &err);
	rundir_unmake(a->out ? a->out : "", made); /* where nothing came into it */
	if (code)
		return cli_fail(&err);
	if (a->json)
		cli_json(mission, true);
	else
		mission_text(mission, isatty(1), &t);
	fputs(text_str(&t), stdout);
	return outcome_exit_code(mission_outcome(mission));
}

static int render(const char *file)
{
	struct err why = ERR_INIT;
	auto_json json_t *mission = parse_file(file, &why);
	auto_text struct text t = { 0 };

	if (!json_array_size(json_object_get(mission, "rows"))) {
		cli_say("%s: is no mission.json: %s", file, mission ? "has no rows" : why.msg);
		return EXIT_HARNESS;
	}
	mission_markdown(mission, &t);
	fputs(text_str(&t), stdout);
	return outcome_exit_code(mission_outcome(mission));
}

static int cmd_mission(const struct command *c, int argc, char **argv)
{
	struct mission_args a = { .jobs = 1 };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n < 0)
		return code;
	if (n)
		return cli_usage(c, "\"%s\": this command takes no further argument", argv[1]);
	return a.render ? render(a.render) : show(&a);
}

COMMAND(mission) = {
	.name = "mission",
	.args = "[-k KERNEL]",
	.about = "every statement of the mission, measured on each kernel",
	.opts = opts_mission,
	.run = cmd_mission,
	.more = "The kernels are the stock ones 6.1 and 6.12, and lab. Prints a table: the row, its outcome on each "
		"kernel, the statement, the workloads that prove it and one number of theirs. A row that no kernel can "
		"show counts as failed.",
};
