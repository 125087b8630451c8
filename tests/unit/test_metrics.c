/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/metrics.h: each source of numbers, over made records; missing is absent, never zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "judge/metrics.h"
#include "tests/unit/stream.h"

#define NODE "/sys/devices/system/node/node"

static const struct wl_metric table[] = {
	{ "reported", "pages", WL_REPORTED },
	{ "faults", "1", WL_VMSTAT, "numa_hint_faults", "start", "touched" },
	{ "hit", "pages", WL_NUMASTAT, "numa_hit", "start", "touched" },
	{ "anon", "pages", WL_NODE_VMSTAT, "nr_anon_pages", "start", "touched" },
	{ "free", "kB", WL_NODE_MEMINFO, "MemFree", NULL, "touched" },
	{ "oops", "lines", WL_DMESG_MATCHES, "soft lockup" },
};

static const struct workload made = { .metrics = WL_LIST(table) };

/* What came of the records, a metric a line: "name nid value". */
static char *collected_at(const struct workload *w, struct stream *s, int shift)
{
	struct topo_guest g = { .nodes = 2, .node = { { .nid = 0 }, { .nid = 2 } } };
	auto_records struct records r = { 0 };
	auto_text struct text t = { 0 };
	struct wl_value *v = NULL;
	struct err err = ERR_INIT;
	size_t n;

	stream_end(s);
	if (records_parse(s->t.s, s->t.len, NULL, &r, &err))
		fail_msg("%s", err.msg);
	int code = metrics_collect(w, &r, &g, shift, &v, &n, &err);
	if (code)
		text_printf(&t, "error %d %s\n", code == -EINVAL, err.msg);
	for (size_t i = 0; !code && i < n; i++)
		text_printf(&t, "%s %d %lld\n", v[i].name, v[i].nid, (long long)v[i].value);
	free(v);
	return xstrdup(text_str(&t));
}

static char *collected(const struct workload *w, struct stream *s)
{
	return collected_at(w, s, 5);
}

static void every_source(void **state)
{
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_PHASE, "start", "1");
	stream_add(&s, FRAME_FILE, "/proc/vmstat", "nr_x 1\nnuma_hint_faults 100\n");
	stream_add(&s, FRAME_FILE, NODE "0/numastat", "numa_hit 10\nnuma_miss 0\n");
	stream_add(&s, FRAME_FILE, NODE "2/numastat", "numa_hit 20\nnuma_miss 0\n");
	stream_add(&s, FRAME_FILE, NODE "0/vmstat", "nr_anon_pages 500\n");
	stream_add(&s, FRAME_FILE, NODE "2/vmstat", "nr_anon_pages 600\n");
	stream_add(&s, FRAME_FILE, NODE "0/meminfo", "Node 0 MemFree:  1000 kB\n");
	stream_add(&s, FRAME_FILE, NODE "2/meminfo", "Node 2 MemFree:  2000 kB\n");
	stream_add(&s, FRAME_VALUE, "reported", "2 7");
	stream_add(&s, FRAME_VALUE, "reported", "-1 1");
	stream_add(&s, FRAME_VALUE, "reported", "0 5");
	stream_add(&s, FRAME_VALUE, "reported", "2 8"); /* the last one counts */
	stream_add(&s, FRAME_PHASE, "touched", "2");
	stream_add(&s, FRAME_DELTA, "/proc/vmstat", "1 numa_hint_faults 350\n");
	stream_add(&s, FRAME_DELTA, NODE "2/numastat", "0 numa_hit 25\n");
	stream_add(&s, FRAME_DELTA, NODE "0/vmstat", "0 nr_anon_pages 499\n"); /* a rise below zero */
	stream_add(&s, FRAME_DELTA, NODE "0/meminfo", "0 Node 0 MemFree:  900 kB\n");
	stream_add(&s, FRAME_PHASE, "end", "3");
	stream_add(&s, FRAME_DELTA, "/proc/vmstat", "1 numa_hint_faults 999\n"); /* behind .until */
	stream_add(&s, FRAME_FILE, "dmesg", "a soft lockup, soft lockup\nfine\nsoft lockup\n");
	auto_free char *text = collected(&made, &s);
	assert_string_equal(text, "reported -1 1\nreported 0 5\nreported 2 8\n"
				  "faults -1 250\n"
				  "hit 0 0\nhit 2 5\n"
				  "anon 0 -1\nanon 2 0\n"
				  "free 0 900\nfree 2 2000\n"
				  "oops -1 2\n");
}

/* Nothing measured: nothing there, and no zero in its place. */
static void absent(void **state)
{
	auto_stream struct stream none = { 0 }, half = { 0 }, quiet = { 0 }, stale = { 0 };

	(void)state;
	stream_add(&none, FRAME_PHASE, "other", "1");
	stream_add(&none, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 100\n");
	auto_free char *nothing = collected(&made, &none);
	assert_string_equal(nothing, "");
	/* the counter is in one phase only; node 2 shows no numastat */
	stream_add(&half, FRAME_PHASE, "start", "1");
	stream_add(&half, FRAME_FILE, "/proc/vmstat", "nr_x 1\n");
	stream_add(&half, FRAME_FILE, NODE "0/numastat", "numa_hit 10\n");
	stream_add(&half, FRAME_PHASE, "touched", "1");
	stream_add(&half, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 100\n");
	stream_add(&half, FRAME_FILE, NODE "0/numastat", "numa_hit 11\n");
	auto_free char *one = collected(&made, &half);
	assert_string_equal(one, "hit 0 1\n");
	/* a file that could not be read later has the text of before in that phase: no rise of 0 */
	stream_add(&stale, FRAME_PHASE, "start", "1");
	stream_add(&stale, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 100\n");
	stream_add(&stale, FRAME_PHASE, "touched", "1");
	stream_add(&stale, FRAME_ABSENT, "/proc/vmstat", "Input/output error");
	auto_free char *old = collected(&made, &stale);
	assert_string_equal(old, "");
	/* a log without such a line is a zero that was seen */
	stream_add(&quiet, FRAME_PHASE, "end", "1");
	stream_add(&quiet, FRAME_FILE, "dmesg", "");
	auto_free char *zero = collected(&made, &quiet);
	assert_string_equal(zero, "oops -1 0\n");
}

/* Counters of a lying guest: no rise that is none is judged. */
static void beyond_counting(void **state)
{
	static const char *const after[] = { "9223372036854775808", "9007199254740994" };
	static const char *const words[] = {
		"error 0 metric faults: numa_hint_faults is -9223372036854775808, above 2^53, the limit\n",
		"error 0 metric faults: numa_hint_faults is 9007199254740993, above 2^53, the limit\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
		auto_stream struct stream s = { 0 };
		auto_free char *end = xasprintf("numa_hint_faults %s\n", after[i]);

		stream_add(&s, FRAME_PHASE, "start", "1");
		stream_add(&s, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 1\n");
		stream_add(&s, FRAME_PHASE, "touched", "2");
		stream_add(&s, FRAME_FILE, "/proc/vmstat", end);
		auto_free char *text = collected(&made, &s);
		assert_string_equal(text, words[i]);
	}
}

/* What the guest took in virtual ns is instructions by the run's own shift, and nothing without an instruction clock. */
static void by_the_runs_shift(void **state)
{
	static const struct wl_metric clocked[] = { { "cost", "instructions", WL_CLOCKED } };
	static const struct workload w = { .metrics = WL_LIST(clocked) };
	static const struct {
		int shift;
		const char *text;
	} rows[] = { { 5, "cost -1 100\n" }, { 3, "cost -1 400\n" }, { 0, "cost -1 3200\n" }, { -1, "" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_stream struct stream s = { 0 };

		stream_add(&s, FRAME_VALUE, "cost", "-1 3200");
		auto_free char *text = collected_at(&w, &s, rows[i].shift);
		assert_string_equal(text, rows[i].text);
	}
}

/* The unit is the clock's: a workload that reports it by itself has a shift of its own in mind. */
static void instructions_are_clocked(void **state)
{
	(void)state;
	for (const struct workload_entry *e = workload_table; e->name; e++)
		wl_foreach (m, &e->w->metrics)
			if (!strcmp(m->unit, "instructions") != (m->from == WL_CLOCKED))
				fail_msg("%s: %s: instructions are WL_CLOCKED", e->name, m->name);
}

static void last_phase_of_a_name(void **state)
{
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_PHASE, "start", "1");
	stream_add(&s, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 1\n");
	stream_add(&s, FRAME_PHASE, "touched", "2");
	stream_add(&s, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 2\n");
	stream_add(&s, FRAME_PHASE, "touched", "3");
	stream_add(&s, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 4\n");
	auto_free char *text = collected(&made, &s);
	assert_string_equal(text, "faults -1 3\n");
}

static void refused(void **state)
{
	auto_stream struct stream typo = { 0 }, counted = { 0 }, garbage = { 0 }, torn = { 0 };

	(void)state;
	stream_add(&typo, FRAME_VALUE, "reportde", "0 1");
	auto_free char *a = collected(&made, &typo);
	assert_string_equal(a, "error 1 reports \"reportde\", which its table of metrics does not have\n");
	/* a metric of the table, but one that is counted, not reported */
	stream_add(&counted, FRAME_VALUE, "faults", "-1 1");
	auto_free char *b = collected(&made, &counted);
	assert_string_equal(b, "error 1 reports \"faults\", which its table of metrics does not have\n");
	stream_add(&garbage, FRAME_PHASE, "start", "1");
	stream_add(&garbage, FRAME_FILE, "/proc/vmstat", "numa_hint_faults 1\n");
	stream_add(&garbage, FRAME_PHASE, "touched", "2");
	stream_add(&garbage, FRAME_FILE, "/proc/vmstat", "numa_hint_faults x\n");
	auto_free char *c = collected(&made, &garbage);
	assert_string_equal(
		c,
		"error 1 phase touched: /proc/vmstat: vmstat line 1: \"numa_hint_faults x\" (want \"name 123\")\n");
	stream_add(&torn, FRAME_PHASE, "touched", "1");
	stream_add(&torn, FRAME_FILE, NODE "2/meminfo", "Node 2 MemFree:  2000 kB");
	auto_free char *d = collected(&made, &torn);
	assert_non_null(strstr(d, "error 1 phase touched: " NODE "2/meminfo: "));
}

/* The table of every workload there is: names that stand once, counters and phases where the source needs them. */
static void shipped_tables(void **state)
{
	(void)state;
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		wl_foreach (m, &e->w->metrics) {
			bool rise =
				m->from == WL_VMSTAT || m->from == WL_NUMASTAT || m->from == WL_NODE_VMSTAT;

			bool maps =
				m->from == WL_MAPS_TEXT || m->from == WL_MAPS_FILE || m->from == WL_MAPS_ANON;

			if (!m->unit ||
			    (m->from != WL_REPORTED && m->from != WL_CLOCKED && !maps && !m->counter) ||
			    (maps && (!m->process || !m->until)) || (rise && (!m->since || !m->until)) ||
			    (m->from == WL_NODE_MEMINFO && !m->until))
				fail_msg("%s: metric %s lacks a column", e->name, m->name);
			wl_foreach (n, &e->w->metrics)
				if (n < m && !strcmp(n->name, m->name))
					fail_msg("%s: metric %s stands twice", e->name, m->name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_source),
		cmocka_unit_test(absent),
		cmocka_unit_test(last_phase_of_a_name),
		cmocka_unit_test(by_the_runs_shift),
		cmocka_unit_test(beyond_counting),
		cmocka_unit_test(instructions_are_clocked),
		cmocka_unit_test(refused),
		cmocka_unit_test(shipped_tables),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
