/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli.h"
#include "report/text.h"

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	*(bool *)a = true;
	return 0;
}

const struct opt opts_check[] = {
	{ 0, "json", NULL, "print the result made anew as JSON", set_json },
	OPT_END,
};

/* What the run's own result says against what its records say now. */
static int compare_digest(const char *dir, const json_t *now)
{
	auto_free char *path = xasprintf("%s/result.json", dir);
	auto_json json_t *was = json_load_file(path, 0, NULL);
	struct sha256 is;
	const char *stored = json_string_value(json_object_get(was, "digest"));
	const char *made = json_string_value(json_object_get(now, "digest"));

	if (!stored) {
		fprintf(stderr, "numarig: %s: is missing or no result\n", path);
		return EXIT_RIG;
	}
	run_digest(was, &is);
	if (strcmp(is.hex, stored) != 0) {
		fprintf(stderr, "numarig: %s: was changed: its digest says %.16s, its content is %.16s\n",
			path, stored, is.hex);
		return EXIT_RIG;
	}
	if (strcmp(stored, made) != 0) {
		fprintf(stderr,
			"numarig: %s: this program judges its records otherwise: digest %.16s, was %.16s\n",
			dir, made, stored);
		return EXIT_CHECK_FAILED;
	}
	return EXIT_OK;
}

int cmd_check(int argc, char **argv)
{
	const struct command *c = cli_command("check");
	struct err err = ERR_INIT;
	auto_json json_t *result = NULL;
	auto_text struct text t = { 0 };
	enum outcome outcome;
	bool json = false;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &json, false, &code);

	if (n < 0)
		return code;
	if (n != 1)
		return cli_usage(c, "want one run directory");
	if (run_judge(argv[1], &result, &outcome, &err))
		return cli_fail(&err);
	if (json)
		json_dumpf(result, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
	else
		report_result(result, NULL, isatty(1), &t);
	fputs(json ? "\n" : text_str(&t), stdout);
	code = compare_digest(argv[1], result);
	/* what could not be found out weighs more than that it was judged otherwise before */
	return code && outcome != OUTCOME_BROKEN ? code : outcome_exit_code(outcome);
}
