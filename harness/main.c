/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include "run/run.h"
#include "base/interrupt.h"
#include <stdlib.h>
static void prog(const char *w, unsigned a, unsigned b) { fprintf(stderr, "%s %u/%u\n", w, a, b); }
int main(int argc, char **argv)
{
	struct run_request q = { .topology = argv[1], .plan = { .shift = JOB_SHIFT, .jobs = 1 }, .progress = prog };
	auto_run struct run r = { 0 };
	struct err err = ERR_INIT;
	interrupt_install();
	q.kernel = getenv("KERNEL");
	for (int i = 2; i < argc; i++)
		if (plan_add_workload(&q.plan, argv[i], &err)) { fprintf(stderr, "numarig: %s\n", err.msg); return 2; }
	if (run_do(&q, &r, &err)) { fprintf(stderr, "numarig: %s\n", err.msg); return 3; }
	char *t = json_dumps(json_object_get(r.result, "workloads"), JSON_INDENT(1));
	puts(t);
	fprintf(stderr, "%s %s\n", r.dir, json_string_value(json_object_get(r.result, "digest")));
	return outcome_exit_code(r.outcome);
}
