/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli.h"
#include "judge/compare.h"
#include "report/compare.h"
#include "run/load.h"

static int set_form_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	*(enum compare_form *)a = COMPARE_JSON;
	return 0;
}

static int set_form_markdown(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	*(enum compare_form *)a = COMPARE_MARKDOWN;
	return 0;
}

static const struct opt opts_compare[] = {
	{ 0, "json", NULL, "as JSON", set_form_json },
	{ 0, "markdown", NULL, "as Markdown, for a pull request or a mail", set_form_markdown },
	OPT_END,
};

static void say_edited(const json_t *groups)
{
	json_t *g, *file;
	size_t i, k;

	json_array_foreach (groups, i, g) {
		json_array_foreach (json_object_get(g, "edited"), k, file) {
			cli_say("%s: was changed since it was written: its digest is not its content's",
				json_string_value(file));
		}
	}
}

/* The one that is asked for on the other side: where there is only one on each, these two. */
static const json_t *partner(const json_t *groups, const json_t *others, const json_t *g)
{
	json_t *o;
	size_t i;

	if (json_array_size(groups) == 1 && json_array_size(others) == 1)
		return json_array_get(others, 0);
	json_array_foreach (others, i, o) {
		if (!strcmp(json_word(o, "label"), json_word(g, "label")))
			return o;
	}
	return NULL;
}

int compare_show(const json_t *was, const json_t *is, const char *label, enum compare_form form, json_t *all,
		 int *code, struct err *err)
{
	auto_json json_t *c = NULL;
	auto_text struct text t = { 0 };

	if (compare_summaries(was, is, &c, err))
		return err->code;
	int this = compare_exit_code(c);
	*code = this > *code ? this : *code;
	json_object_set_new(c, "label", json_string(label));
	if (json_array_size(all) && form != COMPARE_JSON)
		text_printf(&t, "\n");
	json_array_append(all, c);
	if (form == COMPARE_TEXT)
		report_compare(c, label, isatty(1), &t);
	else if (form == COMPARE_MARKDOWN)
		report_compare_markdown(c, label, &t);
	fputs(text_str(&t), stdout);
	return 0;
}

/* A combination that only one side has is said, and changes no exit code. */
static void one_sided(const json_t *g, const char *verdict, enum compare_form form, json_t *all)
{
	auto_free char *label = xstrdup(json_word(g, "label"));

	text_plain(label);
	json_array_append_new(all, json_pack("{s:i, s:s, s:s}", "schema", COMPARE_SCHEMA, "label",
					     json_word(g, "label"), "verdict", verdict));
	if (form != COMPARE_JSON)
		printf("%s%s: %s: only the %s has it\n", form == COMPARE_MARKDOWN ? "- " : "", verdict,
		       *label ? label : "the only combination", strcmp(verdict, "new") ? "first" : "second");
}

/* Those that both have, and then those that one has. */
static int compare_groups(const json_t *was, const json_t *is, enum compare_form form, json_t *all, int *code,
			  struct err *err)
{
	size_t i;
	json_t *g;

	json_array_foreach (was, i, g) {
		const json_t *other = partner(was, is, g);

		if (other &&
		    compare_show(json_object_get(g, "summary"), json_object_get(other, "summary"),
				 json_array_size(was) > 1 ? json_word(g, "label") : "", form, all, code, err))
			return err->code;
	}
	json_array_foreach (was, i, g) {
		if (!partner(was, is, g))
			one_sided(g, "gone", form, all);
	}
	json_array_foreach (is, i, g) {
		if (!partner(is, was, g))
			one_sided(g, "new", form, all);
	}
	return 0;
}

static bool any_of_both(const json_t *was, const json_t *is)
{
	size_t i;
	json_t *g;

	json_array_foreach (was, i, g) {
		if (partner(was, is, g))
			return true;
	}
	return false;
}

static int compare(const char *a, const char *b, enum compare_form form)
{
	auto_json json_t *was = NULL, *is = NULL, *all = json_array();
	struct err err = ERR_INIT;
	int code = EXIT_OK;

	if (load_groups(a, &was, &err) || load_groups(b, &is, &err))
		return cli_fail(&err);
	if (!any_of_both(was, is))
		err_set(&err, -EINVAL, "%s: has nothing like %s of %s", b,
			json_word(json_array_get(was, 0), "label"), a);
	if (err.code || compare_groups(was, is, form, all, &code, &err))
		return cli_fail(&err);
	if (form == COMPARE_JSON)
		cli_json(json_array_size(all) == 1 ? json_array_get(all, 0) : all, true);
	say_edited(was);
	say_edited(is);
	return code;
}

static int cmd_compare(const struct command *c, int argc, char **argv)
{
	enum compare_form form = COMPARE_TEXT;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &form, false, &code);

	if (n < 0)
		return code;
	if (n != 2)
		return cli_usage(c, "want two: runs, series, result files or baselines");
	return compare(argv[1], argv[2], form);
}

COMMAND(compare) = {
	.name = "compare",
	.args = "WAS IS",
	.about = "what changed between two runs, series or baselines",
	.opts = opts_compare,
	.run = cmd_compare,
	.more = "Each is a run's folder or result.json, a series' folder, or a baseline of results/baselines. "
		"Outcomes, and metrics node by node with both values; better, worse or changed by each metric's "
		"direction; judged where it was broken, which says nothing of what it would have been. Of a run only "
		"result.json is read: whether that is what its records say, `check` tells.\n"
		"With the same inputs and seeds every number is compared to the unit; records that differ then are a "
		"defect of numarig. With the same plan and another kernel, QEMU or version of this program, placement "
		"and verdicts are compared strictly, and what depends on timing by its spread over seeds (`run --seeds "
		"5`): two ranges differ when they lie apart by more than half the wider one and by more than a tenth "
		"of the largest value. Engines fast and kvm are compared by the spread over repeats (`run --repeat "
		"5`). What can't be compared, other engines, machines, seeds, values of knobs or programs, is refused "
		"with exit code 2, and the input that differs is named.\n"
		"A workload, check, metric, parameter or declared knob, or a combination of a series, that only one "
		"side has is listed as new or gone, and the rest is compared: another version of this program may "
		"bring some. A workload whose parameter has another value is listed as gone. What is gone and was not "
		"right is no improvement. Results and baselines of earlier versions are read.\n"
		"Exit code 1: something is worse, or changed that does not depend on timing; 3: equal inputs gave "
		"other records; else 0. What depends on timing and has no better direction is shown only.",
};
