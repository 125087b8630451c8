/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli.h"
#include "machine/boot.h"

static const struct opt opts_argv[] = {
	OPTS_MACHINE,
	OPT_END,
};

/* With plain memory, a shell as its job and the console on the terminal, so that it does something where it is pasted. */
static int print_argv(const struct run_request *q)
{
	struct err err = ERR_INIT;
	auto_run struct run r = { 0 };
	auto_strlist struct strlist argv = { 0 };
	auto_text struct text t = { 0 };

	if (run_prepare(q, &r, &err))
		return cli_fail(&err);
	struct argv_spec s = boot_shell_spec(&r.setup);
	argv_build(&s, &argv);
	argv_shell(&argv, &t);
	fputs(text_str(&t), stdout);
	return EXIT_OK;
}

static int cmd_argv(const struct command *c, int argc, char **argv)
{
	struct run_request q = { .plan = { .shift = SHIFT_AUTO } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &q, false, &code);

	if (n > 0)
		code = cli_usage(c, "\"%s\": this command takes no further argument", argv[1]);
	else if (!n)
		code = q.topology ? print_argv(&q)
				  : cli_usage(c, "no topology: want -t TOPO (`numarig list topologies`)");
	plan_free(&q.plan);
	return code;
}

COMMAND(argv) = {
	.name = "argv",
	.args = "-t TOPO",
	.about = "the QEMU command line, ready to paste",
	.opts = opts_argv,
	.run = cmd_argv,
	.more = "It boots the machine to a shell.",
};
