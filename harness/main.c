/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/suggest.h"
#include "base/text.h"
#include "cli.h"
#include "hint.h"

static int help(FILE *to)
{
	int width = 0;

	for (const struct command *const *c = commands; *c; c++)
		width = (int)strlen((*c)->name) > width ? (int)strlen((*c)->name) : width;
	fprintf(to, "usage: numarig COMMAND [OPTION...]\n\n");
	for (const struct command *const *c = commands; *c; c++)
		fprintf(to, "  %-*s %s\n", width, (*c)->name, (*c)->about);
	auto_free char *hints = hint_as_called(
		"\n`numarig COMMAND --help`, or `numarig help COMMAND`, lists a command's options.\n"
		"`numarig --version` says which version this is.\n"
		"Exit codes: 0 all passed, 1 a check failed, 2 usage, 3 could not find out, 77 everything skipped,\n"
		"128 + N ended by signal N.\n");
	fputs(hints, to);
	return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int unknown(const char *name)
{
	auto_strlist struct strlist names = { 0 };

	for (const struct command *const *c = commands; *c; c++)
		strlist_add(&names, "%s", (*c)->name);
	const char *near = suggest(name, (const char *const *)names.v);
	cli_say("no command \"%s\"%s%s%s: `numarig --help` lists them", name, near ? " (did you mean \"" : "",
		near ? near : "", near ? "\"?)" : "");
	return EXIT_USAGE;
}

/* `help`, `--help`: of the commands named, else of all. */
static int help_of(int n, char **names)
{
	for (int i = 0; i < n; i++)
		if (!cli_command(commands, names[i]))
			return unknown(names[i]);
	for (int i = 0; i < n; i++) {
		printf("%s", i ? "\n" : "");
		cli_help(cli_command(commands, names[i]));
	}
	return n ? EXIT_OK : help(stdout);
}

static int version(void)
{
	printf("numarig %s\n", numarig_version);
	return EXIT_OK;
}

static int run_command(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version();
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help_of(argc - 2, argv + 2);
	if (!strcmp(argv[1], "man")) /* these two are for scripts, and no commands */
		return cli_manual(commands);
	if (!strcmp(argv[1], "complete"))
		return cli_complete(commands, argc - 1, argv + 1);
	const struct command *c = cli_command(commands, argv[1]);
	return c ? c->run(c, argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	output_begin();
	interrupt_install();
	return output_end(run_command(argc, argv));
}
