/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli.h"
#include "report/nids.h"
#include "report/plain.h"
#include "report/text.h"
#include "report/trace.h"
#include "kit/carry.h"
#include "trace/trace.h"
#include "progress.h"

#define EXIT_DEADLINE 124  /* as timeout(1) has it */
#define GUEST_ROOT "/ext4" /* guests/agent/boot.c */

struct exec_args {
	struct run_request q; /* first: the shared options store there */
	struct strlist files;
	unsigned timeout_s;
	bool quiet;
};

static int set_file(void *a, const char *v, struct err *err)
{
	(void)err;
	strlist_add(&((struct exec_args *)a)->files, "%s", v);
	return 0;
}

static int set_sample(void *a, const char *v, struct err *err)
{
	return cli_number("--sample", v, 1, 3600000, &((struct exec_args *)a)->q.plan.sample_ms, err);
}

static int set_timeout(void *a, const char *v, struct err *err)
{
	return cli_number("--timeout", v, 1, 86400, &((struct exec_args *)a)->timeout_s, err);
}

static int set_region(void *a, const char *v, struct err *err)
{
	return trace_add_region(&((struct exec_args *)a)->q.trace, v, err);
}

static int set_quiet(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct exec_args *)a)->quiet = true;
	return 0;
}

static const struct opt opts_exec[] = {
	OPTS_MACHINE,
	{ 'f', "file", "FILE", "take this file along, to the same path in the guest; several", set_file },
	{ 0, "sample", "MS", "sample its placement every MS virtual milliseconds (default 100)", set_sample },
	{ 0, "timeout", "S", "virtual seconds it may take (default 60); then exit code 124", set_timeout,
	  "Then it is killed." },
	{ 'o', "out", "DIR", "the run directory; default results/runs/<time>-<topology>-<kernel>", set_out },
	{ 'q', "quiet", NULL, "no table of where its memory lies", set_quiet },
	{ 0, "seed", "N", "another schedule, exact as well (default 0)", set_seed },
	{ 0, "shift", "N", "virtual nanoseconds an instruction: 2^N (default 5, less with more than 32 CPUs)",
	  set_shift },
	{ 0, "trace", "[=caches[:...]]", "count who touched whose memory, by mapping as well", set_trace,
	  "As that of `run`, and the counts of each of the program's mappings are shown." },
	{ 0, "region", "NAME=ADDR,LEN", "with --trace: count this range of every program; several",
	  set_region },
	{ 0, "events", "GROUP:NAME,...", "keep the kernel's trace events in raw/", set_events },
	OPT_END,
};

/* --- what comes back ---------------------------------------------------------------------------------------------- */
/* A heading only where a node id that the program takes or prints is another than the file's. */
static void print_nids(const json_t *nids)
{
	auto_text struct text t = { 0 };

	report_nids(nids, &t);
	if (t.len)
		fprintf(stderr, "%s\n", t.s);
}

static void print_placement(const struct records *rec, const json_t *nids)
{
	const char *maps = NULL;
	auto_free char *phase = NULL;
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	for (size_t i = rec->phases; !maps && i--;) {
		const char *m = strcmp(rec->phase[i].name, "end")
					? rawset_get(&rec->phase[i].raw, "/proc/PID/numa_maps")
					: NULL;

		maps = m && *m ? m : NULL;
		if (maps)
			phase = xstrdup(rec->phase[i].name);
	}
	if (phase)
		text_plain(phase);
	if (!maps)
		cli_say("it ended before its first sample: no placement (see --sample)");
	else if (report_placement(maps, nids, &t, &err))
		cli_say("%s", err.msg);
	else
		fprintf(stderr, "\nwhere its memory lay at its last sample (%s):\n%s", phase, t.s);
}

static void print_trace(const struct run *r)
{
	const json_t *trace = json_object_get(r->result, "trace");
	auto_text struct text t = { 0 };

	if (!trace)
		return;
	report_trace(trace, true, REPORT_FULL, isatty(2), &t);
	fprintf(stderr, "\n%s", text_str(&t));
}

/* Both streams, each to its own of ours, in the order in which the program wrote. */
static void print_output(const struct records *rec)
{
	size_t at[2] = { 0 };

	for (size_t i = 0; i < rec->pieces; i++) {
		const struct out_piece *p = &rec->piece[i];
		FILE *to = p->fd ? stderr : stdout;

		fwrite(text_str(&rec->out[p->fd]) + at[p->fd], 1, p->len, to);
		fflush(to);
		at[p->fd] += p->len;
	}
}

/* What became of the program, and what a user should know of it beside. */
static int program_code(const struct run *r, const struct records *rec)
{
	auto_json json_t *w = report_plain(json_array_get(json_object_get(r->result, "workloads"), 0));
	auto_text struct text facts = { 0 };

	report_facts(w, "numarig: ", &facts);
	fputs(text_str(&facts), stderr);
	if (*json_word(w, "why"))
		cli_say("%s", json_word(w, "why"));
	if (!rec->complete || r->outcome == OUTCOME_SKIP)
		return outcome_exit_code(r->outcome);
	switch (rec->end) {
	case RECORD_END_CODE:
		/* a program that can't be started ends with 126 or 127, as in a shell */
		return r->outcome == OUTCOME_BROKEN && !pairs_get(&rec->notes, "not-started")
			       ? EXIT_HARNESS
			       : (int)rec->end_number;
	case RECORD_END_SIGNAL:
		return r->outcome == OUTCOME_BROKEN ? EXIT_HARNESS : 128 + (int)rec->end_number;
	case RECORD_END_DEADLINE:
		return r->outcome == OUTCOME_BROKEN ? EXIT_HARNESS : EXIT_DEADLINE;
	case RECORD_END_FLOOD:
	case RECORD_END_NONE:
		break;
	}
	return EXIT_HARNESS;
}

/* There is something to read, which nobody has: of a pipe at once, so that one that is merely open is none. */
static bool stdin_has_input(void)
{
	struct stat st;
	int n = 0;

	if (fstat(0, &st) || isatty(0))
		return false;
	if (S_ISREG(st.st_mode))
		return lseek(0, 0, SEEK_CUR) < st.st_size;
	return (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && !ioctl(0, FIONREAD, &n) && n > 0;
}

static int run_it(struct exec_args *x, const char *files, const char *cwd, const struct carried *carried)
{
	struct plan_exec exec = { .argv = carried->command.v,
				  .root = GUEST_ROOT,
				  .cwd = cwd,
				  .timeout_s = x->timeout_s,
				  .library_path = carried->library_path };
	auto_run struct run r = { 0 };
	auto_records struct records rec = { 0 };
	struct err err = ERR_INIT;

	x->q.exec = &exec;
	x->q.exec_files = files;
	if (run_do(&x->q, &r, &err))
		return cli_fail(&err);
	progress_end();
	auto_free char *path = xasprintf("%s/raw/exec.records", r.dir);
	auto_free char *boot = xasprintf("%s/raw/boot.records", r.dir);
	records_read(path, boot, &rec, &err);
	if (!x->quiet)
		print_nids(json_object_get(r.result, "nids"));
	print_output(&rec);
	if (!x->quiet)
		print_placement(&rec, json_object_get(r.result, "nids"));
	if (!x->quiet)
		print_trace(&r);
	int code = program_code(&r, &rec);
	if (stdin_has_input())
		cli_say("what stands on standard input was not handed on: the program reads an empty one");
	if (!x->quiet && code && rec.complete && rec.end == RECORD_END_CODE)
		fprintf(stderr, "its exit code is %d\n", code);
	if (!x->quiet)
		fprintf(stderr, "kept in %s\n", r.dir);
	return code;
}

static int exec_in(struct exec_args *x, char **argv)
{
	auto_cache struct cache cache = { 0 };
	auto_carried struct carried carried = { 0 };
	auto_free char *dir = NULL;
	auto_close int lock = -1;
	auto_free char *cwd = realpath(".", NULL);
	struct err err = ERR_INIT, ignored = ERR_INIT;

	if (cache_open(&cache, &err))
		return cli_fail(&err);
	if (cache_scratch(&cache, &dir, &lock, &err))
		return cli_fail(&err);
	auto_free char *files = xasprintf("%s/files", dir);
	int code = carry(argv, &x->files, cwd ? cwd : "/", files, &carried, &err)
			   ? cli_fail(&err)
			   : run_it(x, files, cwd ? cwd : "/", &carried);
	dir_remove(dir, &ignored);
	return code;
}

static int cmd_exec(const struct command *c, int argc, char **argv)
{
	struct exec_args x = { .q = { .plan = { .shift = SHIFT_AUTO, .jobs = 1, .sample_ms = 100 },
				      .progress = progress_show },
			       .timeout_s = 60 };
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &x, true, &code);

	if (n >= 0 && x.q.trace.regions.n && !x.q.trace.on)
		code = cli_usage(c, "--region counts nothing without --trace");
	else if (!n || (n > 0 && !*argv[1]))
		code = cli_usage(c, "no command: want it after --");
	else if (n > 0)
		code = x.q.topology ? exec_in(&x, argv + 1)
				    : cli_usage(c, "no topology: want -t TOPO (`numarig list topologies`)");
	plan_free(&x.q.plan);
	strlist_free(&x.files);
	strlist_free(&x.q.trace.regions);
	return code;
}

COMMAND(exec) = {
	.name = "exec",
	.args = "-t TOPO -- COMMAND [ARG...]",
	.about = "run a program of yours in the guest and sample its placement",
	.opts = opts_exec,
	.run = cmd_exec,
	.more = "Takes the shared libraries it needs along, and runs it under any `numactl` prefix you like; hands back "
		"its output and its exit code, and shows where its memory lay. What the guest has itself (numactl, "
		"numastat, migratepages, busybox) is not taken along. Its standard output and error come in the order "
		"in which it wrote them; what goes beyond 4 MiB is dropped, and a line says how much. A line says, "
		"too, when a signal, the OOM killer or its time limit ended it; in result.json its outcome is then a "
		"fail. When it ended by itself the outcome is pass, whatever its exit code, which stands beside. All "
		"of its output comes when it has ended, and its standard input is empty.",
};
