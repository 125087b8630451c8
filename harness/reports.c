/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --tap and --junit, of the commands that have them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/parse.h"
#include "cli.h"
#include "report/ci.h"

static int set_file(const char **file, const char *option, const char *v, struct err *err)
{
	*file = v;
	return *v ? 0 : err_set(err, -EINVAL, "%s: want a file's name, or - for standard output", option);
}

int set_tap(void *a, const char *v, struct err *err)
{
	return set_file(&((struct grid_args *)a)->reports.tap, "--tap", v, err);
}

int set_junit(void *a, const char *v, struct err *err)
{
	return set_file(&((struct grid_args *)a)->reports.junit, "--junit", v, err);
}

static bool is_stdout(const char *file)
{
	return file && (!strcmp(file, "-") || file_named_fd(file) == 1);
}

bool reports_on_stdout(const struct reports *r)
{
	return is_stdout(r->tap) || is_stdout(r->junit);
}

bool reports_both_on_stdout(const struct reports *r)
{
	return is_stdout(r->tap) && is_stdout(r->junit);
}

static int write_one(const char *file, void (*make)(const json_t *runs, struct text *out), const json_t *runs,
		     struct err *err)
{
	auto_text struct text t = { 0 };

	if (!file)
		return 0;
	make(runs, &t);
	if (!is_stdout(file))
		return file_output(file, t.s, t.len, err);
	fputs(t.s, stdout);
	return 0;
}

int reports_write(const struct reports *r, const json_t *runs, struct err *err)
{
	return write_one(r->tap, report_tap, runs, err) || write_one(r->junit, report_junit, runs, err)
		       ? err->code
		       : 0;
}

json_t *reports_of_run(const json_t *result)
{
	auto_free char *name = xasprintf("%s-%s", json_word(json_object_get(result, "topology"), "name"),
					 json_word(json_object_get(result, "kernel"), "name"));

	return json_pack("[{s:s, s:O}]", "name", name, "result", result);
}

json_t *reports_of_series(const json_t *series, const char *dir)
{
	json_t *runs = json_array(), *cell;
	size_t i;

	json_array_foreach (json_object_get(series, "cells"), i, cell) {
		auto_free char *path = xasprintf("%s/%s/result.json", dir, json_word(cell, "name"));
		struct err none = ERR_INIT;
		json_t *result = *json_word(cell, "why") ? NULL : parse_file(path, &none);
		json_t *run = json_pack("{s:s, s:s, s:s}", "name", json_word(cell, "name"), "outcome",
					json_word(cell, "outcome"), "why", json_word(cell, "why"));

		if (result)
			json_object_set_new(run, "result", result);
		json_array_append_new(runs, run);
	}
	return runs;
}
