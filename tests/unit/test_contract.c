/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What workloads/workload.h promises of every workload's descriptor: each check is rows or a function, each row can be read
 * and names what there is, and each check is seen to fail by a row of the sabotage table. Made descriptors show what is
 * refused. With the argument `premises` it prints those rows for tests/e2e/premises.sh: topology|workload|options|checks.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/text.h"
#include "judge/judge.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/params.h"
#include "workloads/lib/wants_read.h"
#include "workloads/lib/expression.h"

/* A word among others with blanks between them. */
static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && !memcmp(at, word, n))
			return true;
	return false;
}

/* Whether it is of a node: 1, 0, and -1 for one that the workload reports as it likes. */
static int of_nodes(enum wl_source from)
{
	switch (from) {
	case WL_VMSTAT:
	case WL_DMESG_MATCHES:
	case WL_TRACE:
		return 0;
	case WL_NUMASTAT:
	case WL_NODE_VMSTAT:
	case WL_NODE_MEMINFO:
	case WL_MAPS_TEXT:
	case WL_MAPS_FILE:
	case WL_MAPS_ANON:
	case WL_TRACE_NODE:
	case WL_TRACE_CPU_NODE:
		return 1;
	case WL_REPORTED:
	case WL_CLOCKED:
		break;
	}
	return -1;
}

/* A row that can be judged: its metric and names are the workload's, its condition and nodes can be read. */
static int row_check(const struct workload *w, const struct wl_want *row, struct err *err)
{
	const struct wl_metric *m =
		expression_metric(w, (struct condition_part){ row->metric, strlen(row->metric) });
	struct expression x = { .w = w, .nid = -1 };
	struct want want;
	int64_t value;
	int nid;

	if (!m)
		return err_set(err, -EINVAL, "%s: the workload has no such metric", row->metric);
	if (want_read(row, &want, err) || expression_value(&x, want.is.lo, &value, err) ||
	    (want.is.op == CONDITION_WITHIN && expression_value(&x, want.is.hi, &value, err)))
		return err_prefix(err, "%s", row->metric);
	if (of_nodes(m->from) == (want.nodes == MACHINE))
		return err_set(err, -EINVAL, "%s: is counted %s", row->metric,
			       of_nodes(m->from) ? "by node: want nodes"
						 : "for the whole machine: want no node");
	for (unsigned i = 0; i < want.names; i++)
		if (expression_node(&x, want.name[i], &nid, err))
			return err_prefix(err, "%s", row->metric);
	return want.names || (want.nodes != ON && want.nodes != NOT_ON && want.nodes != ONLY_ON)
		       ? 0
		       : err_set(err, -EINVAL, "%s: names no node", row->metric);
}

static int rows_check(const struct workload *w, const struct wl_wants *rows, struct err *err)
{
	wl_foreach (row, rows)
		if (row_check(w, row, err))
			return err->code;
	return 0;
}

static int one_check(const struct workload *w, const struct wl_expect *e, struct err *err)
{
	bool rows = e->wants.n || e->documented.n;

	if (rows == (e->judge != NULL))
		return err_set(err, -EINVAL,
			       rows ? "has both rows and a function" : "has neither rows nor a function");
	if (!e->documented.n != !e->why || (e->wished.n && !e->documented.n))
		return err_set(err, -EINVAL, ".documented, .why and .wished belong together");
	return rows_check(w, &e->wants, err) || rows_check(w, &e->documented, err) ||
			       rows_check(w, &e->wished, err)
		       ? err->code
		       : 0;
}

static bool fails_in(const struct workload *w, const char *check, bool traced)
{
	wl_foreach (s, &w->sabotage)
		if (has_word(s->fails, check) && (!traced || (s->options && has_word(s->options, "--trace"))))
			return true;
	return false;
}

static int table_check(const struct workload *w, const struct wl_expects *table, bool traced, struct err *err)
{
	wl_foreach (e, table) {
		if (one_check(w, e, err))
			return err_prefix(err, "%s", e->name);
		if (!fails_in(w, e->name, traced))
			return err_set(err, -EINVAL, "%s: no row of the sabotage table has it fail%s",
				       e->name, traced ? " with --trace" : "");
		wl_foreach (other, table)
			if (other < e && !strcmp(other->name, e->name))
				return err_set(err, -EINVAL, "%s: stands there twice", e->name);
	}
	return 0;
}

static bool is_check(const struct workload *w, const char *word)
{
	const struct wl_expects *const tables[] = { &w->expects, &w->trace_expects, &judge_sound_expects };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		wl_foreach (e, tables[i])
			if (!strcmp(e->name, word))
				return true;
	return false;
}

static int params_check(const struct workload *w, const char *list, struct err *err)
{
	auto_free void *params = calloc(1, w->params.size + 1);
	auto_free char *words = strdup(list ? list : "");

	for (char *one = strtok(words, ","); one; one = strtok(NULL, ",")) {
		char *eq = strchr(one, '=');

		if (!eq)
			return err_set(err, -EINVAL, "\"%s\" is no PARAM=VALUE", one);
		*eq = 0;
		if (params_set(w, params, one, eq + 1, err))
			return err->code;
	}
	return 0;
}

static int sabotage_check(const struct workload *w, const struct wl_sabotage *s, struct err *err)
{
	auto_free char *words = strdup(s->fails ? s->fails : "");
	size_t len = s->breaks ? strlen(s->breaks) : 0;

	if (s->name ? s->name[strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789-")]
		    : !s->options && !s->params)
		return err_set(err, -EINVAL,
			       s->name ? "its name is not of small letters, digits and -"
				       : "a row without a name needs options or parameters");
	if (len < 10 || s->breaks[len - 1] != '.' || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ`", *s->breaks))
		return err_set(err, -EINVAL, ".breaks is no sentence");
	if (!*words)
		return err_set(err, -EINVAL, "no check fails");
	for (char *one = strtok(words, " "); one; one = strtok(NULL, " "))
		if (!is_check(w, one))
			return err_set(err, -EINVAL, "there is no check %s", one);
	return params_check(w, s->params, err);
}

static int metrics_check(const struct wl_metrics *table, struct err *err)
{
	wl_foreach (m, table)
		if (m->name[strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_")])
			return err_set(err, -EINVAL,
				       "metric %s: its name is not of small letters, digits and _", m->name);
	return 0;
}

static int contract_check(const struct workload *w, struct err *err)
{
	if (metrics_check(&w->metrics, err) || metrics_check(&w->trace_metrics, err) ||
	    table_check(w, &w->expects, false, err) || table_check(w, &w->trace_expects, true, err))
		return err->code;
	wl_foreach (s, &w->sabotage)
		if (sabotage_check(w, s, err))
			return err_prefix(err, "sabotage %s", s->name ? s->name : s->breaks);
	return 0;
}

static void every_workload(void **state)
{
	unsigned n = 0, bad = 0;

	(void)state;
	for (const struct workload_entry *e = workload_table; e->name; e++, n++) {
		struct err err = ERR_INIT;

		if (contract_check(e->w, &err))
			print_error("workloads/%s.c: %s\n", e->name, err.msg);
		bad += err.code != 0;
	}
	assert_true(n > 0);
	assert_int_equal(bad, 0);
}

/* --- what is refused -------------------------------------------------------------------------------------------------- */
struct params {
	uint64_t pages;
};

static const struct wl_param rows_of_params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "8", 1, 16, "pages" },
};

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED },
	{ "got", "pages", WL_REPORTED },
	{ "miss", "pages", WL_NUMASTAT, "numa_miss", "start", "end" },
	{ "stalls", "1", WL_VMSTAT, "allocstall", "start", "end" },
};

static void any(const struct wl_view *v, struct wl_verdict *out)
{
	wl_worse(out, v ? OUTCOME_PASS : OUTCOME_FAIL, "is");
}

#define GOOD_ROW                                     \
	{                                            \
		"break-it", "It is broken.", "check" \
	}
#define GOOD .wants = WL_WANTS({ "got", "pages", "only on near" })
#define ROW(...) .wants = WL_WANTS({ __VA_ARGS__ })

static const struct {
	struct wl_expect expect;
	struct wl_sabotage sabotage;
	const char *refused;
} made[] = {
	{ { "check", "N1", "is so", GOOD }, GOOD_ROW, "" },
	{ { "check", "N1", "is so", any }, GOOD_ROW, "" },
	{ { "check", "N1", "is so" }, GOOD_ROW, "check: has neither rows nor a function" },
	{ { "check", "N1", "is so", any, GOOD }, GOOD_ROW, "check: has both rows and a function" },
	{ { "check", "N1", "is so", .documented = WL_WANTS({ "near", "1" }) },
	  GOOD_ROW,
	  "check: .documented, .why and .wished belong together" },
	{ { "check", "N1", "is so", GOOD, .wished = WL_WANTS({ "near", "1" }) },
	  GOOD_ROW,
	  "check: .documented, .why and .wished belong together" },
	{ { "check", "N1", "is so", ROW("gto", "1") },
	  GOOD_ROW,
	  "check: gto: the workload has no such metric" },
	{ { "check", "N1", "is so", ROW("got", "page", "on near") },
	  GOOD_ROW,
	  "check: got: \"page\": \"page\" is no parameter, metric or error" },
	{ { "check", "N1", "is so", ROW("got", "=> 1", "on near") },
	  GOOD_ROW,
	  "check: got: \"=> 1\": is no condition: want \">= 1\", or \"== => 1\" for this very text" },
	{ { "check", "N1", "is so", ROW("got", "~ 1", "on near") },
	  GOOD_ROW,
	  "check: got: \"~ 1\": metrics are numbers" },
	{ { "check", "N1", "is so", ROW("got", "1 2", "on near") },
	  GOOD_ROW,
	  "check: got: \"1 2\": want an operator (+ - * /) between two numbers" },
	{ { "check", "N1", "is so", ROW("got", ">= ", "on near") },
	  GOOD_ROW,
	  "check: got: \"\": want a number, or the name of a parameter or metric" },
	{ { "check", "N1", "is so", ROW("got", "1", "on far") },
	  GOOD_ROW,
	  "check: got: \"far\": \"far\" is no parameter, metric or error" },
	{ { "check", "N1", "is so", ROW("got", "1", "on ") }, GOOD_ROW, "check: got: names no node" },
	{ { "check", "N1", "is so", ROW("got", "1", "everywhere") },
	  GOOD_ROW,
	  "check: got: \"everywhere\": want each node, each CPU node, on NODE, not on NODE, only on NODE or in all" },
	{ { "check", "N1", "is so", ROW("miss", "0") },
	  GOOD_ROW,
	  "check: miss: is counted by node: want nodes" },
	{ { "check", "N1", "is so", ROW("stalls", "0", "each node") },
	  GOOD_ROW,
	  "check: stalls: is counted for the whole machine: want no node" },
	{ { "check", "N1", "is so", GOOD },
	  { "break-it", "It is broken.", "other" },
	  "check: no row of the sabotage table has it fail" },
	{ { "check", "N1", "is so", GOOD },
	  { "break-it", "It is broken.", "check other" },
	  "sabotage break-it: there is no check other" },
	{ { "check", "N1", "is so", GOOD },
	  { "Break", "It is broken.", "check" },
	  "sabotage Break: its name is not of small letters, digits and -" },
	{ { "check", "N1", "is so", GOOD },
	  { NULL, "It is broken.", "check" },
	  "sabotage It is broken.: a row without a name needs options or parameters" },
	{ { "check", "N1", "is so", GOOD },
	  { "break-it", "broken", "check" },
	  "sabotage break-it: .breaks is no sentence" },
	{ { "check", "N1", "is so", GOOD },
	  { "break-it", "It is broken.", "check", NULL, "pages=17" },
	  "sabotage break-it: parameter pages: 17 is out of range (1 to 16)" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		const struct workload w = { .params = WL_PARAMS(rows_of_params, struct params),
					    .metrics = WL_LIST(metrics),
					    .expects = { &made[i].expect, 1 },
					    .sabotage = { &made[i].sabotage, 1 } };
		struct err err = ERR_INIT;

		contract_check(&w, &err);
		assert_string_equal(err.msg, made[i].refused);
	}
}

static void traced_checks_fail_traced(void **state)
{
	static const struct wl_expect expect = { "check", "N1", "is so", any };
	struct wl_sabotage row = GOOD_ROW;
	const struct workload w = { .trace_expects = { &expect, 1 }, .sabotage = { &row, 1 } };
	struct err err = ERR_INIT;

	(void)state;
	contract_check(&w, &err);
	assert_string_equal(err.msg, "check: no row of the sabotage table has it fail with --trace");
	row.options = "-s a=b --trace";
	assert_int_equal(contract_check(&w, &err), 0);
}

static void sabotage_by_name(void **state)
{
	static const struct wl_sabotage rows[] = { GOOD_ROW,
						   { NULL, "It is slow.", "check", "-s a=b" },
						   GOOD_ROW };
	const struct workload w = { .sabotage = WL_LIST(rows) }, without = { 0 };
	struct err err = ERR_INIT;
	const char *name = NULL;

	(void)state;
	assert_int_equal(params_sabotage(&w, "break-it", &name, &err), 0);
	assert_string_equal(name, "break-it");
	assert_int_equal(params_sabotage(&w, "break", &name, &err), -EINVAL);
	assert_string_equal(err.msg, "has no sabotage \"break\" (it has: break-it)");
	assert_int_equal(params_sabotage(&without, "", &name, &err), -EINVAL);
	assert_string_equal(err.msg, "has no sabotage \"\" (it has: none)");
}

/* --- for tests/e2e/premises.sh ------------------------------------------------------------------------------------------ */
static void print_premises(void)
{
	for (const struct workload_entry *e = workload_table; e->name; e++)
		wl_foreach (s, &e->w->sabotage) {
			const char *own = s->params ? s->params : "";

			printf("%s|%s%s%s%s%s%s|%s|%s\n", s->topology ? s->topology : "4node", e->name,
			       s->name || *own ? ":" : "", s->name ? "sabotage=" : "", s->name ? s->name : "",
			       s->name && *own ? "," : "", own, s->options ? s->options : "", s->fails);
		}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_workload),
		cmocka_unit_test(refused),
		cmocka_unit_test(traced_checks_fail_traced),
		cmocka_unit_test(sabotage_by_name),
	};

	if (argc == 2 && !strcmp(argv[1], "premises")) {
		print_premises();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
