/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether kernels show a reported bug. */
#include "cli.h"
#include "hint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/place.h"
#include "cases/cases.h"
#include "progress.h"
#include "cases/repro_load.h"
#include "cases/repro_search.h"

#define KERNELS "6.1,6.12"
#define EXIT_BISECT_SKIP 125 /* git-bisect(1) */

struct repro_args {
	struct grid_args g; /* first: the shared options store there */
	const char *from, *fresh;
	enum case_answer
		first; /* --first-good, --first-bad: what to find the first of; CASE_CANNOT_TELL: no search */
	bool bisect, json, markdown;
};

/* --- options --------------------------------------------------------------------------------------------------------- */
static int set_jobs(void *a, const char *v, struct err *err)
{
	return cli_number("-j", v, 1, 64, &((struct repro_args *)a)->g.q.plan.jobs, err);
}

static int set_from(void *a, const char *v, struct err *err)
{
	(void)err;
	((struct repro_args *)a)->from = v;
	return 0;
}

static int set_new(void *a, const char *v, struct err *err)
{
	(void)err;
	((struct repro_args *)a)->fresh = v;
	return 0;
}

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct repro_args *)a)->json = true;
	return 0;
}

static int set_markdown(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct repro_args *)a)->markdown = true;
	return 0;
}

static int set_bisect(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct repro_args *)a)->bisect = true;
	return 0;
}

static int set_first(struct repro_args *a, enum case_answer first, struct err *err)
{
	if (a->first && a->first != first)
		return err_set(err, -EINVAL, "--first-good or --first-bad, not both");
	a->first = first;
	return 0;
}

static int set_first_good(void *a, const char *v, struct err *err)
{
	(void)v;
	return set_first(a, CASE_DOES_NOT, err);
}

static int set_first_bad(void *a, const char *v, struct err *err)
{
	(void)v;
	return set_first(a, CASE_SHOWS, err);
}

static const struct opt opts_repro[] = {
	{ 'k', "kernels", "KERNEL[,...]", "on these kernels, as `run -k` takes them (default 6.1,6.12)",
	  set_kernels, "For a search the series; the default is all there are." },
	{ 't', "topology", "TOPO[,...]", "on other machines than the case's", set_topologies,
	  "Nothing is expected then." },
	{ 's', "set", "KNOB=VALUE[,...]", "set a knob, above the case's own (see `show knobs`)", set_knobs,
	  "Nothing is expected then." },
	{ 'e', "engine", "ENGINE", "exact (default), fast, kvm, or auto: kvm where it works", set_engine },
	{ 'j', "jobs", "N", "machines at a time (default 1)", set_jobs },
	{ 'o', "out", "DIR", "keep each run there, as DIR/CASE-KERNEL", set_out,
	  "Without it nothing is kept." },
	{ 0, "seed", "N", "another schedule, exact as well (default 0)", set_seed },
	{ 0, "shift", "N", "virtual nanoseconds an instruction: 2^N (default 5, less with more than 32 CPUs)",
	  set_shift },
	{ 0, "json", NULL, "as JSON", set_json },
	{ 0, "markdown", NULL, "as a table, to paste in a mail", set_markdown },
	{ 0, "from", "FILE", "run nothing: print what an earlier --json said", set_from },
	{ 0, "bisect", NULL, "for `git bisect run`: exit code 1 shows it, 0 does not, 125 cannot tell",
	  set_bisect, "One case on one kernel: docs/bisect.md." },
	{ 0, "first-good", NULL,
	  "the first stock kernel of a series that no longer shows it; -k names series", set_first_good,
	  "Searched among the stock kernels that apt offers; its neighbour before is named, too. "
	  "Only those that the search comes to are fetched. Exit code 3 when there is no such pair." },
	{ 0, "first-bad", NULL, "the first stock kernel of a series that shows it", set_first_bad,
	  "Searched as for --first-good." },
	{ 0, "new", "NAME", "start a case of your own, in a new folder", set_new },
	OPT_END,
};

/* --- what is said ------------------------------------------------------------------------------------------------------ */
static int bisect_code(const json_t *rows)
{
	const char *a = json_string_value(json_object_get(json_array_get(rows, 0), "answer"));

	switch (case_answer_of(a ? a : "")) {
	case CASE_SHOWS:
		return 1;
	case CASE_DOES_NOT:
		return 0;
	default:
		return EXIT_BISECT_SKIP;
	}
}

static int answer_code(const json_t *rows)
{
	struct cases_count n;

	cases_count(rows, &n);
	return n.differ ? EXIT_CHECK_FAILED : n.unknown ? EXIT_HARNESS : EXIT_OK;
}

static int print(const struct repro_args *a, const json_t *rows)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	struct cases_count n;

	progress_end();
	if (a->json) {
		cli_json(rows, true);
		return answer_code(rows);
	}
	if (a->markdown && cases_markdown(rows, &t, &err))
		return cli_fail(&err);
	if (!a->markdown)
		cases_text(rows, &t);
	auto_free char *hint = a->markdown ? NULL : hint_as_called(text_str(&t));
	fputs(hint ? hint : text_str(&t), stdout);
	cases_count(rows, &n);
	if (!a->markdown && !a->bisect)
		printf("%zu answers: %u show it, %u do not, %u cannot tell; %u differ from what is expected\n",
		       json_array_size(rows), n.of[CASE_SHOWS], n.of[CASE_DOES_NOT], n.of[CASE_CANNOT_TELL],
		       n.differ);
	return answer_code(rows);
}

static int print_from(const struct repro_args *a)
{
	auto_json json_t *rows = NULL;
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	if (file_read(a->from, CASES_MOST, &t, &err))
		return cli_fail(&err);
	if (cases_parse(text_str(&t), t.len, &rows, &err)) {
		err_prefix(&err, "%s", a->from);
		return cli_fail(&err);
	}
	return print(a, rows);
}

/* --- running ----------------------------------------------------------------------------------------------------------- */
static void compiler_says(const char *name, const char *line)
{
	progress_end();
	fprintf(stderr, "%s: %s\n", name, line);
}

static void tried(void *ctx, const char *name, const char *kernel, enum case_answer answer)
{
	(void)ctx;
	progress_end();
	fprintf(stderr, "%s: %s: %s\n", name, kernel, case_answer_words(answer));
}

static void search_ended(void *ctx, const struct repro_search *s)
{
	auto_text struct text t = { 0 };

	if (ctx) {
		json_array_append_new(ctx, repro_search_json(s));
		return;
	}
	repro_search_text(s, &t);
	fputs(text_str(&t), stdout);
}

static int search(const struct repro_args *a, const struct repro_set *s)
{
	auto_json json_t *all = a->json ? json_array() : NULL;
	const struct repro_search_wish wish = { .first = a->first,
						.series = &a->g.g.kernels,
						.tried = tried,
						.ended = search_ended,
						.ctx = all };
	struct err err = ERR_INIT;
	bool found;

	if (repro_search(s, &wish, &found, &err))
		return cli_fail(&err);
	if (all)
		cli_json(all, true);
	return found ? EXIT_OK : EXIT_HARNESS;
}

static int repro(struct repro_args *a, char **asked)
{
	auto_repro_set struct repro_set s = {
		.q = &a->g.q, .g = &a->g.g, .progress = progress_show, .says = compiler_says
	};
	auto_json json_t *rows = NULL;
	struct err err = ERR_INIT;

	if (!a->first && !a->g.g.kernels.n)
		grid_add_kernels(&a->g.g, KERNELS, &err);
	if (repro_set_open(&s, asked, &err))
		return cli_fail(&err);
	if (a->first)
		return search(a, &s);
	if (repro_set_run(&s, &a->g.g.kernels, &rows, &err))
		return cli_fail(&err);
	int code = print(a, rows);
	return a->bisect ? bisect_code(rows) : code;
}

/* --- a case of the user's ------------------------------------------------------------------------------------------------ */
static int start_new(const char *name)
{
	auto_free char *tree = place_data();
	auto_text struct text word = { 0 };
	struct err err = ERR_INIT;

	if (repro_new(tree, name, &err))
		return cli_fail(&err);
	auto_free char *path = xasprintf("%s%s", strchr(name, '/') ? "" : "./", name);
	text_shell(&word, path);
	auto_free char *line = xasprintf(
		"%s/case.json and %s/repro.c: change them (docs/cases.md), then `numarig repro %s`\n", name,
		name, text_str(&word));
	auto_free char *hint = hint_as_called(line);
	fputs(hint, stdout);
	return EXIT_OK;
}

/* --- the command --------------------------------------------------------------------------------------------------------- */
static int usage_of(const struct command *c, const struct repro_args *a, int n)
{
	if (a->json && a->markdown)
		return cli_usage(c, "--json or --markdown, not both");
	if ((a->from || a->fresh) && n)
		return cli_usage(c, "%s takes no case", a->from ? "--from" : "--new");
	if (a->from && a->fresh)
		return cli_usage(c, "--from or --new, not both");
	if ((a->from || a->fresh) && (a->bisect || a->first))
		return cli_usage(c, "%s runs nothing that could be searched", a->from ? "--from" : "--new");
	if (a->from || a->fresh)
		return 0;
	if (!n)
		return cli_usage(c, "no case: want a name (`numarig list cases`), a file, or all");
	if (a->bisect && (n != 1 || a->first || a->g.g.kernels.n != 1))
		return cli_usage(c, "--bisect takes one case and one kernel, -k");
	return 0;
}

static int dispatch(const struct command *c, int argc, char **argv)
{
	struct repro_args a = { .g = { .q = { .plan = { .shift = SHIFT_AUTO, .jobs = 1 } } } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n >= 0) {
		code = usage_of(c, &a, n);
		if (!code)
			code = a.from ? print_from(&a) : a.fresh ? start_new(a.fresh) : repro(&a, argv + 1);
	}
	plan_free(&a.g.q.plan);
	grid_free(&a.g.g);
	return code;
}

/*
 * Under --bisect whatever is not an answer, a slip in the command included, is "skip this commit": git takes any other code
 * below 128 for "bad".
 */
static int cmd_repro(const struct command *c, int argc, char **argv)
{
	bool bisect = false;

	for (int i = 1; i < argc; i++)
		bisect = bisect || !strcmp(argv[i], "--bisect");
	int code = dispatch(c, argc, argv);
	if (bisect && ((code != 0 && code != 1) || fflush(stdout) || ferror(stdout)))
		return EXIT_BISECT_SKIP;
	return code;
}

COMMAND(repro) = {
	.name = "repro",
	.args = "CASE...",
	.about = "whether kernels show a reported bug",
	.opts = opts_repro,
	.run = cmd_repro,
	.more = "For each kernel: it shows it, does not, or cannot tell, with the value that decides. A case is a name "
		"(`numarig list cases`), a folder with a case.json, such a file, or `all`; docs/cases.md says how to "
		"write one. What takes long says so: on a terminal all the time, else once a minute on standard error.",
};
