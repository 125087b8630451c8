/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/compare_inputs.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "judge/summary_differs.h"

/* --- what was asked for ------------------------------------------------------------------------------------------------- */
static void named(struct text *out, const char *fmt, const char *name)
{
	text_printf(out, "%s", out->len ? ", " : "");
	text_printf(out, "%s%s", fmt, name);
}

/* "64, 128" */
static void both_values(const json_t *a, const json_t *b, struct text *out)
{
	if (json_is_string(a) && json_is_string(b))
		text_printf(out, " (%s, %s)", json_string_value(a), json_string_value(b));
}

/* Members that both have have to be equal: those that are not are named. Of those that one has there are rows. */
static void same_members(struct comparing *c, const json_t *was, const json_t *is, const char *workload,
			 const char *what, const char *place, struct text *differs)
{
	auto_json json_t *all = comparing_both(was, is);
	const char *key;
	json_t *v;

	json_object_foreach (all, key, v) {
		const json_t *a = json_object_get(was, key), *b = json_object_get(is, key);

		if (!a || !b) {
			comparing_one_sided(c, workload, what, key, a, b);
		} else if (!json_equal(a, b)) {
			named(differs, place, key);
			both_values(a, b, differs);
		}
	}
}

static void apart(struct comparing *c, const char *workload, const char *what, const char *name,
		  const json_t *was, const json_t *is)
{
	json_object_set_new(c->apart, workload, json_true());
	comparing_add(c, COMPARE_GONE,
		      comparing_row(workload, what, name, was, is,
				    "is another now: this workload is not compared"));
}

/* Two machines are the same when their nodes are; a description and a name do not count. */
static bool same_machine(const json_t *was, const json_t *is)
{
	auto_json json_t *a = json_copy(json_object_get(was, "file")),
			 *b = json_copy(json_object_get(is, "file"));

	json_object_del(a, "about");
	json_object_del(b, "about");
	return a && b && json_equal(a, b);
}

/* A workload of both that has another parameter, or is another one under that name, is not compared: a row says so. */
static bool same_workload(struct comparing *c, const char *name, const json_t *was, const json_t *is,
			  struct text *differs)
{
	const json_t *params = json_object_get(was, "params"), *others = json_object_get(is, "params");
	auto_free char *place = xasprintf("workload %s: ", name);
	size_t before = differs->len;
	const char *key;
	json_t *a;

	if (strcmp(json_word(was, "workload"), json_word(is, "workload")) != 0) {
		named(differs, "workload ", name);
		both_values(json_object_get(was, "workload"), json_object_get(is, "workload"), differs);
		apart(c, name, "workload", "", json_object_get(was, "workload"),
		      json_object_get(is, "workload"));
		return false;
	}
	json_object_foreach ((json_t *)(uintptr_t)params, key, a) {
		const json_t *b = json_object_get(others, key);

		if (!b || json_equal(a, b))
			continue;
		named(differs, place, key);
		both_values(a, b, differs);
		apart(c, name, "parameter", key, a, b);
	}
	if (differs->len == before)
		same_members(c, params, others, name, "parameter", place, differs);
	return differs->len == before;
}

/* Refuses when there is none of both that can be compared. */
static void same_workloads(struct comparing *c, const json_t *was, const json_t *is, struct text *differs)
{
	auto_text struct text parameters = { 0 };
	const char *key;
	bool any = false;
	json_t *a;

	json_object_foreach ((json_t *)(uintptr_t)was, key, a) {
		const json_t *b = json_object_get(is, key);

		if (b && same_workload(c, key, a, b, &parameters))
			any = true;
	}
	if (!any && !differs->len)
		named(differs, "", parameters.len ? parameters.s : "workloads: none is on both sides");
}

/* What the user set: each on both sides, and the same; a run with a knob answers another question than one without. */
static void same_knobs(const json_t *was, const json_t *is, struct text *differs)
{
	auto_json json_t *all = comparing_both(was, is);
	const char *key;
	json_t *v;

	json_object_foreach (all, key, v) {
		const json_t *a = json_object_get(was, key), *b = json_object_get(is, key);

		if (a && b && json_equal(a, b))
			continue;
		named(differs, "knob ", key);
		both_values(a, b, differs);
		if (!a || !b)
			text_printf(differs, " (set on one side)");
	}
}

/* All of the plan but what stands in the names of the kernel's options, which is this program's part. */
static void same_plan(struct comparing *c, struct text *differs)
{
	const json_t *a = json_object_get(c->was, "plan"), *b = json_object_get(c->is, "plan");
	auto_json json_t *was = json_copy((json_t *)(uintptr_t)a), *is = json_copy((json_t *)(uintptr_t)b);
	bool programs = json_object_get(a, "exec") && json_object_get(b, "exec");

	static const char *const apart[] = { "workloads", "knobs", "exec" };
	for (size_t i = 0; i < ARRAY_SIZE(apart); i++) {
		json_object_del(was, apart[i]);
		json_object_del(is, apart[i]);
	}
	same_knobs(json_object_get(a, "knobs"), json_object_get(b, "knobs"), differs);
	same_members(c, was, is, "", "plan", "", differs);
	if (programs)
		same_members(c, json_object_get(a, "exec"), json_object_get(b, "exec"), "exec", "parameter",
			     "exec: ", differs);
	else
		same_workloads(c, json_object_get(a, "workloads"), json_object_get(b, "workloads"), differs);
}

static void same_seed(const struct comparing *c, struct text *differs)
{
	const json_t *a = json_array_get(json_object_get(c->was, "runs"), 0);
	const json_t *b = json_array_get(json_object_get(c->is, "runs"), 0);

	if (strcmp(json_word(c->was, "engine"), "exact") != 0 || comparing_runs(c->was) != 1 ||
	    comparing_runs(c->is) != 1 || json_equal(json_object_get(a, "seed"), json_object_get(b, "seed")))
		return;
	text_printf(differs, "%sseed (%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT ")",
		    differs->len ? ", " : "", json_integer_value(json_object_get(a, "seed")),
		    json_integer_value(json_object_get(b, "seed")));
}

int comparing_inputs(struct comparing *c, struct err *err)
{
	const json_t *x = json_object_get(c->was, "topology"), *y = json_object_get(c->is, "topology");
	const json_t *in_was = json_object_get(c->was, "inputs"), *in_is = json_object_get(c->is, "inputs");
	auto_text struct text differs = { 0 };

	if (strcmp(json_word(c->was, "engine"), json_word(c->is, "engine")) != 0)
		text_printf(&differs, "engine (%s, %s)", json_word(c->was, "engine"),
			    json_word(c->is, "engine"));
	if (!same_machine(x, y)) {
		named(&differs, "topology", "");
		both_values(json_object_get(x, "name"), json_object_get(y, "name"), &differs);
	}
	if (strcmp(json_word(in_was, "files"), json_word(in_is, "files")) != 0)
		named(&differs, "files", "");
	same_plan(c, &differs);
	same_members(c, json_object_get(c->was, "declared"), json_object_get(c->is, "declared"), "", "knob",
		     "declared ", &differs);
	same_seed(c, &differs);
	return differs.len ? err_set(err, -EINVAL, "can't be compared: not the same %s", differs.s) : 0;
}

/* --- what may differ ------------------------------------------------------------------------------------------------------ */
static bool equal(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

/* Inputs in this order, and then those that this program does not know. */
static void inputs_differ(const json_t *was, const json_t *is, struct text *out)
{
	static const char *const first[] = { "qemu",	   "firmware",	"kernel",  "steady",
					     "boot_image", "initramfs", "boot_job" };
	auto_json json_t *all = json_object(), *rest = comparing_both(was, is);
	const char *key;
	json_t *v;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		json_object_set_new(all, first[i], json_null());
	json_object_update(all, rest);
	json_object_foreach (all, key, v) {
		if (strcmp(key, "files") != 0 && !equal(json_object_get(was, key), json_object_get(is, key)))
			named(out, "", key);
	}
}

bool comparing_same_job(const struct comparing *c, const char *label)
{
	const json_t *was = json_object_get(json_object_get(c->was, "plan"), "workloads"),
		     *is = json_object_get(json_object_get(c->is, "plan"), "workloads");
	auto_free char *name = xasprintf("%.*s", (int)strcspn(label, " "), label);

	return equal(json_object_get(was, name), json_object_get(is, name));
}

/* Where a program of the host is another: by whose packages. */
static void packages_differ(const json_t *was, const json_t *is, struct text *out)
{
	const char *name;
	json_t *a;

	json_object_foreach ((json_t *)(uintptr_t)was, name, a) {
		const json_t *b = json_object_get(is, name);

		if (!b || json_equal(a, b))
			continue;
		named(out, "package ", name);
		both_values(a, b, out);
	}
}

void comparing_differs(const struct comparing *c, struct text *out)
{
	inputs_differ(json_object_get(c->was, "inputs"), json_object_get(c->is, "inputs"), out);
	if (!equal(json_object_get(c->was, "declared"), json_object_get(c->is, "declared")))
		named(out, "", "declared knobs");
	if (comparing_hosts(c))
		packages_differ(json_object_get(c->was, "packages"), json_object_get(c->is, "packages"), out);
}

bool comparing_hosts(const struct comparing *c)
{
	static const char *const of_host[] = { "qemu", "firmware", "steady", "initramfs" };
	const json_t *was = json_object_get(c->was, "inputs"), *is = json_object_get(c->is, "inputs");

	for (size_t i = 0; i < ARRAY_SIZE(of_host); i++)
		if (!equal(json_object_get(was, of_host[i]), json_object_get(is, of_host[i])))
			return true;
	return false;
}

/* --- the same inputs ---------------------------------------------------------------------------------------------------- */
static const json_t *run_of_seed(const json_t *summary, json_int_t seed)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(summary, "runs"), i, r) {
		if (json_integer_value(json_object_get(r, "seed")) == seed)
			return r;
	}
	return NULL;
}

static bool same_seeds(const json_t *was, const json_t *is)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(was, "runs"), i, r) {
		if (!run_of_seed(is, json_integer_value(json_object_get(r, "seed"))))
			return false;
	}
	return comparing_runs(was) == comparing_runs(is);
}

static void defect(struct comparing *c, const char *what, const char *who, const json_t *a, const json_t *b)
{
	auto_free char *name =
		xasprintf("seed %" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(a, "seed")));

	comparing_add(
		c, COMPARE_INEXACT,
		comparing_row(who, what, name, json_object_get(a, what), json_object_get(b, what),
			      "equal inputs, other records: a defect of the harness, please report it"));
}

/* Of each workload that both have, where it is known, and over all of them where both have the same. False: they differ. */
static bool same_raws(const struct comparing *c, const json_t *a, const json_t *b, const char *what,
		      struct text *who)
{
	const json_t *x = json_object_get(json_object_get(a, "raws"), what);
	const json_t *y = json_object_get(json_object_get(b, "raws"), what);
	bool plans = json_equal(json_object_get(json_object_get(c->was, "plan"), "workloads"),
				json_object_get(json_object_get(c->is, "plan"), "workloads"));
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)x, name, v) {
		const json_t *w = json_object_get(y, name);

		if (w && comparing_same_job(c, name) && !json_equal(v, w))
			text_printf(who, "%s%s", who->len ? ", " : "", name);
	}
	const json_t *all = json_object_get(a, what), *other = json_object_get(b, what);
	return !who->len && (!plans || !all || !other || json_equal(all, other));
}

/* Records of equal inputs are equal; when they are not that is no finding about the kernel. */
bool comparing_exactness(struct comparing *c)
{
	json_t *a;
	size_t i;

	json_array_foreach (json_object_get(c->was, "runs"), i, a) {
		const json_t *b = run_of_seed(c->is, json_integer_value(json_object_get(a, "seed")));
		auto_text struct text who = { 0 };

		bool traced = json_object_get(a, "trace") && json_object_get(b, "trace") &&
			      json_equal(json_object_get(a, "plugin"), json_object_get(b, "plugin"));

		if (!b)
			continue;
		if (!same_raws(c, a, b, "records", &who))
			defect(c, "records", text_str(&who), a, b);
		else if (traced && !same_raws(c, a, b, "trace", &who))
			defect(c, "trace", text_str(&who), a, b);
	}
	return same_seeds(c->was, c->is);
}
