/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "report/text.h"

struct run_args {
	struct run_request q; /* first: the shared options store there */
	bool json;
};

static int set_workload(void *a, const char *v, struct err *err)
{
	return plan_add_workload(&((struct run_args *)a)->q.plan, v, err);
}

static int set_jobs(void *a, const char *v, struct err *err)
{
	return cli_number("-j", v, 1, 64, &((struct run_args *)a)->q.plan.jobs, err);
}

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->json = true;
	return 0;
}

static int set_gdb(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct run_args *)a)->q.gdb = "tcp:127.0.0.1:1234";
	return 0;
}

const struct opt opts_run[] = {
	OPTS_MACHINE,
	{ 'w', "workload", "NAME[:P=V,...]", "a workload with parameters; several; all is the default",
	  set_workload },
	{ 'o', "out", "DIR", "the run directory; default results/runs/<time>-<topology>-<kernel>", set_out },
	{ 'j', "jobs", "N", "machines at a time (default 1)", set_jobs },
	{ 0, "seed", "N", "another schedule, exact as well (default 0)", set_seed },
	{ 0, "shift", "N", "virtual nanoseconds an instruction: 2^N (default 5)", set_shift },
	{ 0, "events", "GROUP:NAME,...", "keep the kernel's trace events in raw/", set_events },
	{ 0, "gdb", NULL, "halt the machine for gdb at 127.0.0.1:1234; `continue` there runs it", set_gdb },
	{ 0, "json", NULL, "print result.json instead of tables", set_json },
	OPT_END,
};

static void print_result(const struct run *r, bool json)
{
	auto_text struct text t = { 0 };

	if (json) {
		json_dumpf(r->result, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
		printf("\n");
		return;
	}
	report_result(r->result, r->dir, isatty(1), &t);
	fputs(text_str(&t), stdout);
}

static int run_all(struct run_args *a)
{
	struct err err = ERR_INIT;
	auto_run struct run r = { 0 };

	if (!a->q.plan.items && plan_add_workload(&a->q.plan, "all", &err))
		return cli_fail(&err);
	if (a->q.gdb && (a->q.plan.items > 1 || a->q.plan.jobs > 1))
		return cli_usage(cli_command("run"), "--gdb takes one workload: name it with -w");
	if (a->q.gdb)
		fprintf(stderr,
			"the machine halts at its exact instant: gdb VMLINUX -ex 'target remote 127.0.0.1:1234', then continue\n");
	if (run_do(&a->q, &r, &err))
		return cli_fail(&err);
	progress_end();
	print_result(&r, a->json);
	return outcome_exit_code(r.outcome);
}

int cmd_run(int argc, char **argv)
{
	const struct command *c = cli_command("run");
	struct run_args a = { .q = { .plan = { .shift = JOB_SHIFT, .jobs = 1 }, .progress = progress_show } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n > 0)
		code = cli_usage(c, "\"%s\": nothing is expected here; a workload is named with -w", argv[1]);
	else if (!n)
		code = a.q.topology ? run_all(&a)
				    : cli_usage(c, "no topology: say -t TOPO (`numarig list topologies`)");
	plan_free(&a.q.plan);
	return code;
}
