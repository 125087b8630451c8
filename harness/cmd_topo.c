/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli.h"
#include "topo/import.h"

#define STDIN_MOST (64u << 20)

static int set_scale(void *how, const char *v, struct err *err)
{
	return topo_import_scale(v, how, err);
}

static int set_cpus(void *how, const char *v, struct err *err)
{
	return cli_number("--cpus", v, 1, TOPO_CPUS_MAX, &((struct topo_import *)how)->cpus_most, err);
}

static const struct opt opts_topo[] = {
	{ 0, "scale", "N/M", "import: multiply memory sizes, such as 1/256", set_scale },
	{ 0, "cpus", "N", "import: at most so many CPUs a node", set_cpus },
	OPT_END,
};

static int import(const char *from, const struct topo_import *how)
{
	struct err err = ERR_INIT;
	auto_text struct text out = { 0 };
	auto_text struct text in = { 0 };

	if (strcmp(from, "-") != 0) {
		if (topo_import_path(from, how, &out, &err))
			return cli_fail(&err);
	} else if (file_read_fd(0, "standard input", STDIN_MOST, &in, &err) ||
		   topo_import_bytes(text_str(&in), in.len, "standard input", how, &out, &err)) {
		return cli_fail(&err);
	}
	fputs(text_str(&out), stdout);
	return EXIT_OK;
}

static int check_files(int n, char **files)
{
	int code = EXIT_OK;

	for (int i = 0; i < n; i++) {
		struct err err = ERR_INIT;
		auto_topo struct topo *t = NULL;

		if (topo_load(files[i], &t, &err))
			code = cli_fail(&err);
		else
			printf("%s: %u nodes, %u CPUs, %llu MiB\n", files[i], t->nodes, t->cpus,
			       (unsigned long long)t->mem_bytes >> 20);
	}
	return code;
}

static int cmd_topo(const struct command *c, int argc, char **argv)
{
	struct topo_import how = { .num = 1, .den = 1 };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &how, false, &code);

	if (n < 0)
		return code;
	if (n == 2 && !strcmp(argv[1], "import"))
		return import(argv[2], &how);
	if (n >= 2 && !strcmp(argv[1], "check"))
		return check_files(n - 1, argv + 2);
	if (n > 2 && !strcmp(argv[1], "import"))
		return cli_usage(c, "\"%s\": this command takes no further argument; import takes one",
				 argv[3]);
	return cli_usage(c, "want import DIR, TARBALL or -, or check FILE...");
}

COMMAND(topo) = {
	.name = "topo",
	.args = "import DIR|TARBALL|- | check FILE...",
	.about = "make a topology of a real machine; check files",
	.opts = opts_topo,
	.run = cmd_topo,
	.more = "`import` writes, to standard output, a topology made from a real machine: its "
		"/sys/devices/system/node as a folder or a tarball, or the text of `numactl -H` (a file, or standard "
		"input). `check` reads topology files and says what is wrong with them.",
};
