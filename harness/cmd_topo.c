/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli.h"
#include "topo/import.h"
#include "topo/size.h"
#include "topo/topo.h"

#define STDIN_MOST (64u << 20)

struct options {
	struct topo_import how;
	const char *out; /* a file; NULL: standard output */
};

static int set_scale(void *options, const char *v, struct err *err)
{
	return topo_import_scale(v, &((struct options *)options)->how, err);
}

static int set_cpus(void *options, const char *v, struct err *err)
{
	return cli_number("--cpus", v, 1, TOPO_CPUS_MAX, &((struct options *)options)->how.cpus_most, err);
}

static int set_keep_ids(void *options, const char *v, struct err *err)
{
	(void)v, (void)err;
	((struct options *)options)->how.keep_ids = true;
	return 0;
}

static int set_mem(void *options, const char *v, struct err *err)
{
	uint64_t *bytes = &((struct options *)options)->how.mem_bytes;

	if (topo_size_parse(v, bytes, err))
		return err_prefix(err, "--mem");
	if (*bytes < TOPO_MEM_MIN_FIRST || *bytes % TOPO_MEM_STEP)
		return err_set(err, -EINVAL, "--mem \"%.40s\": want at least 64M, and a multiple of 2M", v);
	return 0;
}

static int set_file(void *options, const char *v, struct err *err)
{
	(void)err;
	((struct options *)options)->out = v;
	return 0;
}

static const struct opt opts_topo[] = {
	{ 0, "scale", "N/M", "import: multiply memory sizes, such as 1/256", set_scale },
	{ 0, "cpus", "N", "import: at most so many CPUs a node", set_cpus },
	{ 0, "keep-ids", NULL, "import: keep the ids of nodes, with empty nodes in the gaps", set_keep_ids },
	{ 0, "mem", "SIZE", "import: memory of each node whose size the source lacks", set_mem },
	{ 'o', "out", "FILE", "import: write there, not to standard output", set_file },
	OPT_END,
};

/* A topology that is refused is written, too, and says how to go on. */
static int write_out(const struct options *o, const struct text *json, struct err *why)
{
	struct err err = ERR_INIT;

	if (!json->len)
		return cli_fail(why);
	if (o->out && file_output(o->out, json->s, json->len, &err))
		return cli_fail(&err);
	if (!o->out)
		fputs(json->s, stdout);
	if (o->how.changes->len)
		cli_say("note: %s", o->how.changes->s);
	if (!why->code)
		return EXIT_OK;
	err_set(&err, why->code, "%s. It is written all the same: edit %s, then `numarig topo check` it",
		why->msg, o->out ? o->out : "the file");
	return cli_fail(&err);
}

static int import(const char *from, struct options *o)
{
	auto_text struct text out = { 0 }, in = { 0 }, changes = { 0 };
	struct err err = ERR_INIT;

	o->how.changes = &changes;
	if (strcmp(from, "-") != 0)
		topo_import_path(from, &o->how, &out, &err);
	else if (!file_read_fd(0, "standard input", STDIN_MOST, &in, &err))
		topo_import_bytes(text_str(&in), in.len, "standard input", &o->how, &out, &err);
	return write_out(o, &out, &err);
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
	struct options o = { .how = { .num = 1, .den = 1 } };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &o, false, &code);

	if (n < 0)
		return code;
	if (n == 2 && !strcmp(argv[1], "import"))
		return import(argv[2], &o);
	if (n >= 2 && !strcmp(argv[1], "check"))
		return check_files(n - 1, argv + 2);
	if (n > 2 && !strcmp(argv[1], "import"))
		return cli_usage(c, "\"%s\": this command takes no further argument; import takes one",
				 argv[3]);
	return cli_usage(c, "want import DIR, TARBALL, TEXT or -, or check FILE...");
}

COMMAND(topo) = {
	.name = "topo",
	.args = "import DIR|TARBALL|TEXT|- | check FILE...",
	.about = "make a topology of a real machine; check files",
	.opts = opts_topo,
	.run = cmd_topo,
	.more = "`import` writes, to standard output or with -o to a file, a topology made from a real machine: its "
		"/sys/devices/system/node as a folder or a tarball, or a text (a file, or - for standard input) with the "
		"output of `numactl -H` or `lscpu`, as people paste it: quoted, wrapped, with other commands around it. "
		"What it changes stands in the file's `about` and on standard error. A machine that cannot be made is "
		"written, too, to be edited, with exit code 2. `check` reads topology files and says what is wrong "
		"with them.",
};
