/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/suggest.h"
#include "cli.h"

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static int help(FILE *to)
{
	fprintf(to, "usage: numarig COMMAND [OPTION...]\n\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-8s%s\n", c->name, c->about);
	fprintf(to,
		"\n`numarig COMMAND --help`, or `numarig help COMMAND`, lists a command's options.\n"
		"`numarig --version` says which version this is.\n"
		"Exit codes: 0 all passed, 1 a check failed, 2 usage, 3 could not find out, 77 everything skipped,\n"
		"128 + N ended by signal N.\n");
	return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int unknown(const char *name)
{
	const char *names[32];
	size_t n = 0;

	for (const struct command *c = commands; c->name; c++)
		names[n++] = c->name;
	names[n] = NULL;
	const char *near = suggest(name, names);
	fprintf(stderr, "numarig: no command \"%s\"%s%s%s: `numarig --help` lists them\n", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return EXIT_USAGE;
}

/* `help`, `--help`: of the commands named, else of all. */
static int help_of(int n, char **names)
{
	for (int i = 0; i < n; i++)
		if (!find(names[i]))
			return unknown(names[i]);
	for (int i = 0; i < n; i++) {
		printf("%s", i ? "\n" : "");
		cli_help(find(names[i]));
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
	const struct command *c = find(argv[1]);
	return c ? c->run(c, argc - 1, argv + 1) : unknown(argv[1]);
}

int main(int argc, char **argv)
{
	output_begin();
	interrupt_install();
	return output_end(run_command(argc, argv));
}
