/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge_sound: what must hold after every workload, over streams that keep to it and streams that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "judge/judge.h"
#include "tests/unit/stream.h"

#define NODE "/sys/devices/system/node/node"

/* The texts of one stream; NULL: is not there. */
struct texts {
	const char *agree, *before, *node0, *node2, *after, *start, *end, *start2, *gone;
};

static const struct texts good = {
	.agree = "12 0",
	.before = "numa_hit 10\nnuma_miss 1\nnuma_foreign 1\nnuma_interleave 0\nnuma_local 9\nnuma_other 1\n",
	.node0 = "numa_hit 6\nnuma_miss 1\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 5\nother_node 1\n",
	.node2 = "numa_hit 5\nnuma_miss 0\nnuma_foreign 1\ninterleave_hit 0\nlocal_node 5\nother_node 0\n",
	.after = "numa_hit 12\nnuma_miss 1\nnuma_foreign 1\nnuma_interleave 0\nnuma_local 11\nnuma_other 1\n",
	.start = "start",
	.end = "end",
	.start2 = "numa_hit 1\n",
};

static void add(struct stream *s, enum frame_type type, const char *name, const char *text)
{
	if (text)
		stream_add(s, type, name, text);
}

static void judge(const struct texts *t, struct judged *j)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };
	struct err err = ERR_INIT;

	stream_add(&s, FRAME_PHASE, t->start, "1");
	add(&s, FRAME_FILE, NODE "0/numastat", t->start2);
	add(&s, FRAME_FILE, NODE "2/numastat", t->start2);
	stream_add(&s, FRAME_PHASE, t->end, "2");
	add(&s, FRAME_FILE, "/proc/vmstat", t->before);
	add(&s, FRAME_FILE, NODE "0/numastat", t->node0);
	add(&s, FRAME_FILE, NODE "2/numastat", t->node2);
	add(&s, FRAME_FILE, "/proc/./vmstat", t->after);
	if (t->gone)
		stream_add(&s, FRAME_ABSENT, t->gone, "No such file or directory");
	add(&s, FRAME_NOTE, "pages-agree", t->agree);
	stream_end(&s);
	if (records_parse(s.t.s, s.t.len, NULL, &r, &err))
		fail_msg("%s", err.msg);
	judge_sound(&r, j);
}

static void holds(void **state)
{
	auto_judged struct judged j = { .outcome = OUTCOME_XFAIL };

	(void)state;
	judge(&good, &j);
	assert_int_equal(j.outcome, OUTCOME_XFAIL);
	assert_int_equal(j.checks, 2);
	for (size_t i = 0; i < j.checks; i++) {
		assert_string_equal(j.check[i].verdict.why, "");
		assert_int_equal(j.check[i].verdict.outcome, OUTCOME_PASS);
		assert_ptr_equal(j.check[i].expect, &judge_sound_expects.v[i]);
	}
	assert_int_equal(judge_sound_expects.n, 2);
}

/* One text changed, one check that notices, the others do not. */
static void does_not(void **state)
{
	struct {
		size_t text; /* offset in struct texts */
		const char *value;
		size_t check;
		enum outcome outcome;
		const char *why;
	} cases[] = {
#define T(x) offsetof(struct texts, x)
		{ T(agree), "10 2", 0, OUTCOME_FAIL, "the kernel contradicts itself" },
		{ T(agree), "0 0", 0, OUTCOME_FAIL, "no page was compared" },
		{ T(agree), NULL, 0, OUTCOME_BROKEN, "the workload's process did not compare them" },
		{ T(agree), "x", 0, OUTCOME_BROKEN, "the workload's process did not compare them" },
		{ T(node0),
		  "numa_hit 8\nnuma_miss 1\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 5\nother_node 1\n",
		  1, OUTCOME_FAIL, "numa_hit: the nodes' sum is 13, vmstat says 10 before and 12 after" },
		{ T(node2),
		  "numa_hit 5\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 5\nother_node 0\n",
		  1, OUTCOME_FAIL, "numa_foreign: the nodes' sum is 0, vmstat says 1 before and 1 after" },
		{ T(gone), NODE "2/numastat", 1, OUTCOME_BROKEN, NODE "2/numastat: was not read at the end" },
		{ T(node2), "numa_hit 5\nnuma_miss 0\nnuma_foreign 1\ninterleave_hit 0\nlocal_node 5\n", 1,
		  OUTCOME_BROKEN, NODE "2/numastat: has no other_node" },
		{ T(node2), "numa_hit five\n", 1, OUTCOME_BROKEN,
		  NODE "2/numastat: vmstat line 1: \"numa_hit five\" (want \"name 123\")" },
		{ T(start2), NULL, 1, OUTCOME_BROKEN, "no node's numastat was read at the start" },
		{ T(after), NULL, 1, OUTCOME_BROKEN, "/proc/./vmstat: was not read" },
		{ T(before), "numa_hit 10\n", 1, OUTCOME_BROKEN, "/proc/vmstat: has no numa_miss" },
#undef T
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_judged struct judged j = { 0 };
		struct texts t = good;

		memcpy((char *)&t + cases[i].text, &cases[i].value, sizeof(cases[i].value));
		judge(&t, &j);
		for (size_t c = 0; c < j.checks; c++) {
			bool it = c == cases[i].check;

			assert_string_equal(j.check[c].verdict.why, it ? cases[i].why : "");
			assert_int_equal(j.check[c].verdict.outcome, it ? cases[i].outcome : OUTCOME_PASS);
		}
		assert_int_equal(j.outcome, cases[i].outcome);
	}
}

/* Without its end, or its start, nothing is known to be as it was. */
static void without_a_phase(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		auto_judged struct judged j = { 0 };
		struct texts t = good;

		*(end ? &t.end : &t.start) = "elsewhere";
		judge(&t, &j);
		assert_int_equal(j.outcome, OUTCOME_BROKEN);
		assert_int_equal(j.check[1].verdict.outcome, OUTCOME_BROKEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(holds), cmocka_unit_test(does_not),
					    cmocka_unit_test(without_a_phase) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
