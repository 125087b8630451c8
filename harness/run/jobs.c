/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/parse.h"
#include "run/pool.h"
#include "machine/vm_run.h"
#include "trace/trace.h"

/* What the preloaded library did to QEMU's threads. */
static json_t *steady_json(const struct steady *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:b}", "held", (json_int_t)s->held, "held_ns",
			 (json_int_t)s->held_ns, "held_longest_ns", (json_int_t)s->held_longest_ns, "let_go",
			 (json_int_t)s->let_go, "spawn_denied", s->spawn_denied);
}

static void write_exit(const struct vm_run *s, const char *path, int code, const struct err *why)
{
	struct err ignored = ERR_INIT;
	auto_free char *words = xstrdup(code ? why->msg : s->why);
	struct rusage u;

	text_plain(words); /* a dying kernel's console may show anything */
	getrusage(RUSAGE_CHILDREN, &u);
	auto_json json_t *j = json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:I}", "end", code ? "failed" : vm_exit_name(s->end), "why", words,
		"restore_ns", (json_int_t)s->restore_ns, "first_record_ns", (json_int_t)s->first_record_ns,
		"wall_ns", (json_int_t)s->wall_ns, "qemu_peak_kb", (json_int_t)u.ru_maxrss);
	if (s->gdb)
		json_object_set_new(j, "gdb", json_true());
	if (s->steady.loaded == STEADY_MAGIC)
		json_object_set_new(j, "steady", steady_json(&s->steady));
	char *text = json_dumps(j, JSON_INDENT(1));

	file_write(path, text, strlen(text), &ignored);
	free(text);
}

/*
 * Tells the plugin of this machine; NULL where none is loaded. A machine that is not the one asked for is not traced: it is
 * judged as that.
 */
static char *tell_plugin(const struct run *r, const struct run_request *q, const struct run_machine *m,
			 const char *label, const char *work)
{
	auto_free char *to = xasprintf("%s/%s.conf", work, label);
	auto_free char *out = xasprintf("%s/raw/%s.access", r->dir, label);
	auto_free char *boot = xasprintf("%s/raw/%s.records", r->dir, m->name);
	auto_records struct records rec = { 0 };
	auto_text struct text conf = { 0 };
	struct err err = ERR_INIT;

	if (!q->trace.on || r->setup.trace_lacks || r->setup.engine != ENGINE_EXACT)
		return NULL;
	unlink(out);
	if (records_read(boot, NULL, &rec, &err) || !records_phase(&rec, "boot") ||
	    trace_conf(r->setup.topo, &records_phase(&rec, "boot")->raw, m->snapshot.ram, &q->trace,
		       q->exec != NULL, out, &conf, &err) ||
	    file_write(to, conf.s, conf.len, &err))
		return NULL;
	return take_ptr(to);
}

static int run_one(const struct run *r, const struct run_request *q, const struct run_job *j,
		   const char *work)
{
	const struct run_machine *m = &r->machine[j->machine];
	const char *label = j->label;
	auto_free char *job = xasprintf("%s/raw/%s.job", r->dir, label);
	auto_free char *records = xasprintf("%s/raw/%s.records", r->dir, label);
	auto_free char *console = xasprintf("%s/raw/%s.console", r->dir, label);
	auto_free char *log = xasprintf("%s/raw/%s.qmp", r->dir, label);
	auto_free char *state = xasprintf("%s/%s.state", work, label);
	auto_free char *to = xasprintf("%s/raw/%s.exit", r->dir, label);
	auto_free char *trace = tell_plugin(r, q, m, label, work);
	struct err err = ERR_INIT;
	struct vm_run s = { .setup = &m->setup,
			    .snapshot = r->setup.engine == ENGINE_EXACT ? &m->snapshot : NULL,
			    .shift = m->setup.job_shift,
			    .job = job,
			    .files = q->exec_files,
			    .records = records,
			    .console = console,
			    .log = log,
			    .state = state,
			    .gdb = q->gdb,
			    .trace_conf = trace,
			    .limit_s = q->gdb ? 86400 : VM_RUN_LIMIT_S };

	unlink(to); /* of a first try */
	int code = vm_run(&s, &err);
	if (code == -EINTR)
		return 1; /* no .exit file: the job did not come to its end */
	write_exit(&s, to, code, &err);
	return 0;
}

struct running {
	const struct run *r;
	const struct run_request *q;
	const char *work;
	void (*ended)(void *ctx, size_t job);
	void *ctx;
};

static const char *job_label(void *ctx, size_t i)
{
	return ((const struct running *)ctx)->r->job[i].label;
}

static void job_ended(void *ctx, size_t i)
{
	const struct running *f = ctx;

	f->ended(f->ctx, i);
}

/* A process that dies here leaves no .exit file; job_exit_read says so. */
static int run_at(void *ctx, size_t i)
{
	const struct running *f = ctx;

	return run_one(f->r, f->q, &f->r->job[i], f->work);
}

int jobs_run(const struct run *r, const struct run_request *q, void (*ended)(void *ctx, size_t job),
	     void *ctx, struct err *err)
{
	auto_free char *work = NULL;
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;

	if (cache_scratch(&r->setup.cache, &work, &lock, err))
		return err->code;
	struct running f = { r, q, work, ended, ctx };
	struct pool pool = { .n = r->jobs,
			     .jobs = q->plan.jobs,
			     .one = run_at,
			     .ended = job_ended,
			     .name = job_label,
			     .progress = q->progress,
			     .ctx = &f };
	int code = pool_run(&pool, err);
	dir_remove(work, &ignored);
	return code;
}

/* Writes into the job's .exit file that it was interrupted, unless it came to its end. */
static void write_interrupted(const struct run *r, const char *label)
{
	auto_free char *to = xasprintf("%s/raw/%s.exit", r->dir, label);
	auto_json json_t *why =
		json_sprintf("not run to its end: interrupted by SIG%s", sigabbrev_np(interrupt_signal()));
	auto_json json_t *j = json_pack("{s:s, s:O}", "end", "interrupted", "why", why);
	auto_free char *text = json_dumps(j, JSON_INDENT(1));
	struct err ignored = ERR_INIT;

	if (!path_exists(to))
		file_write(to, text, strlen(text), &ignored);
}

bool jobs_keep_ended(const struct run *r)
{
	bool any = false;

	for (size_t i = 0; i < r->jobs; i++) {
		auto_free char *how_ended = xasprintf("%s/raw/%s.exit", r->dir, r->job[i].label);

		any |= path_exists(how_ended);
	}
	if (!any || !interrupt_grace())
		return false;
	for (size_t i = 0; i < r->jobs; i++)
		write_interrupted(r, r->job[i].label);
	return true;
}

json_t *job_exit_read(const char *dir, const char *label)
{
	static const char *const names[] = { "exit", "shot" }; /* the second: runs of before it was renamed */

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = xasprintf("%s/raw/%s.%s", dir, label, names[i]);
		struct err ignored = ERR_INIT;
		json_t *j = parse_file(path, &ignored);

		if (json_is_object(j))
			return j;
		json_decref(j);
	}
	return json_pack("{s:s, s:s}", "end", "died", "why", "the process that ran its machine died");
}

bool jobs_failed(const struct run *r, size_t job)
{
	auto_free char *boot = xasprintf("%s/raw/%s.records", r->dir, r->machine[r->job[job].machine].name);
	auto_free char *path = xasprintf("%s/raw/%s.records", r->dir, r->job[job].label);
	auto_json json_t *how_ended = job_exit_read(r->dir, r->job[job].label);
	auto_records struct records rec = { 0 };
	struct err ignored = ERR_INIT;

	return strcmp(json_word(how_ended, "end"), "done") != 0 || records_read(path, boot, &rec, &ignored);
}

bool jobs_any_failed(const struct run *r, size_t machine)
{
	for (size_t i = 0; i < r->jobs; i++)
		if (r->job[i].machine == machine && jobs_failed(r, i))
			return true;
	return false;
}
