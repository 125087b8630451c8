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
#include "run/mission_run.h"
#include "run/rundir.h"
#include "progress.h"

struct mission_args {
	struct mission_wish w;
	const char *out, *render;
	bool json;
};

static int set_mission_kernel(void *a, const char *v, struct err *err)
{
	(void)err;
	((struct mission_args *)a)->w.kernel = v;
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
	return cli_number("-j", v, 1, 64, &((struct mission_args *)a)->w.jobs, err);
}

static int set_mission_seed(void *a, const char *v, struct err *err)
{
	return cli_number("--seed", v, 0, 1000000, &((struct mission_args *)a)->w.seed, err);
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

static int show(const struct mission_args *a)
{
	auto_json json_t *mission = NULL;
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	auto_free char *made = NULL;
	if (a->out && rundir_make(a->out, &made, &err))
		return cli_fail(&err); /* rather than behind runs of many minutes */
	int code = mission_run(&a->w, &mission, &err);
	progress_end();
	/* half a mission does not replace a whole one */
	if (!code && a->out && !interrupt_signal())
		code = mission_write(a->out, mission, &err);
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
	struct mission_args a = { .w = { .jobs = 1, .progress = progress_show } };
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
