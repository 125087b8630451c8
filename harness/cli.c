/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/suggest.h"
#include "trace/trace.h"
#include "hint.h"
#include "progress.h"

/* --- errors -------------------------------------------------------------------------------------------------------- */
int cli_fail(const struct err *err)
{
	progress_end();
	auto_free char *text = hint_as_called(err->msg);
	if (!interrupt_signal()) /* else output_end has a word for it */
		fprintf(stderr, "numarig: %s\n", text);
	switch (err->code) {
	case -EINVAL: /* what was typed, or stands in a file of the user's */
	case -ERANGE:
	case -ENOENT:
	case -ENOTDIR:
	case -EISDIR:
	case -E2BIG:
	case -ENOEXEC:
	case -EEXIST:
	case -EFBIG:
		return EXIT_USAGE;
	case -ENODATA: /* a kernel that has left the archive */
		return EXIT_SKIPPED;
	default:
		return EXIT_HARNESS;
	}
}

void cli_say(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	progress_end();
	if (n < 0)
		return;
	text_plain(text);
	auto_free char *hint = hint_as_called(text);
	fprintf(stderr, "numarig: %s\n", hint);
	free(text);
}

int cli_usage(const struct command *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	auto_free char *line = xasprintf("%s (see `numarig %s --help`)", text, c->name);
	auto_free char *hint = hint_as_called(line);
	fprintf(stderr, "numarig %s: %s\n", c->name, hint);
	return EXIT_USAGE;
}

void cli_json(const json_t *j, bool sorted)
{
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII | (sorted ? JSON_SORT_KEYS : 0));
	printf("\n");
}

/* --- options ---------------------------------------------------------------------------------------------------------- */
const struct command *cli_command(const struct command *const *all, const char *name)
{
	for (const struct command *const *c = all; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

int cli_help(const struct command *c)
{
	printf("usage: numarig %s [OPTION...]%s%s\n\n%s\n\n", c->name, c->args ? " " : "",
	       c->args ? c->args : "", c->about);
	for (const struct opt *o = c->opts; o->name; o++) {
		char form[64];

		snprintf(form, sizeof(form), "%s%c%s --%s%s%s", o->letter ? "-" : " ",
			 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
			 o->arg && *o->arg != '[' ? " " : "", o->arg ? o->arg : "");
		printf("  %-26s %s\n", form, o->help);
	}
	printf("  -h, --help%17sthis text\n", "");
	return EXIT_OK;
}

const struct opt *cli_option(const struct command *c, const char *word, const char **value)
{
	bool is_long = word[1] == '-';
	size_t n = strcspn(word + 2, "=");

	*value = !is_long ? (word[2] ? word + 2 : NULL) : word[2 + n] ? word + 2 + n + 1 : NULL;
	for (const struct opt *o = c->opts; o->name; o++)
		if (is_long ? strlen(o->name) == n && !memcmp(o->name, word + 2, n) : o->letter == word[1])
			return o;
	return NULL;
}

static int unknown_option(const struct command *c, const char *word)
{
	const char *near = word[1] == '-' ? suggest_row(word + 2, &c->opts->name, sizeof(*c->opts)) : NULL;

	return cli_usage(c, "no option %s%s%s%s", word, near ? ", did you mean --" : "", near ? near : "",
			 near ? "?" : "");
}

/* One option at argv[*i]; its value may be the next word. 0, or the exit code. */
static int take_option(const struct command *c, int argc, char **argv, int *i, void *into)
{
	const char *value;
	const struct opt *o = cli_option(c, argv[*i], &value);
	struct err err = ERR_INIT;

	if (!o)
		return unknown_option(c, argv[*i]);
	if (!o->arg && value)
		return cli_usage(c, "--%s takes no value", o->name);
	if (o->arg && *o->arg != '[' && !value) {
		if (*i + 1 >= argc)
			return cli_usage(c, "--%s needs %s", o->name, o->arg);
		value = argv[++*i];
	}
	if (o->set(into, value, &err)) {
		auto_free char *hint = hint_as_called(err.msg);
		fprintf(stderr, "numarig %s: %s\n", c->name, hint);
		return EXIT_USAGE;
	}
	return 0;
}

int cli_parse(const struct command *c, int argc, char **argv, void *into, bool stop, int *code)
{
	int rest = 0, i = 1;

	for (; i < argc; i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help")) {
			*code = cli_help(c);
			return -1;
		}
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (argv[i][0] != '-' || !argv[i][1]) {
			if (stop)
				break;
			argv[++rest] = argv[i];
			continue;
		}
		*code = take_option(c, argc, argv, &i, into);
		if (*code)
			return -1;
	}
	while (i < argc)
		argv[++rest] = argv[i++];
	argv[rest + 1] = NULL;
	return rest;
}

int cli_number(const char *option, const char *v, unsigned least, unsigned most, unsigned *out,
	       struct err *err)
{
	char *end;
	unsigned long n = strtoul(v, &end, 10);

	if (end == v || *end || *v == '-' || n < least || n > most)
		return err_set(err, -EINVAL, "%s %s: want a number from %u to %u", option, v, least, most);
	*out = (unsigned)n;
	return 0;
}

/* --- shared options ------------------------------------------------------------------------------------------------- */
const char more_topology[] =
	"`numarig list topologies` has the names. Several, separated by commas, are a grid: each "
	"is run.";
const char more_kernel[] =
	"6.12 and 6.1 are Debian's newest stock cloud kernels of the series, fetched into the "
	"cache; an ABI is such as 6.1.0-50-cloud-amd64; a vmlinux has a PVH entry; of a kernel's "
	"build folder image, modules and .config are taken.";
const char more_engine[] =
	"With exact the result is the same to the byte each time; fast is multi-threaded TCG and not "
	"repeatable; kvm is taken only after this guest was booted with it under a deadline; auto "
	"is exact where kvm does not work.";
const char more_knob[] =
	"May stand several times; several values, separated by commas, are a grid, but for a knob "
	"whose value may have commas of its own, such as numa_cma. It stands above what the "
	"workload sets and what every run declares. A knob of the kernel's command line makes "
	"another machine, and so another snapshot. One that the guest does not have makes a SKIP, "
	"one that it refuses BROKEN.";
const char more_tap[] = "A test a workload, a subtest a check; XFAIL is ok. Standard output then has nothing "
			"else.";
const char more_junit[] = "A testsuite a workload, a testcase a check; XFAIL is skipped, with its reason.";

int set_topology(void *q, const char *v, struct err *err)
{
	(void)err;
	((struct run_request *)q)->topology = v;
	return 0;
}

int set_kernel(void *q, const char *v, struct err *err)
{
	(void)err;
	((struct run_request *)q)->kernel = v;
	return 0;
}

int set_engine(void *q, const char *v, struct err *err)
{
	(void)err;
	((struct run_request *)q)->engine = v;
	return 0;
}

int set_knob(void *q, const char *v, struct err *err)
{
	return plan_add_knob(&((struct run_request *)q)->plan, v, err);
}

int set_out(void *q, const char *v, struct err *err)
{
	if (!*v)
		return err_set(err, -EINVAL, "-o: want a folder's name");
	((struct run_request *)q)->out = v;
	return 0;
}

int set_seed(void *q, const char *v, struct err *err)
{
	return cli_number("--seed", v, 0, 100000, &((struct run_request *)q)->plan.seed, err);
}

int set_shift(void *q, const char *v, struct err *err)
{
	return cli_number("--shift", v, 0, 10, &((struct run_request *)q)->plan.shift, err);
}

int set_events(void *q, const char *v, struct err *err)
{
	return plan_add_events(&((struct run_request *)q)->plan, v, err);
}

int set_topologies(void *a, const char *v, struct err *err)
{
	return grid_add_topologies(&((struct grid_args *)a)->g, v, err);
}

int set_kernels(void *a, const char *v, struct err *err)
{
	return grid_add_kernels(&((struct grid_args *)a)->g, v, err);
}

int set_knobs(void *a, const char *v, struct err *err)
{
	return grid_add_knob(&((struct grid_args *)a)->g, v, err);
}

int set_trace(void *q, const char *v, struct err *err)
{
	return trace_ask(&((struct run_request *)q)->trace, v, err);
}
