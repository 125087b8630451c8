/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli.h"
#include "qemu/vm.h"
#include "machine/boot.h"
#include "wire/job.h"

static const struct opt opts_shell[] = {
	OPTS_MACHINE,
	OPT_END,
};

static int shell(const struct command *c, struct run_request *q)
{
	auto_run struct run r = { 0 };
	auto_strlist struct strlist argv = { 0 };
	struct err err = ERR_INIT;
	int status = 0;

	if (run_prepare(q, &r, &err))
		return cli_fail(&err);
	if (r.setup.engine == ENGINE_EXACT)
		return cli_usage(
			c, "engine exact has no shell: an idle exact guest's clock races; take fast or kvm");
	struct argv_spec s = boot_shell_spec(&r.setup);
	argv_build(&s, &argv);
	fprintf(stderr, "booting %s; `exit` ends the machine\n", r.setup.topo->name);
	if (vm_run_terminal(argv.v, &status, &err))
		return cli_fail(&err);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STATUS_DONE)
		return EXIT_OK;
	fprintf(stderr, "numarig: the machine did not end by its shell's end (QEMU's status %d)\n", status);
	return EXIT_HARNESS;
}

static int cmd_shell(const struct command *c, int argc, char **argv)
{
	struct run_request q = { .engine = "fast", .plan = { .shift = SHIFT_AUTO } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &q, false, &code);

	if (n > 0)
		code = cli_usage(
			c,
			"\"%s\": this command takes no further argument; a program is run by `numarig exec`",
			argv[1]);
	else if (!n)
		code = q.topology ? shell(c, &q)
				  : cli_usage(c, "no topology: want -t TOPO (`numarig list topologies`)");
	plan_free(&q.plan);
	return code;
}

COMMAND(shell) = {
	.name = "shell",
	.args = "-t TOPO",
	.about = "a shell in the guest",
	.opts = opts_shell,
	.run = cmd_shell,
	.more = "A busybox shell on this terminal; `exit` ends the machine. Engines fast and kvm: under the exact one "
		"an idle guest's clock races.",
};
