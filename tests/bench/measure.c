/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rounds of one topology: every step once a round, one after the other, so that a slow spell hits all
 * alike. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "machine/vm_run.h"
#include "tests/bench/bench.h"
#include "tests/bench/plain.h"
#include "tests/bench/proc.h"

#define RUN_DEADLINE_S 900
#define IMAGE_MOST (256u << 20)

struct rounds {
	const struct bench *b;
	struct bench_topology *t;
	struct run run;		  /* its setup */
	struct snapshot snapshot; /* of that, while there is one */
	unsigned round;
};

static void sample(struct rounds *r, enum figure_id id, double v)
{
	if (series_add(&r->t->figure[id].series, v))
		snprintf(r->t->figure[id].absent, sizeof(r->t->figure[id].absent), "the clock gave no time");
}

/* What the step before wrote goes to the disk before the next clock starts. */
static void settle(const struct rounds *r)
{
	auto_close int fd = open(r->b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		syncfs(fd);
}

/* --- boots and restores, by the library --- */
static int step_plain(struct rounds *r, struct err *err)
{
	struct plain p;

	if (plain_boot(&r->run.setup, r->b->dir, &p, err))
		return err->code;
	sample(r, FIG_PLAIN_RECORD, (double)p.record_ns / 1e9);
	sample(r, FIG_PLAIN_SHELL, (double)p.shell_ns / 1e9);
	return 0;
}

/* One machine to its end with a job of nothing; its first record's time. */
static int first_record(struct rounds *r, const struct setup *setup, const struct snapshot *snapshot,
			enum figure_id id, struct err *err)
{
	static const char job[] = "mode exec\ndeadline 5000000000\narg /bin/busybox\narg true\n";
	auto_free char *job_path = xasprintf("%s/probe.job", r->b->dir);
	auto_free char *records = xasprintf("%s/probe.records", r->b->dir);
	auto_free char *console = xasprintf("%s/probe.console", r->b->dir);
	auto_free char *state = xasprintf("%s/probe.state", r->b->dir);
	struct vm_run s = { .setup = setup,
			    .snapshot = snapshot,
			    .shift = JOB_SHIFT,
			    .job = job_path,
			    .records = records,
			    .console = console,
			    .state = state,
			    .limit_s = VM_RUN_LIMIT_S };

	if (file_write(job_path, job, sizeof(job) - 1, err) || vm_run(&s, err))
		return err->code;
	if (s.end != VM_EXIT_DONE || !s.first_record_ns)
		return err_set(err, -EIO, "%s: the machine ended as %s: %s", figure_table[id].name,
			       vm_exit_name(s.end), s.why);
	sample(r, id, (double)s.first_record_ns / 1e9);
	return 0;
}

static int step_restore(struct rounds *r, struct err *err)
{
	unsigned n = (BENCH_RESTORES + r->b->rounds - 1) / r->b->rounds;

	while (n--)
		if (first_record(r, &r->run.setup, &r->snapshot, FIG_RESTORE, err))
			return err->code;
	return 0;
}

static int step_fast(struct rounds *r, struct err *err)
{
	struct setup fast = r->run.setup; /* borrows everything */

	fast.engine = ENGINE_FAST;
	return first_record(r, &fast, NULL, FIG_FAST_RECORD, err);
}

/* The snapshot is dropped and made anew; snapshot_get's time has boot, saving, copying and sealing in it. */
static int step_cold(struct rounds *r, struct err *err)
{
	snapshot_free(&r->snapshot);
	cache_clear(&r->run.setup.cache, "snapshots");
	settle(r);
	if (snapshot_get(&r->run.setup, &r->snapshot, err))
		return err->code;
	if (!r->snapshot.fresh)
		return err_set(err, -EEXIST, "the snapshot was there before: this boot was not cold");
	sample(r, FIG_COLD, (double)r->snapshot.boot_ns / 1e9);
	return 0;
}

/* --- whole runs, as a process --- */
static char *word(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* `numarig run` with these words behind it; its run directory is DIR/runs/run (DIR itself is locked), the
 * caller's to remove. */
static int numarig(struct rounds *r, const char *kernel, const struct strlist *words, struct proc *p,
		   struct err *err)
{
	auto_free char *out = xasprintf("%s/runs/run", r->b->dir);
	auto_free char *result = xasprintf("%s/result.json", out);
	char *argv[32] = { r->b->numarig, word("run"),	word("-t"), word(r->t->name),
			   word("-k"),	  word(kernel), word("-o"), out };
	char line[256];

	for (size_t i = 0; i < words->n && i + 8 < ARRAY_SIZE(argv) - 1; i++)
		argv[8 + i] = words->v[i];
	p->argv = argv;
	p->deadline_s = RUN_DEADLINE_S;
	if (dir_remove(out, err) || proc_run(p, err))
		return err->code;
	if ((p->code == 0 || p->code == 1) && path_exists(result))
		return 0;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text_str(&p->output), "\n"), text_str(&p->output));
	return err_set(err, -EIO, "numarig run: exit code %d and no result: %s", p->code,
		       line[0] ? line : "without a word");
}

static int bind_once(struct rounds *r, const char *kernel, enum figure_id id, struct err *err)
{
	auto_strlist struct strlist words = { 0 };
	struct proc p = { 0 };

	strlist_add(&words, "-w");
	strlist_add(&words, "bind");
	int code = numarig(r, kernel, &words, &p, err);
	text_free(&p.output);
	if (!code && p.code)
		code = err_set(err, -EIO, "numarig run -w bind: exit code %d: a check failed", p.code);
	if (!code)
		sample(r, id, (double)p.wall_ns / 1e9);
	return code;
}

static int step_bind(struct rounds *r, struct err *err)
{
	return bind_once(r, r->b->kernel, FIG_BIND, err);
}

/*
 * A kernel whose digest no cache knows and whose code is the same: the last letters of the version text in a
 * bzImage's setup header (boot.rst, kernel_version at 0x20e) are a number; a vmlinux gets it behind its end.
 */
static int new_kernel(const struct rounds *r, const char *to, struct err *err)
{
	auto_text struct text image = { 0 };
	char mark[9];
	uint16_t at = 0;

	snprintf(mark, sizeof(mark), "%04x%04x", r->t->nodes & 0xffff, (r->round + 1) & 0xffff);
	if (file_read(r->run.setup.kernel.image, IMAGE_MOST, &image, err))
		return err->code;
	if (r->run.setup.kernel.elf) {
		text_add(&image, mark, 8);
	} else {
		memcpy(&at, image.s + 0x20e, 2);
		size_t n = at && at + 0x200u < image.len
				   ? strnlen(image.s + at + 0x200, image.len - at - 0x200)
				   : 0;
		if (n < strlen(r->run.setup.kernel.release) + 10)
			return err_set(err, -ENOEXEC, "%s: no version text to change",
				       r->run.setup.kernel.image);
		memcpy(image.s + at + 0x200 + n - 8, mark, 8);
	}
	return file_write(to, image.s, image.len, err);
}

static int step_edit(struct rounds *r, struct err *err)
{
	auto_free char *image = xasprintf("%s/edited-kernel", r->b->dir);

	if (new_kernel(r, image, err))
		return err->code;
	settle(r);
	int code = bind_once(r, image, FIG_EDIT, err);
	unlink(image);
	/* its snapshot; ours is in use and stays */
	cache_clear(&r->run.setup.cache, "snapshots");
	return code;
}

/* --- the suite --- */
static struct workload_row *row_named(struct bench_topology *t, const char *name)
{
	for (size_t i = 0; i < t->rows; i++)
		if (!strcmp(t->row[i].name, name))
			return &t->row[i];
	t->row = xrealloc(t->row, (t->rows + 1) * sizeof(*t->row));
	t->row[t->rows] = (struct workload_row){ 0 };
	snprintf(t->row[t->rows].name, sizeof(t->row->name), "%s", name);
	return &t->row[t->rows++];
}

/* Adds a number to a row's series and to the sum; a skipped workload may have none. */
static void take(struct series *into, double *sum, json_t *v, double scale)
{
	if (!json_is_number(v) || series_add(into, json_number_value(v) / scale))
		return;
	*sum += json_number_value(v) / scale;
}

static int take_result(struct rounds *r, struct err *err)
{
	auto_free char *path = xasprintf("%s/runs/run/result.json", r->b->dir);
	json_error_t why;
	auto_json json_t *result = json_load_file(path, 0, &why);
	json_t *machines = json_object_get(json_object_get(result, "host"), "machines"), *w;
	double wall = 0, virtual = 0, instructions = 0;
	size_t i;

	if (!json_is_object(result))
		return err_set(err, -EBADMSG, "result.json: %s", why.text);
	json_array_foreach (json_object_get(result, "workloads"), i, w) {
		const char *name = json_string_value(json_object_get(w, "name"));
		const char *outcome = json_string_value(json_object_get(w, "outcome"));

		if (!name || !outcome)
			return err_set(err, -EBADMSG, "result.json: a workload without name or outcome");
		struct workload_row *row = row_named(r->t, name);
		snprintf(row->outcome, sizeof(row->outcome), "%s", outcome);
		take(&row->wall_s, &wall, json_object_get(json_object_get(machines, name), "wall_ns"), 1e9);
		take(&row->virtual_s, &virtual, json_object_get(w, "virtual_ns"), 1e9);
		take(&row->instructions, &instructions, json_object_get(w, "instructions"), 1);
	}
	if (!r->t->rows)
		return err_set(err, -EBADMSG, "result.json: no workloads");
	series_add(&r->t->sum.wall_s, wall);
	series_add(&r->t->sum.virtual_s, virtual);
	series_add(&r->t->sum.instructions, instructions);
	return 0;
}

static int suite(struct rounds *r, const char *jobs, struct proc *p, struct err *err)
{
	auto_strlist struct strlist words = { 0 };

	strlist_add(&words, "-j");
	strlist_add(&words, "%s", jobs);
	for (size_t i = 0; i < BENCH_SUITE_OF; i++)
		for (const struct workload_entry *e = workload_table; e->name; e++)
			if (!strcmp(e->name, bench_suite[i])) {
				strlist_add(&words, "-w");
				strlist_add(&words, "%s", e->name);
			}
	int code = numarig(r, r->b->kernel, &words, p, err);
	text_free(&p->output);
	return code;
}

static int step_suite(struct rounds *r, struct err *err)
{
	struct proc p = { .peaks = true };

	if (suite(r, "1", &p, err))
		return err->code;
	sample(r, FIG_SUITE, (double)p.wall_ns / 1e9);
	sample(r, FIG_CHILD_PEAK, (double)p.largest_kib / 1024);
	if (p.own_kib)
		sample(r, FIG_HOST_PEAK, (double)p.own_kib / 1024);
	else
		snprintf(r->t->figure[FIG_HOST_PEAK].absent, sizeof(r->t->figure->absent),
			 "the process can't be looked at when it exits (ptrace is forbidden here)");
	return 0;
}

static int step_suite_j2(struct rounds *r, struct err *err)
{
	struct proc p = { 0 };

	if (suite(r, "2", &p, err))
		return err->code;
	sample(r, FIG_SUITE_J2, (double)p.wall_ns / 1e9);
	return 0;
}

/* The same workload without and with the access trace, and with its cache model, one behind the other. */
static int step_traced(struct rounds *r, struct err *err)
{
	static const char *const how[] = { NULL, "--trace", "--trace=caches" };
	static const enum figure_id gives[] = { FIG_CLASSIC, FIG_CLASSIC_TRACED, FIG_CLASSIC_CACHED };
	double peak[ARRAY_SIZE(how)] = { 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
		auto_strlist struct strlist words = { 0 };
		struct proc p = { .peaks = true };

		strlist_add(&words, "-w");
		strlist_add(&words, "balance-classic");
		if (how[i])
			strlist_add(&words, "%s", how[i]);
		int code = numarig(r, r->b->kernel, &words, &p, err);
		text_free(&p.output);
		if (code)
			return err->code;
		peak[i] = (double)p.largest_kib / 1024;
		sample(r, gives[i], (double)p.wall_ns / 1e9);
	}
	if (peak[1] >= peak[0])
		sample(r, FIG_TRACE_PEAK, peak[1] - peak[0]);
	return 0;
}

static int step_all(struct rounds *r, struct err *err)
{
	auto_strlist struct strlist words = { 0 };
	struct proc p = { 0 };

	strlist_add(&words, "-j");
	strlist_add(&words, "2");
	int code = numarig(r, r->b->kernel, &words, &p, err);
	text_free(&p.output);
	if (code || take_result(r, err))
		return err->code;
	sample(r, FIG_ALL_J2, (double)p.wall_ns / 1e9);
	return 0;
}

/* --- rounds
 * ------------------------------------------------------------------------------------------------------------
 */
#define BIT(id) (1u << FIG_##id)

/* In this order each round. The cold boot is the last: what it writes settles while the next plain boot runs.
 */
static const struct step {
	const char *what;
	unsigned gives; /* figures */
	int (*run)(struct rounds *r, struct err *err);
} steps[] = {
	{ "plain boot", BIT(PLAIN_RECORD) | BIT(PLAIN_SHELL), step_plain },
	{ "restores", BIT(RESTORE), step_restore },
	{ "fast boot", BIT(FAST_RECORD), step_fast },
	{ "run -w bind", BIT(BIND), step_bind },
	{ "suite", BIT(SUITE) | BIT(HOST_PEAK) | BIT(CHILD_PEAK), step_suite },
	{ "suite -j 2", BIT(SUITE_J2), step_suite_j2 },
	{ "balance-classic, traced",
	  BIT(CLASSIC) | BIT(CLASSIC_TRACED) | BIT(CLASSIC_CACHED) | BIT(TRACE_PEAK), step_traced },
	{ "every workload -j 2", BIT(ALL_J2), step_all },
	{ "new kernel to verdict", BIT(EDIT), step_edit },
	{ "cold boot", BIT(COLD), step_cold },
};

static void give_up(struct bench_topology *t, unsigned gives, const char *why)
{
	for (unsigned id = 0; id < FIGURES; id++)
		if (gives >> id & 1 && !t->figure[id].absent[0])
			snprintf(t->figure[id].absent, sizeof(t->figure[id].absent), "%.500s", why);
}

static bool given_up(const struct bench_topology *t, const struct step *s)
{
	for (unsigned id = 0; id < FIGURES; id++)
		if (s->gives >> id & 1 && !t->figure[id].absent[0])
			return false;
	return true;
}

static int one_step(struct rounds *r, const struct step *s, struct err *err)
{
	struct err wrong = ERR_INIT;

	if (given_up(r->t, s))
		return 0;
	settle(r);
	/* the return value counts: a call that came right in the end may have left a message behind */
	int code = s->run(r, &wrong);
	if (interrupt_check(err))
		return err->code;
	if (code) /* without a snapshot there is nothing to go on with */
		give_up(r->t, s->run == step_cold ? ~0u : s->gives, wrong.msg);
	return 0;
}

/* Finds everything, makes the snapshot and lets one run go by, so that no round pays for what a first run
 * does. */
static int warm_up(struct rounds *r, struct err *err)
{
	struct run_request q = { .topology = r->t->name, .kernel = r->b->kernel };
	auto_strlist struct strlist words = { 0 };
	struct proc p = { 0 };

	if (run_prepare(&q, &r->run, err) || snapshot_get(&r->run.setup, &r->snapshot, err))
		return err->code;
	r->t->nodes = r->run.setup.topo->nodes;
	r->t->cpus = r->run.setup.topo->cpus;
	plain_argv(&r->run.setup, "RECORDS", "CONSOLE", &r->t->plain_argv);
	strlist_add(&words, "-w");
	strlist_add(&words, "bind");
	int code = numarig(r, r->b->kernel, &words, &p, err);
	text_free(&p.output);
	return code;
}

int bench_measure(const struct bench *b, struct bench_topology *t, void (*say)(const char *), struct err *err)
{
	struct rounds r = { .b = b, .t = t, .snapshot = { .lock = -1 } };
	struct err wrong = ERR_INIT;
	auto_free char *first = xasprintf("%s: warming up", t->name);

	say(first);
	int cold = warm_up(&r, &wrong);
	if (cold)
		give_up(t, ~0u, wrong.msg);
	int code = interrupt_check(err);
	for (r.round = 0; !code && !cold && r.round < b->rounds; r.round++) {
		for (size_t i = 0; !code && i < ARRAY_SIZE(steps); i++) {
			auto_free char *what = xasprintf("%s: round %u of %u: %s", t->name, r.round + 1,
							 b->rounds, steps[i].what);

			say(what);
			code = one_step(&r, &steps[i], err);
		}
	}
	snapshot_free(&r.snapshot);
	run_free(&r.run);
	return code;
}

void bench_topology_free(struct bench_topology *t)
{
	for (unsigned id = 0; id < FIGURES; id++)
		series_free(&t->figure[id].series);
	for (size_t i = 0; i <= t->rows; i++) {
		struct workload_row *row = i < t->rows ? &t->row[i] : &t->sum;

		series_free(&row->wall_s);
		series_free(&row->virtual_s);
		series_free(&row->instructions);
	}
	free(t->row);
	strlist_free(&t->plain_argv);
}
