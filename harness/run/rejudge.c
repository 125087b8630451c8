/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.json from a run directory: the one way results are made. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/parse.h"
#include "judge/ended.h"
#include "run/asked.h"
#include "result/entries.h"
#include "run/assemble.h"
#include "run/rejudge.h"
#include "run/jobs.h"
#include "trace/trace.h"
#include "workloads/lib/params.h"
#include "topo/attest.h"

struct judging {
	const char *dir;
	json_t *head;
	struct topo *topo;
	struct boot {
		char *name;
		struct records rec;
	} * boot; /* what machines showed before their instant; none but for exact */
	size_t boots;
	struct strlist lacks;
	unsigned kernel[3];
	int shift, schema;	     /* -1: no instruction clock; of raw/run.json */
	json_t *trace_head, *traced; /* NULL: not traced; entries of its workloads */
	json_t *entries, *host;	     /* what was judged: of the plan's workloads; how their machines ended */
	size_t judged;		     /* of the plan's; a damaged one may have left no entry */
	enum outcome outcome;
};

static const struct records *boot_named(const struct judging *g, const char *name)
{
	for (size_t i = 0; i < g->boots; i++)
		if (!strcmp(g->boot[i].name, name))
			return &g->boot[i].rec;
	return NULL;
}

static const struct workload *workload_named(const char *name)
{
	for (const struct workload_entry *e = workload_table; e->name; e++)
		if (name && !strcmp(e->name, name))
			return e->w;
	return NULL;
}

/* The machine must be the one that was asked for, before any number is believed. */
static int attest(struct judging *g, const struct records *booted, struct topo_guest *guest, struct err *err)
{
	const struct phase *boot = records_phase(booted, "boot");

	if (!boot)
		return err_set(err, -EBADMSG, "the guest did not show its machine");
	if (topo_attest(g->topo, &boot->raw, guest, err))
		return err->code;
	json_object_set_new(g->head, "nids", topo_guest_nids(guest));
	return 0;
}

/* By what a workload's times become instructions. With schema 1 the guest had made them so already. */
static int clocked(const struct judging *g)
{
	return g->schema == 1 && g->shift > 0 ? 0 : g->shift;
}

static bool skips(const struct judging *g, const struct workload *w, const struct pairs *notes,
		  struct judged *j)
{
	char why[WL_WORDS];

	judge_needs(w, g->topo, notes, g->kernel, &g->lacks, why, sizeof(why));
	if (!why[0])
		return false;
	j->outcome = OUTCOME_SKIP;
	snprintf(j->why, sizeof(j->why), "%s", why);
	return true;
}

/* `booted`: NULL when that is in front of the job's own records. */
static void judge_one(struct judging *g, const struct workload *w, const void *params,
		      const struct records *booted, const struct records *rec, const char *machine_end,
		      const char *torn, const json_t *asked, struct judged *j)
{
	struct topo_guest guest = { 0 };
	struct err err = ERR_INIT;

	*j = (struct judged){ .outcome = OUTCOME_BROKEN };
	if (w && skips(g, w, NULL, j))
		return; /* there was no machine */
	if (*machine_end || *torn) {
		snprintf(j->why, sizeof(j->why), "%s", *machine_end ? machine_end : torn);
		return;
	}
	if (attest(g, booted ? booted : rec, &guest, &err)) {
		snprintf(j->why, sizeof(j->why), "%s", err.msg);
		return;
	}
	if (asked_refused(asked, rec, booted, j))
		return;
	if (!w) { /* a program of the user's: nothing to judge */
		ended_judge(rec, j);
		return;
	}
	if (skips(g, w, booted ? &booted->notes : &rec->notes, j))
		return;
	judge_workload(w, params, rec, &guest, g->kernel, clocked(g), "", j);
	if (j->checks)
		judge_sound(rec, j);
}

/* The same of what the access trace adds. `main` is the judgement without it. */
static void trace_one(struct judging *g, const char *label, const struct workload *w, const void *params,
		      const struct records *booted, const struct records *rec, const struct judged *main,
		      struct judged *out)
{
	auto_free char *path = xasprintf("%s/raw/%s.access", g->dir, label);
	auto_access struct access a = { 0 };
	auto_access_regions struct access_regions mappings = { 0 };
	auto_free struct trace_weights *weights = xcalloc(1, sizeof(*weights));
	const char *lacks = json_string_value(json_object_get(g->trace_head, "lacks"));
	struct topo_guest guest = { 0 };
	struct err err = ERR_INIT;

	*out = (struct judged){ .outcome = main->outcome };
	if (main->outcome == OUTCOME_SKIP || main->outcome == OUTCOME_BROKEN) {
		snprintf(out->why, sizeof(out->why), "%s", main->why);
	} else if (lacks) { /* there is nothing to judge: no verdict of it joins the workload's own */
		out->outcome = OUTCOME_SKIP;
		snprintf(out->why, sizeof(out->why), "%s", lacks);
	} else if (access_read(path, &a, &err) || attest(g, booted ? booted : rec, &guest, &err) ||
		   (!w && traced_mappings(&a, rec, &mappings, &err))) {
		out->outcome = OUTCOME_BROKEN;
		snprintf(out->why, sizeof(out->why), "%s", err.msg);
		text_plain(out->why);
	} else if (w) {
		judge_traced(w, params, main, &a, &guest, g->kernel, clocked(g), out);
	}
	trace_weights(g->trace_head, g->topo, &guest, weights);
	json_array_append_new(g->traced,
			      trace_workload_json(label, w, &a, w ? NULL : &mappings, weights, out, path));
}

/* Parameters back from the plan's words. */
static int params_from(const struct workload *w, json_t *words, void **params, struct err *err)
{
	const char *name;
	json_t *value;

	*params = xcalloc(1, w->params.size);
	params_default(w, *params);
	json_object_foreach (words, name, value) {
		const char *word = json_string_value(value) ? json_string_value(value) : "", *sabotage;

		if (!strcmp(name, "sabotage") ? params_sabotage(w, word, &sabotage, err)
					      : params_set(w, *params, name, word, err))
			return err->code;
	}
	return 0;
}

/* The instruction clock goes on: where it does not, a count of instructions would be one that nobody counted. */
static void clock_goes_on(const struct judging *g, const struct records *rec, struct err *torn)
{
	for (size_t i = 1; !torn->code && g->shift >= 0 && i < rec->phases; i++)
		if (rec->phase[i].tsc < rec->phase[i - 1].tsc)
			err_set(torn, -EBADMSG, "phase %s: the time stamp counter is before that of phase %s",
				rec->phase[i].name, rec->phase[i - 1].name);
}

/* `item`: of the plan; NULL for exec. */
static enum outcome judge_entry(struct judging *g, const char *label, json_t *item, json_t *words)
{
	const char *workload = json_string_value(json_object_get(item, "workload"));
	auto_free char *machine = plan_boot_name(json_string_value(json_object_get(item, "append")));
	auto_free char *path = xasprintf("%s/raw/%s.records", g->dir, label);
	auto_free char *boot = xasprintf("%s/raw/%s.records", g->dir, machine);
	auto_json json_t *how_ended = job_exit_read(g->dir, label);
	const char *end = json_string_value(json_object_get(how_ended, "end"));
	const char *why = json_string_value(json_object_get(how_ended, "why"));
	const struct workload *w = workload_named(workload);
	auto_json json_t *asked = asked_knobs(json_object_get(json_object_get(g->head, "plan"), "knobs"), w);
	auto_free void *params = NULL;
	auto_records struct records rec = { 0 };
	auto_judged struct judged j = { 0 }, t = { 0 };
	struct err torn = ERR_INIT, bad = ERR_INIT;

	records_read(path, boot, &rec, &torn);
	clock_goes_on(g, &rec, &torn);
	if (workload && !w)
		err_set(&bad, -ENOENT, "this program has no workload \"%s\"", workload);
	else if (w)
		params_from(w, words, &params, &bad);
	judge_one(g, w, params, boot_named(g, machine), &rec,
		  bad.code			     ? bad.msg
		  : !end || strcmp(end, "done") != 0 ? why ? why : "died"
						     : "",
		  torn.code ? torn.msg : "", asked, &j);
	text_plain(j.why);
	json_t *entry = assemble_workload(label, words, w, &rec, &j, g->shift, path);
	json_array_append_new(g->entries, entry);
	if (g->schema > 1)
		assemble_ended(entry, &rec);
	if (g->schema > 1)
		json_object_set_new(entry, "knobs_differ",
				    asked_differing(asked, &rec, boot_named(g, machine)));
	if (j.outcome != OUTCOME_SKIP || path_exists(path))
		json_object_set(json_object_get(g->host, "machines"), label, how_ended);
	if (end && !strcmp(end, "interrupted"))
		json_object_set_new(g->host, "interrupted", json_true());
	if (g->trace_head)
		trace_one(g, label, w, params, boot_named(g, machine), &rec, &j, &t);
	return g->trace_head ? outcome_join(j.outcome, t.outcome) : j.outcome;
}

static int boot_read(struct judging *g, const char *own_append, struct err *err)
{
	auto_free char *name = plan_boot_name(own_append);
	auto_free char *path = xasprintf("%s/raw/%s.records", g->dir, name);

	if (boot_named(g, name) || !path_exists(path))
		return 0;
	g->boot = xrealloc(g->boot, (g->boots + 1) * sizeof(*g->boot));
	struct boot *b = &g->boot[g->boots++];
	*b = (struct boot){ .name = take_ptr(name) };
	return records_read(path, NULL, &b->rec, err) ? err_prefix(err, "%s", b->name) : 0;
}

static int boots_read(struct judging *g, struct err *err)
{
	json_t *item;
	size_t i;

	if (boot_read(g, NULL, err))
		return err->code;
	json_array_foreach (json_object_get(json_object_get(g->head, "plan"), "workloads"), i, item) {
		if (!beneath_name(json_word(item, "name")))
			return err_set(err, -EBADMSG, "%s: raw/run.json: workload %zu has no name", g->dir,
				       i);
		if (boot_read(g, json_string_value(json_object_get(item, "append")), err))
			return err->code;
	}
	return 0;
}

void judging_free(struct judging *g)
{
	if (!g)
		return;
	json_decref(g->head);
	json_decref(g->entries);
	json_decref(g->host);
	json_decref(g->trace_head);
	json_decref(g->traced);
	topo_free(g->topo);
	for (size_t i = 0; i < g->boots; i++) {
		free(g->boot[i].name);
		records_free(&g->boot[i].rec);
	}
	free(g->boot);
	strlist_free(&g->lacks);
	free(g);
}

static int read_head(struct judging *g, struct err *err)
{
	auto_free char *raw = xasprintf("%s/raw", g->dir);
	auto_free char *head = xasprintf("%s/run.json", raw);
	json_t *option;
	struct err why = ERR_INIT;
	size_t i;

	if (beneath_plain(raw, err))
		return err->code;
	if (!path_exists(head))
		return err_set(err, -ENOENT, "%s: is no run directory: it has no raw/run.json", g->dir);
	g->head = parse_file(head, &why);
	if (!json_is_object(g->head))
		return err_set(err, -EBADMSG, "%s: is no run directory: raw/run.json: %s", g->dir,
			       g->head ? "is no object" : why.msg);
	json_t *t = json_object_get(g->head, "topology");
	char *text = json_dumps(json_object_get(t, "file"), 0);
	const char *name = json_string_value(json_object_get(t, "name"));
	int r = text && name ? topo_parse(text, strlen(text), name, &g->topo, err)
			     : err_set(err, -EBADMSG, "%s: raw/run.json has no topology", g->dir);
	free(text);
	json_t *kernel = json_object_get(g->head, "kernel");
	const char *release = json_string_value(json_object_get(kernel, "release"));
	kernel_version(release ? release : "", g->kernel);
	g->schema = (int)json_integer_value(json_object_get(g->head, "schema"));
	if (g->schema < 1 || g->schema > RESULT_SCHEMA)
		return err_set(err, -EBADMSG,
			       "%s: raw/run.json has schema %d; this program reads schemas 1 to %d", g->dir,
			       g->schema, RESULT_SCHEMA);
	g->shift = -1;
	if (!strcmp(json_word(g->head, "engine"), "exact"))
		g->shift =
			(int)json_integer_value(json_object_get(json_object_get(g->head, "inputs"), "shift"));
	json_array_foreach (json_object_get(kernel, "lacks"), i, option) {
		if (json_is_string(option))
			strlist_add(&g->lacks, "%s", json_string_value(option));
	}
	auto_free char *trace = xasprintf("%s/raw/trace.json", g->dir);
	if (path_exists(trace)) {
		g->trace_head = parse_file(trace, &why);
		g->traced = json_array();
		if (!json_is_object(g->trace_head) && !r)
			r = err_set(err, -EBADMSG, "%s: raw/trace.json: %s", g->dir,
				    g->trace_head ? "is no object" : why.msg);
	}
	return r ? r : boots_read(g, err);
}

int judging_open(const char *dir, struct judging **out, struct err *err)
{
	struct judging *g = xcalloc(1, sizeof(*g));
	struct utsname u;

	uname(&u);
	*g = (struct judging){ .dir = dir, .entries = json_array(), .outcome = OUTCOME_SKIP };
	g->host = json_pack("{s:s, s:{}}", "machine", u.nodename, "machines");
	if (read_head(g, err)) {
		judging_free(g);
		return err->code;
	}
	*out = g;
	return 0;
}

static json_t *next_item(const struct judging *g)
{
	return json_array_get(json_object_get(json_object_get(g->head, "plan"), "workloads"), g->judged);
}

const char *judging_next(const struct judging *g)
{
	const json_t *item = next_item(g), *plan = json_object_get(g->head, "plan");

	if (item)
		return json_word(item, "name");
	return json_array_size(json_object_get(plan, "workloads")) || g->judged ? NULL : "exec";
}

const json_t *judging_judge(struct judging *g)
{
	json_t *item = next_item(g), *of = item ? item : json_object_get(g->head, "plan");
	enum outcome o = judge_entry(g, judging_next(g), item, json_object_get(of, item ? "params" : "exec"));

	g->outcome = g->judged++ ? outcome_join(g->outcome, o) : o;
	return json_array_get(g->entries, json_array_size(g->entries) - 1);
}

const json_t *judging_head(const struct judging *g)
{
	return g->head;
}

const json_t *judging_host(const struct judging *g)
{
	return g->host;
}

int judging_end(struct judging *g, json_t **result, enum outcome *outcome, struct err *err)
{
	struct sha256 digest;

	while (judging_next(g) && !interrupted())
		judging_judge(g);
	if (interrupt_check(err))
		return err->code;
	*outcome = g->outcome;
	*result = json_deep_copy(g->head);
	json_object_set_new(*result, "knobs", assemble_knobs(json_object_get(g->head, "plan")));
	json_object_set(*result, "workloads", g->entries);
	/* of the host that ran it, which may be another; NULL sets nothing */
	json_object_set(g->host, "packages", json_object_get(*result, "packages"));
	json_object_del(*result, "packages");
	json_object_set(*result, "host", g->host);
	result_digest(*result, &digest);
	json_object_set_new(*result, "digest", json_string(digest.hex));
	if (g->trace_head)
		json_object_set_new(*result, "trace", trace_json(g->trace_head, take_ptr(g->traced)));
	return 0;
}

int run_judge(const char *dir, json_t **result, enum outcome *outcome, struct err *err)
{
	auto_judging struct judging *g = NULL;

	return judging_open(dir, &g, err) || judging_end(g, result, outcome, err) ? err->code : 0;
}
