/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: a table of commands, and for each command a table of options. Parsing, help, the manual page (manual.c) and
 * completion (complete.c) are made from these tables. Only the files of this folder print anything.
 */
#ifndef NUMARIG_CLI_H
#define NUMARIG_CLI_H

#include "base/err.h"
#include "run/grid.h"
#include "run/run.h"

/* The exit codes of every command; 128 + N when signal N ended it. `exec` returns the exit code of the user's program. */
enum { EXIT_OK = 0, EXIT_CHECK_FAILED = 1, EXIT_USAGE = 2, EXIT_HARNESS = 3, EXIT_SKIPPED = 77 };

struct opt {
	char letter;	  /* 0: long form only */
	const char *name; /* without "--" */
	const char
		*arg; /* what its value is called; NULL: takes none; "[=...]": may have one, behind a '=' */
	const char *help;
	/* stores the value; an error is a usage error */
	int (*set)(void *into, const char *value, struct err *err);
	const char *more; /* sentences that follow the help in the manual page; NULL: none */
};

#define OPT_END   \
	{         \
		0 \
	}

/*
 * `args` is the usage, and what completion goes by: ways to go on, separated by " | ", each some words; a word is alternatives
 * separated by "|", in [] what may be left out, before "..." what may stand again, in capitals what complete.c has in its table,
 * as in an option's `arg`.
 */
struct command {
	const char *name;
	const char *args; /* what follows the options; NULL: nothing */
	const char *about;
	const struct opt *opts;
	/* argv[0] is the command's name */
	int (*run)(const struct command *self, int argc, char **argv);
	const char *more; /* for the manual page, a line is a paragraph; NULL: none */
};

/* COMMAND(run) = { .name = "run", ... }; ends cmd_run.c. */
#define COMMAND(id)                               \
	extern const struct command command_##id; \
	const struct command command_##id

extern const struct command *const commands[]; /* commands.c; ends with NULL */
extern const char numarig_version[];	       /* as ci/version has it when this is built */

/*
 * Parses the options and moves the rest to argv[1..]; returns how many there are, or -1 when the command shall end
 * with *code (help was printed, or a usage error). Options end at "--" or, with `stop`, at the first other word.
 */
int cli_parse(const struct command *c, int argc, char **argv, void *into, bool stop, int *code);

/* Prints "numarig: MESSAGE" on standard error. Returns the exit code: EXIT_USAGE for a wrong argument, else EXIT_HARNESS. */
int cli_fail(const struct err *err);
/* Prints "numarig: TEXT" on standard error as one line of printable ASCII, as the text may have strings of a file or a guest. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *fmt, ...);
/* Prints a usage error of the command, and how to get its help. Returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int cli_usage(const struct command *c, const char *fmt, ...);
/* The option that a word beginning with '-' names, or NULL; *value is what the same word says it is, or NULL. */
const struct opt *cli_option(const struct command *c, const char *word, const char **value);
/* The one of that name, or NULL. */
const struct command *cli_command(const struct command *const *all, const char *name);
/* Prints the help of the command on standard output. Returns EXIT_OK. */
int cli_help(const struct command *c);
/* Prints JSON on standard output, in ASCII, with members sorted or in their order. */
void cli_json(const json_t *j, bool sorted);

/* --- what run, exec and others share ------------------------------------------------------------------------------- */
/* Options -t -k -e -s -o -j --seed --shift --events into a struct run_request. */
int set_topology(void *q, const char *v, struct err *err);
int set_kernel(void *q, const char *v, struct err *err);
int set_engine(void *q, const char *v, struct err *err);
int set_knob(void *q, const char *v, struct err *err);
int set_out(void *q, const char *v, struct err *err);
int set_seed(void *q, const char *v, struct err *err);
int set_shift(void *q, const char *v, struct err *err);
int set_events(void *q, const char *v, struct err *err);
int set_trace(void *q, const char *v, struct err *err);
/* Parses a number from `least` to `most`; a message names the option. */
int cli_number(const char *option, const char *v, unsigned least, unsigned most, unsigned *out,
	       struct err *err);

/* Further sentences on these options, for the manual page. */
extern const char more_topology[], more_kernel[], more_engine[], more_knob[], more_tap[], more_junit[];

#define OPTS_MACHINE                                                                                           \
	{ 't',		"topology",                                                                            \
	  "TOPO",	"the machine's NUMA shape: a name of topologies/ or a JSON file",                      \
	  set_topology, more_topology },                                                                       \
		{ 'k',	      "kernel",                                                                        \
		  "KERNEL",   "6.12 (default), 6.1, lab, an ABI, a bzImage, a vmlinux or a build folder",      \
		  set_kernel, more_kernel },                                                                   \
		{ 'e',	      "engine",	  "ENGINE", "exact (default), fast, kvm, or auto: kvm where it works", \
		  set_engine, more_engine },                                                                   \
	{                                                                                                      \
		's', "set", "KNOB=VALUE", "set a knob, above the workload's own (see `show knobs`)",           \
			set_knob, more_knob                                                                    \
	}

/* The files of --tap and --junit. */
struct reports {
	const char *tap, *junit; /* files, "-": standard output; NULL: none */
};

/* For commands that run several machines: options -t, -k and -s with lists store into a struct that begins with this one. */
struct grid_args {
	struct run_request q; /* must be the first member: the shared options store there */
	struct grid g;
	struct reports reports;
};

int set_topologies(void *grid_args, const char *v, struct err *err);
int set_kernels(void *grid_args, const char *v, struct err *err);
int set_knobs(void *grid_args, const char *v, struct err *err);

#define OPTS_GRID                                                                                              \
	{ 't',                                                                                                 \
	  "topology",                                                                                          \
	  "TOPO[,...]",                                                                                        \
	  "the machine's NUMA shape: a name of topologies/ or a JSON file",                                    \
	  set_topologies,                                                                                      \
	  more_topology },                                                                                     \
		{ 'k',                                                                                         \
		  "kernel",                                                                                    \
		  "KERNEL[,...]",                                                                              \
		  "6.12 (default), 6.1, lab, an ABI, a bzImage, a vmlinux or a build folder",                  \
		  set_kernels,                                                                                 \
		  more_kernel },                                                                               \
		{ 'e',	      "engine",	  "ENGINE", "exact (default), fast, kvm, or auto: kvm where it works", \
		  set_engine, more_engine },                                                                   \
	{                                                                                                      \
		's', "set", "KNOB=VALUE[,...]", "set a knob, above the workload's own (see `show knobs`)",     \
			set_knobs, more_knob                                                                   \
	}

/* Options --tap and --junit (reports.c), into a struct grid_args. `runs` is that of report/ci.h. The last two return new references. */
int set_tap(void *grid_args, const char *v, struct err *err);
int set_junit(void *grid_args, const char *v, struct err *err);
bool reports_on_stdout(const struct reports *r); /* then nothing else is printed there */
bool reports_both_on_stdout(const struct reports *r);
int reports_write(const struct reports *r, const json_t *runs, struct err *err);
json_t *reports_of_run(const json_t *result);
json_t *reports_of_series(const json_t *series, const char *dir);

#define OPTS_REPORTS                                                                                       \
	{                                                                                                  \
		0,	 "tap",	  "FILE", "write KTAP, which TAP readers take, too; - is standard output", \
		set_tap, more_tap                                                                          \
	},                                                                                                 \
	{                                                                                                  \
		0, "junit", "FILE", "write JUnit XML; - is standard output", set_junit, more_junit         \
	}

/*
 * Compares two summaries (judge/summary.h) and prints the comparison. With COMPARE_JSON it is added to `all` instead, which the caller
 * prints. `label` is "" when there is one pair only. *code is raised to the comparison's exit code. -EINVAL: they can't be compared.
 */
enum compare_form { COMPARE_TEXT, COMPARE_JSON, COMPARE_MARKDOWN };
int compare_show(const json_t *was, const json_t *is, const char *label, enum compare_form form, json_t *all,
		 int *code, struct err *err);

/*
 * The standard streams (output.c). output_begin() opens closed ones as /dev/null, in a way that writing to them fails. When the reader
 * of standard output goes away, the command is interrupted by SIGPIPE, without a message. output_end() flushes and returns the exit
 * code: 128 + N when signal N came, EXIT_HARNESS when standard output could not be written, else `code`.
 */
void output_begin(void);
int output_end(int code);

/*
 * Of the table `all`: what the manual page says of the commands, in roff, for the Makefile; and what the last word of an unfinished command
 * line may become, for the shells' scripts in completion/. Exit codes.
 */
int cli_manual(const struct command *const *all);
int cli_complete(const struct command *const *all, int argc, char **argv);

#endif
