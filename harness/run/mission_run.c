/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/mission_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "report/mission.h"
#include "run/run.h"

/* What is run on each kernel. The first has every workload; the others what it has no room or no node for. */
static const struct {
	const char *topology, *workloads; /* words */
} runs[] = {
	{ "4node", "all" },	   { "asymmetric", "topology" },    { "memoryless", "topology" },
	{ "cpuless", "topology" }, { "2node-big", "hugetlb-boot" }, { "pxb", "cma-pernuma" },
};

static const char *const kernels[] = { "6.1", "6.12", "lab" };

static int plan_of(struct plan *p, const char *workloads, struct err *err)
{
	auto_free char *words = xstrdup(workloads);

	for (char *name = strtok(words, " "); name; name = strtok(NULL, " "))
		if (plan_add_workload(p, name, err))
			return err->code;
	return 0;
}

/* One run, into the array; its directory goes: what it says is in the table, `run` shows it again. */
static int one_run(const struct mission_wish *w, const char *kernel, size_t i, const char *dir,
		   json_t *results, struct err *err)
{
	auto_free char *out = xasprintf("%s/%s-%s", dir, kernel, runs[i].topology);
	struct run_request q = { .topology = runs[i].topology,
				 .kernel = kernel,
				 .out = out,
				 .plan = { .shift = SHIFT_AUTO, .jobs = w->jobs, .seed = w->seed },
				 .progress = w->progress };
	auto_run struct run r = { 0 };
	int code = plan_of(&q.plan, runs[i].workloads, err) ? err->code : run_do(&q, &r, err);

	if (!code)
		json_array_append_new(results, json_pack("{s:s, s:O}", "kernel", kernel, "result", r.result));
	plan_free(&q.plan);
	return code ? err_prefix(err, "%s on %s", kernel, runs[i].topology) : 0;
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

static int run_all(const struct mission_wish *w, const char *dir, json_t **mission, struct err *err)
{
	auto_json json_t *results = json_array();

	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++) {
		const char *kernel = w->kernel ? w->kernel : kernels[k];

		if (w->kernel && k)
			break;
		for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
			if (one_run(w, kernel, i, dir, results, err) && !keep_done(results, err))
				return err->code;
	}
	*mission = mission_make(results);
	return 0;
}

/* The runs' folders: swept by the next run if this one is killed. */
int mission_run(const struct mission_wish *w, json_t **mission, struct err *err)
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

		run_all(w, runs_dir, mission, err);
		dir_remove(dir, &ignored);
	}
	cache_close(&cache);
	return err->code;
}

static int write_text(const char *dir, const char *name, const char *s, size_t n, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return file_output(path, s, n, err);
}

int mission_write(const char *dir, const json_t *mission, struct err *err)
{
	auto_text struct text md = { 0 };
	auto_free char *json = json_dumps(mission, JSON_INDENT(1) | JSON_SORT_KEYS);
	auto_free char *with_end = xasprintf("%s\n", json);

	mission_markdown(mission, &md);
	if (dir_make(dir, err) || write_text(dir, "mission.json", with_end, strlen(with_end), err))
		return err->code;
	return write_text(dir, "MISSION.md", md.s, md.len, err);
}
