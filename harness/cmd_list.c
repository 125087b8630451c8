/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list and show: from the same tables that run it. Everything is made as JSON first; text is a view of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/suggest.h"
#include "cli.h"
#include "hint.h"
#include "kinds.h"
#include "report/plain.h"
#include "report/text.h"
#include "report/sums.h"

#define NAMES_MOST 200 /* of a kind on the first page */

struct list_args {
	bool json;
	int code; /* of what could not be read: the others are shown all the same */
};

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct list_args *)a)->json = true;
	return 0;
}

static const struct opt opts_list[] = {
	{ 0, "json", NULL, "as JSON", set_json },
	OPT_END,
};

/* --- views ---------------------------------------------------------------------------------------------------------------- */
static void print_lines(const json_t *all)
{
	size_t i;
	json_t *x;

	json_array_foreach (all, i, x) {
		const char *of = json_string_value(json_object_get(x, "workload"));
		auto_free char *name = xasprintf("%s%s%s", of ? of : "", of ? "." : "",
						 json_string_value(json_object_get(x, "name")));

		auto_free char *about = hint_as_called(json_word(x, "about"));
		printf("%-28s %s\n", name, about);
	}
}

/* Name and text of an object's parts, arrays of objects a line each. */
static void print_full(const json_t *x)
{
	const char *key;
	json_t *v, *row;
	size_t i;

	auto_free char *about = hint_as_called(json_word(x, "about"));
	printf("%s: %s\n", json_word(x, "name"), about);
	json_object_foreach ((json_t *)(uintptr_t)x, key, v) {
		if (!strcmp(key, "name") || !strcmp(key, "about") || json_is_null(v))
			continue;
		if (json_is_string(v) && *json_string_value(v))
			printf("  %-10s %s\n", key, json_string_value(v));
		else if (json_is_integer(v))
			printf("  %-10s %lld\n", key, (long long)json_integer_value(v));
		else if (json_is_array(v))
			printf("  %s\n", key);
		if (json_is_object(v)) {
			char *text = json_dumps(v, JSON_INDENT(1));

			printf("  %s\n%s\n", key, text);
			free(text);
		}
		json_array_foreach (v, i, row) {
			const char *more = json_string_value(json_object_get(row, "default"));

			more = more ? more : json_string_value(json_object_get(row, "rows"));
			more = more ? more : json_string_value(json_object_get(row, "unit"));
			printf("    %-20s %-8s %s\n", json_string_value(json_object_get(row, "name")),
			       more ? more : "", json_string_value(json_object_get(row, "about")));
		}
	}
	printf("\n");
}

/* Of that name, into `some`; a usage error when there is none. */
static int pick(const struct command *c, const char *kind, const json_t *all, const char *name, json_t *some)
{
	auto_strlist struct strlist names = { 0 };
	size_t i;
	json_t *x;

	json_array_foreach (all, i, x) {
		if (!strcmp(name, json_word(x, "name"))) {
			json_array_append(some, x);
			return EXIT_OK;
		}
		strlist_add(&names, "%s", json_word(x, "name"));
	}
	const char *near = names.n ? suggest(name, (const char *const *)names.v) : NULL;

	return cli_usage(c, "no \"%s\" among the %s%s%s%s", name, kind, near ? ", did you mean \"" : "",
			 near ? near : "", near ? "\"?" : "");
}

static void print(const struct list_args *a, const json_t *some, bool full)
{
	auto_json json_t *plain = report_plain(some);
	size_t i;
	json_t *x;

	if (a->json)
		cli_json(some, false);
	else if (!full)
		print_lines(plain);
	json_array_foreach (plain, i, x) {
		if (full && !a->json)
			print_full(x);
	}
}

/* All of a kind, or those named, in that order. */
static int one_kind(const struct command *c, struct list_args *a, const char *kind, int n, char **names,
		    bool full)
{
	struct err err = ERR_INIT;
	auto_json json_t *all = kind_all(kind, &a->code, &err);
	auto_json json_t *some = json_array();
	int code = all ? EXIT_OK : cli_fail(&err);

	for (int i = 0; i < n && !code; i++)
		code = pick(c, kind, all, names[i], some);
	if (!code)
		print(a, n ? some : all, full);
	return code;
}

/* A kind on the first page: how many there are, their names, how to see more. */
static void print_kind(const char *kind, const json_t *given)
{
	auto_json json_t *all = report_plain(given);
	auto_text struct text t = { 0 };
	size_t i, column = 0, n = json_array_size(all);
	json_t *x;

	text_printf(&t,
		    "%zu %s: `numarig list %s` has a line for each, `numarig show %s NAME` all of one\n  ", n,
		    kind, kind, kind);
	json_array_foreach (all, i, x) {
		if (n <= NAMES_MOST)
			report_name(json_word(x, "name"), 2, &column, &t);
	}
	if (n > NAMES_MOST)
		text_printf(&t, "too many for their names to be here");
	auto_free char *hint = hint_as_called(t.s);
	printf("%s\n", hint);
}

/* `list` alone: a first page, as JSON one object with all of all kinds. */
static int every_kind(struct list_args *a)
{
	auto_json json_t *whole = json_object();
	struct err err = ERR_INIT;

	for (size_t i = 0; kinds[i]; i++) {
		auto_json json_t *all = kind_all(kinds[i], &a->code, &err);

		if (!all)
			return cli_fail(&err);
		json_object_set(whole, kinds[i], all);
		if (a->json)
			continue;
		printf("%s", i ? "\n" : "");
		print_kind(kinds[i], all);
	}
	if (a->json)
		cli_json(whole, false);
	return EXIT_OK;
}

static int of_kind(const struct command *c, struct list_args *a, int n, char **words, bool full)
{
	for (size_t i = 0; kinds[i]; i++)
		if (!strcmp(words[0], kinds[i]))
			return one_kind(c, a, kinds[i], n - 1, words + 1, full);
	return cli_usage(c, "\"%s\": want topologies, workloads, knobs, kernels, metrics or cases", words[0]);
}

static int list_or_show(const struct command *c, int argc, char **argv, bool full)
{
	struct list_args a = { 0 };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n < 0)
		return code;
	if (n > 1 && !full)
		return cli_usage(
			c, "\"%s\": this command takes no further argument; `numarig show %s %s` shows one",
			argv[2], argv[1], argv[2]);
	if (!n && full)
		return cli_usage(c, "want %s", c->args);
	code = n ? of_kind(c, &a, n, argv + 1, full) : every_kind(&a);
	return code ? code : a.code;
}

static int cmd_list(const struct command *c, int argc, char **argv)
{
	return list_or_show(c, argc, argv, false);
}

static int cmd_show(const struct command *c, int argc, char **argv)
{
	return list_or_show(c, argc, argv, true);
}

COMMAND(list) = {
	.name = "list",
	.args = "[topologies|workloads|knobs|kernels|metrics|cases]",
	.about = "what there is, a line each",
	.opts = opts_list,
	.run = cmd_list,
	.more = "What can't be read is named, and changes the exit code; the rest is listed.",
};

COMMAND(show) = {
	.name = "show",
	.args = "topologies|workloads|knobs|kernels|metrics|cases [NAME]...",
	.about = "what there is, in full",
	.opts = opts_list,
	.run = cmd_show,
	.more = "Parameters, checks, ranges, defaults: of those named, else of all.",
};
