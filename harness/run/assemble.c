/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/assemble.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/ended.h"
#include "judge/judged_json.h"
#include "kit/packages.h"
#include "result/entries.h"
#include "wire/job.h"

static json_t *exec_json(const struct plan_exec *x)
{
	json_t *argv = json_array();

	for (char *const *a = x->argv; *a; a++)
		json_array_append_new(argv, result_words(*a));
	json_t *o = json_pack("{s:o, s:o, s:i}", "argv", argv, "cwd", result_words(x->cwd), "timeout_s",
			      (int)x->timeout_s);
	if (x->library_path)
		json_object_set_new(o, "library_path", result_words(x->library_path));
	return o;
}

static json_t *kernel_json(const struct run *r)
{
	const struct kernel *k = &r->setup.kernel;
	json_t *j = json_pack("{s:o, s:s, s:s, s:s?}", "name", result_words(k->name), "release", k->release,
			      "sha256", k->sha256.hex, "package", k->package);
	json_t *lacks = json_array();

	for (size_t i = 0; i < r->lacks.n; i++)
		json_array_append_new(lacks, json_string(r->lacks.v[i]));
	if (r->lacks.n)
		json_object_set(j, "lacks", lacks);
	json_decref(lacks);
	return j;
}

json_t *assemble_head(const struct run *r, const struct run_request *q)
{
	const struct setup *g = &r->setup;
	json_t *inputs = setup_inputs(g);
	json_t *topology =
		json_pack("{s:o, s:O}", "name", result_words(g->topo->name), "file", g->topo->json);

	json_object_set_new(inputs, "boot_shift",
			    json_integer(g->engine == ENGINE_EXACT ? g->boot_shift : 0));
	json_object_set_new(inputs, "shift", json_integer(g->engine == ENGINE_EXACT ? g->job_shift : 0));
	json_object_set_new(inputs, "seed", json_integer(q->plan.seed));
	if (q->exec) {
		struct sha256 files = { "" };
		struct err ignored = ERR_INIT;

		sha256_file(q->exec_files, &files, &ignored);
		json_object_set_new(inputs, "files", json_string(files.hex));
	}
	json_t *plan = plan_json(&q->plan);
	json_object_set_new(plan, "shift", json_integer(g->job_shift));
	if (q->exec)
		json_object_set_new(plan, "exec", exec_json(q->exec));
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:{s:s, s:s}, s:s, s:o*}", "schema", RESULT_SCHEMA,
			 "inputs", inputs, "plan", plan, "topology", topology, "kernel", kernel_json(r),
			 "qemu", "version", g->qemu.version, "machine", ARGV_MACHINE, "engine",
			 engine_name(g->engine), "packages", packages_read(PACKAGES_STATUS));
}

static json_t *phases_json(const struct records *rec)
{
	json_t *a = json_array();

	for (size_t i = 0; i < rec->phases; i++)
		/* a machine that booted itself has two phases before its job */
		if (strcmp(rec->phase[i].name, "boot") != 0 && strcmp(rec->phase[i].name, "ready") != 0)
			json_array_append_new(a, json_pack("{s:o, s:I}", "name",
							   result_words(rec->phase[i].name), "virtual_ns",
							   (json_int_t)rec->phase[i].vns));
	return a;
}

static json_t *knobs_json(const struct records *rec)
{
	json_t *o = json_object();

	for (size_t i = 0; i < rec->knobs.n; i++) {
		const char *text = rec->knobs.v[i].text;
		char *value = *text == '!' ? NULL : knob_effective(text, strlen(text));

		json_object_set_new(o, rec->knobs.v[i].name, value ? result_words(value) : json_null());
		free(value);
	}
	return o;
}

json_t *assemble_workload(const char *label, json_t *params, const struct workload *w,
			  const struct records *rec, const struct judged *j, int shift,
			  const char *records_path)
{
	const struct phase *start = records_phase(rec, "start"), *end = records_phase(rec, "end");

	if (start > end)
		end = NULL; /* a stream that lies: there is no time between them */
	struct sha256 raw = { "" };
	struct err ignored = ERR_INIT;
	json_t *ns = start && end ? json_integer((json_int_t)(end->vns - start->vns)) : json_null();
	/* icount's clock ticks once a virtual ns, shift by shift an instruction */
	json_t *insns = start && end && shift >= 0
				? json_integer((json_int_t)((end->tsc - start->tsc) >> shift))
				: json_null();

	sha256_file(records_path, &raw, &ignored);
	json_t *events = json_null();
	if (rec->trace.len) {
		struct sha256 trace;

		sha256_bytes(rec->trace.s, rec->trace.len, &trace);
		events = json_string(trace.hex);
	}
	return json_pack("{s:s, s:O, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "name", label,
			 "params", params, "outcome", outcome_name(j->outcome), "why", j->why, "checks",
			 judged_checks_json(j), "metrics",
			 w ? judged_metrics_json(&w->metrics, j) : json_array(), "phases", phases_json(rec),
			 "knobs", knobs_json(rec), "virtual_ns", ns, "instructions", insns, "raw", raw.hex,
			 "events", events);
}

static json_t *oom_json(const struct records *rec)
{
	struct oom_kill k;

	if (!rec->complete || !ended_oom(rec, &k))
		return json_null();
	text_plain(k.constraint);
	text_plain(k.task);
	text_plain(k.words);
	return json_pack("{s:s, s:s, s:s}", "constraint", k.constraint, "task", k.task, "words", k.words);
}

void assemble_ended(json_t *entry, const struct records *rec)
{
	static const char *const names[] = { NULL, "exit", "signal", "deadline", "flood" };
	enum record_end end = rec->complete ? rec->end : RECORD_END_NONE;
	char signal[32];

	ended_signal(rec->end_number, signal, sizeof(signal));
	json_object_set_new(entry, "ended", names[end] ? json_string(names[end]) : json_null());
	json_object_set_new(entry, "exit_code",
			    end == RECORD_END_CODE ? json_integer((json_int_t)rec->end_number) : json_null());
	json_object_set_new(entry, "signal", end == RECORD_END_SIGNAL ? json_string(signal) : json_null());
	json_object_set_new(entry, "oom", oom_json(rec));
	json_object_set_new(entry, "output_bytes",
			    json_integer((json_int_t)(rec->out[0].len + rec->out[1].len)));
	json_object_set_new(entry, "output_cut_bytes", json_integer((json_int_t)rec->out_cut));
	const struct phase *last = records_phase(rec, "end");
	const char *log = last ? rawset_get(&last->raw, "dmesg") : NULL;
	if (log && strlen(log) >= KERNEL_LOG_MOST - KERNEL_LOG_RECORD)
		json_object_set_new(entry, "kernel_log_cut", json_true());
}

json_t *assemble_knobs(json_t *plan)
{
	json_t *declared = json_object();

	for (const struct knob *k = knob_table; k->name; k++)
		if (k->def)
			json_object_set_new(declared, k->name, json_string(k->def));
	return json_pack("{s:o, s:O}", "declared", declared, "user", json_object_get(plan, "knobs"));
}
