/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/file.h"
#include "base/parse.h"
#include "cli.h"
#include "hint.h"
#include "report/series.h"
#include "report/whole.h"
#include "run/load.h"
#include "run/rejudge.h"

struct check_args {
	bool json;
	struct report_how how;
};

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct check_args *)a)->json = true;
	return 0;
}

static int set_verbose(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct check_args *)a)->how.level = REPORT_FULL;
	return 0;
}

static int set_brief(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct check_args *)a)->how.level = REPORT_BRIEF;
	return 0;
}

static const struct opt opts_check[] = {
	{ 'v', "verbose", NULL, "print every number and every check, not only what does not pass",
	  set_verbose },
	{ 'q', "brief", NULL, "print the sums and the names of what does not pass, and nothing else",
	  set_brief },
	{ 0, "json", NULL, "print the result made anew as JSON", set_json },
	OPT_END,
};

/* What the run's own result says against what its records say now. */
static int compare_digest(const char *dir, const json_t *now)
{
	auto_free char *path = xasprintf("%s/result.json", dir);
	struct err ignored = ERR_INIT;
	auto_json json_t *was = parse_file(path, &ignored);
	struct sha256 is;
	const char *stored = json_string_value(json_object_get(was, "digest"));
	const char *made = json_string_value(json_object_get(now, "digest"));

	if (!stored) {
		cli_say("%s: is missing or no result", path);
		return EXIT_HARNESS;
	}
	result_digest(was, &is);
	if (strcmp(is.hex, stored) != 0) {
		cli_say("%s: was changed: its digest says %.16s, its content is %.16s", path, stored, is.hex);
		return EXIT_HARNESS;
	}
	if (strcmp(stored, made) != 0) {
		cli_say("%s: this program judges its records otherwise: digest %.16s, was %.16s", dir, made,
			stored);
		return EXIT_CHECK_FAILED;
	}
	if (!json_equal(json_object_get(was, "trace"), json_object_get(now, "trace")) &&
	    (json_object_get(was, "trace") || json_object_get(now, "trace"))) {
		cli_say("%s: its trace is not what this program makes of its records", dir);
		return EXIT_CHECK_FAILED;
	}
	return EXIT_OK;
}

/* One run: *result is what its records say. */
static int check_run(const char *dir, json_t **result)
{
	struct err err = ERR_INIT;
	enum outcome outcome;

	if (run_judge(dir, result, &outcome, &err))
		return cli_fail(&err);
	int code = compare_digest(dir, *result);
	/* what could not be found out weighs more than that it was judged otherwise before */
	return code && outcome != OUTCOME_BROKEN ? code : outcome_exit_code(outcome);
}

static int worse_code(int a, int b)
{
	static const int order[] = { EXIT_SKIPPED, EXIT_OK, EXIT_CHECK_FAILED, EXIT_USAGE, EXIT_HARNESS };
	size_t i = ARRAY_SIZE(order);

	while (i-- > 1 && order[i] != a && order[i] != b)
		;
	return order[i];
}

/* Every cell that was run, a line each. */
static int check_series(const char *dir, const json_t *series, json_t *all)
{
	int code = EXIT_SKIPPED;
	json_t *cell;
	size_t i;

	json_array_foreach (json_object_get(series, "cells"), i, cell) {
		auto_free char *run = xasprintf("%s/%s", dir, json_word(cell, "name"));
		json_t *result = NULL;

		if (*json_word(cell, "why")) {
			code = worse_code(code, strcmp(json_word(cell, "outcome"), "skip") ? EXIT_HARNESS
											   : EXIT_SKIPPED);
			continue;
		}
		if (!beneath_name(json_word(cell, "name"))) {
			cli_say("%s/series.json: cell %zu has no name", dir, i);
			code = worse_code(code, EXIT_HARNESS);
			continue;
		}
		code = worse_code(code, check_run(run, &result));
		if (result)
			json_array_append_new(all, result);
	}
	return code;
}

static int cmd_check(const struct command *c, int argc, char **argv)
{
	auto_json json_t *result = NULL, *series = NULL;
	auto_text struct text t = { 0 };
	struct err no_series = ERR_INIT;
	struct check_args a = { .how = { .level = REPORT_USUAL, .colour = isatty(1) } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n < 0)
		return code;
	if (n != 1)
		return cli_usage(c, "want one run directory, or a series of them");
	auto_free char *file = xasprintf("%s/series.json", argv[1]);
	if (!load_object(file, &series, &no_series)) {
		result = json_array();
		code = check_series(argv[1], series, result);
		report_series(series, NULL, a.how.colour, &t);
	} else if (path_exists(file)) {
		return cli_fail(&no_series);
	} else {
		code = check_run(argv[1], &result);
		if (!result)
			return code;
		report_result(result, NULL, &a.how, &t);
	}
	auto_free char *hint = hint_as_called(text_str(&t));
	if (a.json)
		cli_json(result, true);
	else
		fputs(hint, stdout);
	return code;
}

COMMAND(check) = {
	.name = "check",
	.args = "RUN",
	.about = "judge a run again from what it kept",
	.opts = opts_check,
	.run = cmd_check,
	.more = "Needs no machine. Compares digests: with its result.json's content (was it changed?), and with what "
		"is judged now (does this program judge otherwise? exit code 1). Of a series it does so with every "
		"run.",
};
