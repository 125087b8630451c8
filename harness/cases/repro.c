/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/repro.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "judge/ended.h"
#include "machine/boot.h"
#include "cases/repro_knobs.h"
#include "run/jobs.h"
#include "cases/repro_load.h"
#include "cases/case_judge.h"

#define GUEST_ROOT "/ext4" /* guests/agent/boot.c */
#define CONSOLE_MOST (4u << 20)

/* --- how it went ----------------------------------------------------------------------------------------------------- */
/* The last line of what it wrote that is not blank, for words. */
static char *last_line(const struct text *t)
{
	const char *s = text_str(t), *end = s + t->len;

	while (end > s && (end[-1] == '\n' || end[-1] == ' '))
		end--;
	const char *from = end;
	while (from > s && from[-1] != '\n')
		from--;
	char *line = xasprintf("%.*s", (int)(end - from > 300 ? 300 : end - from), from);
	text_plain(line);
	return line;
}

static void program_end(const struct records *rec, struct case_facts *f)
{
	auto_free char *last = last_line(&rec->out[1]);
	const char *colon = *last ? ": " : "";
	auto_judged struct judged ended = { 0 };

	switch (rec->end) {
	case RECORD_END_CODE:
		snprintf(f->end, sizeof(f->end), "exit %d", (int)rec->end_number);
		if (rec->end_number == 77)
			snprintf(f->why, sizeof(f->why), "can't be tried here%s%s", colon, last);
		else
			snprintf(f->why, sizeof(f->why), "its program ended with exit code %d%s%s",
				 (int)rec->end_number, colon, last);
		break;
	case RECORD_END_SIGNAL:
		snprintf(f->end, sizeof(f->end), "signal %d", (int)rec->end_number);
		ended_judge(rec, &ended);
		snprintf(f->why, sizeof(f->why), "%.300s%s%.200s", ended.why, colon, last);
		break;
	case RECORD_END_DEADLINE:
		snprintf(f->end, sizeof(f->end), "deadline");
		snprintf(f->why, sizeof(f->why), "its program had not ended after %llu s of virtual time",
			 (unsigned long long)rec->end_number / 1000000000);
		break;
	case RECORD_END_FLOOD:
		snprintf(f->why, sizeof(f->why), "its program wrote more than %llu MiB",
			 (unsigned long long)rec->end_number >> 20);
		break;
	case RECORD_END_NONE:
		snprintf(f->why, sizeof(f->why), "the end of its program was not reported");
		break;
	}
}

static void machine_end(const json_t *how_ended, struct case_facts *f)
{
	const char *end = json_string_value(json_object_get(how_ended, "end"));
	const char *why = json_string_value(json_object_get(how_ended, "why"));

	if (end && (!strcmp(end, "panic") || !strcmp(end, "hang")))
		snprintf(f->end, sizeof(f->end), "%s", end);
	snprintf(f->why, sizeof(f->why), "%s", why && *why ? why : "its machine died");
}

static void facts_end(struct case_facts *f)
{
	if (f->end[0])
		case_value_set(f, "end", f->end);
	if (!strcmp(f->end, "panic"))
		case_value_set(f, "panic", f->why);
}

/* What was asked for is there; else nothing is known, whatever was printed. */
static void facts_knobs(const struct case_file *c, const struct settings *asked, const struct records *rec,
			const struct records *boot, struct case_facts *f)
{
	char why[sizeof(f->why)];

	if (repro_knobs_held(c, asked, rec, boot, f, why, sizeof(why)))
		return;
	f->end[0] = 0;
	snprintf(f->why, sizeof(f->why), "%s", why);
	text_plain(f->why);
}

/* What it wrote, as files for people. The records have it, too: one that can't be written loses nothing. */
static void keep_output(const char *dir, const struct records *rec)
{
	static const char *const names[] = { "stdout", "stderr" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names[i]);
		struct err ignored = ERR_INIT;

		file_write(path, text_str(&rec->out[i]), rec->out[i].len, &ignored);
	}
}

static void facts_of(const struct case_file *c, const struct settings *asked, const struct run *r,
		     struct case_facts *f)
{
	auto_free char *path = xasprintf("%s/raw/exec.records", r->dir);
	auto_free char *boot = xasprintf("%s/raw/boot.records", r->dir);
	auto_free char *console_path = xasprintf("%s/console.log", r->dir);
	const json_t *w = json_array_get(json_object_get(r->result, "workloads"), 0);
	auto_json json_t *how_ended = job_exit_read(r->dir, "exec");
	const char *end = json_string_value(json_object_get(how_ended, "end"));
	auto_text struct text console = { 0 };
	auto_records struct records rec = { 0 }, booted = { 0 };
	struct err ignored = ERR_INIT;

	records_read(path, boot, &rec, &ignored); /* a torn one is BROKEN in the result */
	if (path_exists(boot)) /* an engine that is not exact boots each machine: it is in front of rec */
		records_read(boot, NULL, &booted, &ignored);
	file_read(console_path, CONSOLE_MOST, &console, &ignored);
	keep_output(r->dir, &rec);
	repro_knob_files(asked, &rec, f);
	case_values(c, &rec, &console, f);
	if (!end || strcmp(end, "done") != 0)
		machine_end(how_ended, f);
	else if (r->outcome == OUTCOME_BROKEN)
		snprintf(f->why, sizeof(f->why), "%s", json_string_value(json_object_get(w, "why")));
	else if (rec.out_cut)
		snprintf(
			f->why, sizeof(f->why),
			"its program wrote %llu bytes more than the %zu that are kept: the last of its values may be among them",
			(unsigned long long)rec.out_cut, rec.out[0].len + rec.out[1].len);
	else
		program_end(&rec, f);
	if (rec.complete || f->end[0])
		facts_knobs(c, asked, &rec, &booted, f);
	facts_end(f);
}

/* --- one machine ----------------------------------------------------------------------------------------------------- */
struct made {
	char *kernel, *release;
	unsigned version[3];
	bool exact_version; /* else of a series, and nobody knows which */
	struct case_verdict verdict;
	json_t *values;
	char *digest; /* of its result; NULL: there is none */
};

static void made_free(struct made *m)
{
	free(m->kernel);
	free(m->release);
	free(m->digest);
	json_decref(m->values);
}
#define auto_made __attribute__((cleanup(made_free)))

static void note_kernel(const struct kernel *k, const char *asked, struct made *m)
{
	if (m->kernel)
		return;
	m->kernel = xstrdup(k->name ? k->name : asked);
	m->release = xstrdup(k->release ? k->release : "");
	m->exact_version = kernel_upstream(k, m->version);
}

static char *case_path(const struct case_file *c, const char *file)
{
	return xasprintf("%s/%s", c->dir, file);
}

static int plan_of(const struct repro *r, const struct strlist *control, struct plan *p, struct err *err)
{
	*p = (struct plan){ .shift = r->user->shift, .seed = r->user->seed, .jobs = 1 };
	for (size_t i = 0; i < r->c->knobs.n; i++)
		if (plan_add_knob(p, r->c->knobs.v[i], err))
			return err_prefix(err, "%s", r->c->name);
	for (size_t i = 0; i < r->user->user.n; i++) {
		auto_free char *knob = xasprintf("%s=%s", r->user->user.v[i].name, r->user->user.v[i].value);

		if (plan_add_knob(p, knob, err))
			return err->code;
	}
	for (size_t i = 0; control && i < control->n; i++)
		if (plan_add_knob(p, control->v[i], err))
			return err_prefix(err, "%s: control", r->c->name);
	return 0;
}

/* `control`: knobs of the second run, NULL for the first. An error that says something of this kernel is an answer. */
static int machine(const struct repro *r, const struct strlist *control, struct made *m, struct err *err)
{
	bool own = !r->topology && strstr(r->c->topology, ".json");
	auto_free char *topology =
		own ? case_path(r->c, r->c->topology) : xstrdup(r->topology ? r->topology : r->c->topology);
	auto_free char *out = xasprintf("%s%s", r->out, control ? "-control" : "");
	auto_strlist struct strlist command = { 0 };
	auto_case_facts struct case_facts f = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_run struct run run = { .setup = { .guest = { .lock = -1 } } };
	struct err why = ERR_INIT;

	repro_command(r->c, &command);
	if (plan_of(r, control, &plan, err))
		return err->code;
	struct plan_exec exec = { .argv = command.v,
				  .root = GUEST_ROOT,
				  .cwd = r->c->program ? "/case" : "/",
				  .timeout_s = r->c->timeout_s };
	struct run_request q = { .topology = topology,
				 .kernel = r->kernel,
				 .engine = r->engine,
				 .out = out,
				 .plan = plan,
				 .exec = &exec,
				 .exec_files = r->archive,
				 .progress = r->progress };
	int code = run_do(&q, &run, &why);
	note_kernel(&run.setup.kernel, r->kernel, m);
	if (code == -EINTR || code == -EINVAL || code == -ENOENT || code == -EEXIST) {
		*err = why;
		return code;
	}
	if (code) {
		snprintf(f.end, sizeof(f.end), "%s", code == BOOT_DIED ? "panic" : "");
		snprintf(f.why, sizeof(f.why), "%s", why.msg);
		facts_end(&f);
	} else {
		facts_of(r->c, &plan.user, &run, &f);
		m->digest = xstrdup(json_word(run.result, "digest"));
	}
	case_judge(r->c, &f, &m->verdict);
	m->values = json_incref(f.values);
	return 0;
}

/* The program must be able to say otherwise: with the control's knobs it has to. */
static int control(const struct repro *r, struct made *m, struct err *err)
{
	auto_made struct made other = { 0 };
	struct case_verdict *v = &m->verdict, *o = &other.verdict;

	if (!r->c->control.n || v->answer != CASE_SHOWS)
		return 0;
	if (machine(r, &r->c->control, &other, err))
		return err->code;
	if (o->answer == CASE_DOES_NOT) {
		size_t n = strlen(v->values);

		snprintf(v->values + n, sizeof(v->values) - n, "; control: %s", o->values);
		return 0;
	}
	v->answer = CASE_CANNOT_TELL;
	snprintf(v->why, sizeof(v->why), "the control, with %s%s, %s: %s", r->c->control.v[0],
		 r->c->control.n > 1 ? " and more" : "",
		 o->answer == CASE_SHOWS ? "shows it, too" : "cannot tell",
		 o->answer == CASE_SHOWS ? o->values : o->why);
	return 0;
}

/* --- a row ------------------------------------------------------------------------------------------------------------- */
/* What one answer looks like, of the case's text: "status -14". */
static json_t *looks(const struct case_file *c, enum case_answer a)
{
	json_t *rule = json_object_get(c->json, case_answer_key(a)), *value;
	auto_text struct text t = { 0 };
	const char *name;

	rule = json_is_array(rule) ? json_array_get(rule, 0) : rule;
	json_object_foreach (rule, name, value) {
		text_printf(&t, "%s%s ", t.len ? ", " : "", name);
		if (json_is_integer(value))
			text_printf(&t, "%lld", (long long)json_integer_value(value));
		else
			text_printf(&t, "%s", json_string_value(value));
	}
	return json_string(text_str(&t));
}

static void option(struct text *t, const char *letter, const char *value)
{
	text_printf(t, " %s ", letter);
	text_shell(t, value);
}

/* What is not the case's own, as options for a shell. */
static json_t *other(const struct repro *r)
{
	auto_text struct text t = { 0 };

	if (r->topology)
		option(&t, "-t", r->topology);
	for (size_t i = 0; i < r->user->user.n; i++) {
		auto_free char *knob = xasprintf("%s=%s", r->user->user.v[i].name, r->user->user.v[i].value);

		option(&t, "-s", knob);
	}
	if (r->engine && strcmp(r->engine, "exact") != 0)
		option(&t, "-e", r->engine);
	if (r->user->seed)
		text_printf(&t, " --seed %u", r->user->seed);
	if (r->user->shift != SHIFT_AUTO)
		text_printf(&t, " --shift %u", r->user->shift);
	return json_string(text_str(&t) + (t.len > 0));
}

/* To see this one alone. */
static json_t *command_line(const struct repro *r)
{
	auto_json json_t *more = other(r);
	const char *options = json_string_value(more);
	auto_text struct text t = { 0 };

	text_printf(&t, "numarig repro ");
	text_shell(&t, r->asked);
	option(&t, "-k", r->kernel);
	text_printf(&t, "%s%s", *options ? " " : "", options);
	return json_string(text_str(&t));
}

static json_t *version_json(const struct made *m)
{
	const unsigned *v = m->version;

	return !v[0]		  ? json_string("")
	       : m->exact_version ? json_sprintf("%u.%u.%u", v[0], v[1], v[2])
				  : json_sprintf("%u.%u", v[0], v[1]);
}

static json_t *row_of(const struct repro *r, const struct made *m)
{
	bool own = !r->topology && !r->user->user.n;
	enum case_answer expected = !own || !m->version[0] ? CASE_ANSWERS
				    : m->exact_version	   ? case_expected(r->c, m->version)
							   : case_expected_series(r->c, m->version);
	const struct case_verdict *v = &m->verdict;
	struct sha256 digest = { "" };
	struct err ignored = ERR_INIT;

	repro_digest(r->c, &digest, &ignored);
	json_t *row =
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s*, s:o, s:O?}", "case",
			  r->c->name, "kernel", m->kernel, "release", m->release, "topology",
			  r->topology ? r->topology : r->c->topology, "options", other(r), "answer",
			  case_answer_key(v->answer), "decides", v->values, "why", v->why, "case_digest",
			  digest.hex, "digest", m->digest, "command", command_line(r), "values", m->values);
	json_object_set_new(row, "version", version_json(m));
	if (expected == CASE_ANSWERS)
		return row;
	json_object_set_new(row, "expected", json_string(case_answer_key(expected)));
	json_object_set_new(row, "expected_values", looks(r->c, expected));
	if (v->answer != CASE_CANNOT_TELL || expected == CASE_CANNOT_TELL)
		json_object_set_new(row, "agrees", json_boolean(expected == v->answer));
	return row;
}

int repro_run(const struct repro *r, json_t **row, struct err *err)
{
	auto_made struct made m = { 0 };

	if (machine(r, NULL, &m, err) || control(r, &m, err))
		return err->code;
	*row = row_of(r, &m);
	return 0;
}

json_t *repro_unbuilt(const struct repro *r, const char *why)
{
	auto_made struct made m = { .kernel = xstrdup(r->kernel), .release = xstrdup("") };

	m.verdict.answer = CASE_CANNOT_TELL;
	snprintf(m.verdict.why, sizeof(m.verdict.why), "%s", why);
	return row_of(r, &m);
}
