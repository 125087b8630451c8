/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/place.h"
#include "run/assemble.h"
#include "machine/engines.h"
#include "run/rundir.h"
#include "run/jobs.h"
#include "run/stream.h"
#include "trace/trace.h"

/* --- the run directory ---------------------------------------------------------------------------------------------- */
static char *default_name(const struct run *r)
{
	auto_free char *what = xasprintf("%s-%s", r->setup.topo->name, r->setup.kernel.name);

	return rundir_name(what);
}

/* *kept: not where it was asked for, but it is not lost. */
static int publish(struct run *r, const char *asked, const char *parent, bool *kept, struct err *err)
{
	auto_free char *name = default_name(r);

	if (rundir_publish(&r->dir, asked, parent, name, err))
		*kept = rundir_keep(&r->setup.cache, &r->dir, name, err);
	return err->code;
}

static int write_json(const char *dir, const char *name, const json_t *j, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	char *text = json_dumps(j, JSON_INDENT(1) | JSON_SORT_KEYS);
	auto_text struct text line = { 0 };

	text_printf(&line, "%s\n", text);
	free(text);
	return file_write(path, line.s, line.len, err);
}

/* Each machine's console and control channel, one behind the other. */
static int join_logs(const struct run *r, const char *ending, const char *to, struct err *err)
{
	auto_text struct text all = { 0 };
	auto_free char *path = xasprintf("%s/%s", r->dir, to);

	for (size_t i = 0; i < r->jobs; i++) {
		auto_free char *part = xasprintf("%s/raw/%s.%s", r->dir, r->job[i].label, ending);
		struct err ignored = ERR_INIT;

		text_printf(&all, "=== %s\n", r->job[i].label);
		file_read(part, 64u << 20, &all, &ignored);
		unlink(part);
	}
	return file_write(path, text_str(&all), all.len, err);
}

/* --- the run ------------------------------------------------------------------------------------------------------------ */
static bool does_not_apply(const struct run *r, const struct workload *w)
{
	unsigned version[3];
	char why[WL_WORDS];

	kernel_version(r->setup.kernel.release, version);
	judge_needs(w, r->setup.topo, NULL, version, &r->lacks, why, sizeof(why));
	return why[0];
}

/* The machine with this command line of a workload's own (NULL: the user's); a new one where there is none yet. */
static size_t machine_for(struct run *r, const char *own_append)
{
	const char *append = own_append ? own_append : r->setup.append;
	struct run_machine *m;

	for (size_t i = 0; i < r->machines; i++)
		if (!strcmp(r->machine[i].setup.append, append))
			return i;
	r->machine = xrealloc(r->machine, (r->machines + 1) * sizeof(*r->machine));
	m = &r->machine[r->machines++];
	*m = (struct run_machine){ .name = plan_boot_name(own_append),
				   .setup = r->setup,
				   .snapshot = { .lock = -1 } };
	m->setup.append = xstrdup(append);
	return r->machines - 1;
}

static int write_job(struct run *r, const struct run_request *q, const struct plan_item *i, struct err *err)
{
	auto_text struct text text = { 0 };
	auto_free char *append = NULL;
	const char *label = i ? i->label : "exec";
	auto_free char *path = xasprintf("%s/raw/%s.job", r->dir, label);

	if (i ? plan_job(&q->plan, i, &text, err) || plan_own_append(&q->plan, i->w, &append, err)
	      : plan_exec_job(&q->plan, q->exec, &text, err))
		return err->code;
	if (file_write(path, text.s, text.len, err))
		return err->code;
	r->job = xrealloc(r->job, (r->jobs + 1) * sizeof(*r->job));
	r->job[r->jobs++] = (struct run_job){ xstrdup(label), machine_for(r, append) };
	return 0;
}

static int write_jobs(struct run *r, const struct run_request *q, struct err *err)
{
	if (q->exec)
		return write_job(r, q, NULL, err);
	for (size_t i = 0; i < q->plan.items; i++) {
		if (does_not_apply(r, q->plan.item[i].w))
			continue; /* a SKIP needs no machine */
		if (write_job(r, q, &q->plan.item[i], err))
			return err->code;
	}
	return 0;
}

/* The boot's records beside the others: attestation is judged from them like everything else. */
static int keep_boot(const struct run *r, const struct run_machine *m, struct err *err)
{
	auto_free char *from = xasprintf("%s/records", m->snapshot.dir);
	auto_free char *to = xasprintf("%s/raw/%s.records", r->dir, m->name);
	auto_text struct text t = { 0 };

	return file_read(from, 64u << 20, &t, err) || file_write(to, text_str(&t), t.len, err) ? err->code
											       : 0;
}

static int keep_command_line(const struct run *r, struct err *err)
{
	auto_text struct text t = { 0 };
	auto_free char *path = xasprintf("%s/qemu.args", r->dir);

	argv_machine_text(r->setup.topo, r->setup.engine, r->setup.boot_shift, &t);
	text_printf(&t, "-append '%s%s%s'\n", argv_append_base, *r->setup.append ? " " : "", r->setup.append);
	for (size_t i = 0; i < r->jobs; i++) {
		const char *append = r->machine[r->job[i].machine].setup.append;

		if (strcmp(append, r->setup.append) != 0)
			text_printf(&t, "# %s: -append '%s %s'\n", r->job[i].label, argv_append_base, append);
	}
	return file_write(path, t.s, t.len, err);
}

/* The kernel's trace events out of the record stream into a file that people and tools can read. */
static int keep_traces(const struct run *r, struct err *err)
{
	for (size_t i = 0; i < r->jobs; i++) {
		auto_free char *from = xasprintf("%s/raw/%s.records", r->dir, r->job[i].label);
		auto_free char *to = xasprintf("%s/raw/%s.trace", r->dir, r->job[i].label);
		auto_free char *boot =
			xasprintf("%s/raw/%s.records", r->dir, r->machine[r->job[i].machine].name);
		auto_records struct records rec = { 0 };
		struct err ignored = ERR_INIT;

		records_read(from, boot, &rec, &ignored); /* a torn stream is judged elsewhere */
		if (file_write(to, text_str(&rec.trace), rec.trace.len, err))
			return err->code;
	}
	return 0;
}

static int get_snapshots(const struct run_request *q, struct run *r, struct err *err)
{
	bool one = r->machines == 1;

	for (size_t i = 0; i < r->machines; i++) {
		struct run_machine *m = &r->machine[i];

		if (m->snapshot.dir)
			continue;
		if (q->progress)
			q->progress("booting to the snapshot (once)", (unsigned)i,
				    one ? 0 : (unsigned)r->machines);
		if (snapshot_get(&m->setup, &m->snapshot, err) || keep_boot(r, m, err))
			return err->code;
	}
	return 0;
}

/* Drops snapshots gone bad, on disk or in memory; a machine that went wrong has its own compared by their digests. */
static bool drop_bad(struct run *r)
{
	bool any = false;

	for (size_t i = 0; i < r->machines; i++) {
		struct run_machine *m = &r->machine[i];
		struct err why = ERR_INIT;

		if (m->snapshot.fresh ||
		    (!m->bad && (!jobs_any_failed(r, i) || !snapshot_verify(&m->setup, &m->snapshot, &why))))
			continue;
		snapshot_free(&m->snapshot);
		any = true;
	}
	return any;
}

/* Snapshots, then machines. */
static int run_jobs(struct stream *s, const struct run_request *q, struct run *r, struct err *err)
{
	bool exact = r->setup.engine == ENGINE_EXACT;

	for (int tries = 0; tries < 2; tries++) {
		if (exact && get_snapshots(q, r, err))
			return err->code;
		stream_begin(s);
		int code = jobs_run(r, q, stream_ended, s, err);
		looks_end(r, &s->looks);
		if ((code == -EINTR || (!code && interrupted())) && jobs_keep_ended(r)) {
			*err = (struct err)ERR_INIT;
			return 0;
		}
		if (code || !exact)
			return code;
		if (tries || !drop_bad(r))
			break;
	}
	return 0;
}

static int run_in(const struct run_request *q, struct run *r, struct err *err)
{
	auto_free char *raw = xasprintf("%s/raw", r->dir);
	auto_json json_t *head = assemble_head(r, q);
	auto_stream struct stream s = { .r = r, .viewer = &q->viewer };

	if (dir_make(raw, err) || write_json(raw, "run.json", head, err) || write_jobs(r, q, err))
		return err->code;
	auto_json json_t *trace = q->trace.on ? trace_head(&r->setup, &q->trace) : NULL;
	if (trace && write_json(raw, "trace.json", trace, err))
		return err->code;
	if (run_jobs(&s, q, r, err) || keep_command_line(r, err))
		return err->code;
	if (q->plan.events.n && keep_traces(r, err))
		return err->code;
	if (join_logs(r, "console", "console.log", err) || join_logs(r, "qmp", "qmp.log", err) ||
	    stream_end(&s, &r->result, &r->outcome, err))
		return err->code;
	return write_json(r->dir, "result.json", r->result, err);
}

/* What the plan's workloads need of the kernel's .config and it has not. */
static int find_lacks(const struct run_request *q, struct run *r, struct err *err)
{
	for (size_t i = 0; i < q->plan.items; i++)
		if (kernel_lacks(&r->setup.kernel, q->plan.item[i].w->needs.config, &r->lacks, err))
			return err->code;
	return 0;
}

int run_do(const struct run_request *q, struct run *r, struct err *err)
{
	auto_free char *parent = NULL, *results = place_results();
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;

	if (run_prepare(q, r, err) || find_lacks(q, r, err))
		return err->code;
	if (q->out && path_exists(q->out) && rmdir(q->out))
		return err_set(err, -EEXIST, "-o %s: exists and is no empty folder", q->out);
	auto_free char *made = NULL;
	if (q->out && rundir_make(q->out, &made, err))
		return err->code;
	auto_free char *beside = q->out ? xasprintf("%s/..", q->out) : NULL;
	/* resolved while DIR stands: publish() takes it away before it puts the run there */
	parent = q->out ? realpath(beside, NULL) : xasprintf("%s/runs", results);
	if (!parent)
		return err_sys(err, "-o %s", q->out);
	if (rundir_workspace(&r->setup.cache, parent, &r->dir, &lock, err)) {
		rundir_unmake(q->out ? q->out : "", made);
		return err->code;
	}
	bool kept = false;
	if (run_in(q, r, err) || publish(r, q->out, parent, &kept, err)) {
		if (!kept)
			dir_remove(r->dir, &ignored);
		rundir_unmake(q->out ? q->out : "", made);
		return err->code;
	}
	/* results/latest is for runs kept there: one put elsewhere may be gone tomorrow, or the tree read-only */
	return q->exec || q->out ? 0 : rundir_latest(results, r->dir, err);
}
