/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run/assemble.h and result_digest: a workload's entry in result.json, exactly, and with words that are no
 * UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/auto.h"
#include "run/asked.h"
#include "run/assemble.h"
#include "wire/job.h"
#include "tests/unit/stream.h"

static const struct wl_metric metrics[] = {
	{ "pages", "pages", WL_REPORTED, .better = WL_HIGHER },
	{ "spent", "ns", WL_REPORTED, .better = WL_LOWER, .timing = true },
};
static const struct wl_expect expect = { "all-there", "N3", "every page is there", NULL };
static const struct workload made = { .metrics = WL_LIST(metrics) };

/* The entry as text, keys sorted; of a workload between its phases, or of a program (w NULL). */
static char *entry(struct stream *s, const struct workload *w, const struct judged *j, int shift)
{
	auto_records struct records rec = { 0 };
	auto_json json_t *params = json_pack("{s:s}", "n", "1");
	struct err err = ERR_INIT;

	stream_end(s);
	if (records_parse(s->t.s, s->t.len, NULL, &rec, &err))
		fail_msg("%s", err.msg);
	auto_json json_t *o = assemble_workload("made#2", params, w, &rec, j, shift, "/nonexistent");
	assert_non_null(o);
	return json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
}

static void exactly(void **state)
{
	struct wl_value values[] = { { "pages", 2, 128 }, { "spent", -1, -7 } };
	struct judged_check checks[] = { { &expect, { OUTCOME_PASS, "128", "128", "" } },
					 { &expect, { OUTCOME_FAIL, "128", "1", "it is 1" } } };
	struct judged j = { OUTCOME_FAIL, "", values, 2, checks, 2 };
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_PHASE, "boot", "1"); /* of the snapshot: not the workload's */
	stream_add(&s, FRAME_KNOB, "thp.enabled", "always [madvise] never");
	stream_add(&s, FRAME_KNOB, "ksm.run", "!no such file");
	stream_add(&s, FRAME_PHASE, "start", "32000");
	stream_add(&s, FRAME_PHASE, "end", "96000");
	auto_free char *text = entry(&s, &made, &j, 5);
	assert_string_equal(
		text,
		"{\"checks\":["
		"{\"actual\":\"128\",\"expected\":\"128\",\"name\":\"all-there\",\"outcome\":\"pass\",\"rows\":\"N3\","
		"\"why\":\"every page is there\"},"
		"{\"actual\":\"1\",\"expected\":\"128\",\"name\":\"all-there\",\"outcome\":\"fail\",\"rows\":\"N3\","
		"\"why\":\"it is 1\"}],"
		"\"events\":null,\"instructions\":2000,"
		"\"knobs\":{\"ksm.run\":null,\"thp.enabled\":\"madvise\"},"
		"\"metrics\":["
		"{\"better\":\"higher\",\"name\":\"pages\",\"nid\":2,\"timing\":false,\"unit\":\"pages\",\"value\":128},"
		"{\"better\":\"lower\",\"name\":\"spent\",\"nid\":null,\"timing\":true,\"unit\":\"ns\",\"value\":-7}],"
		"\"name\":\"made#2\",\"outcome\":\"fail\",\"params\":{\"n\":\"1\"},"
		"\"phases\":[{\"name\":\"start\",\"virtual_ns\":4000},{\"name\":\"end\",\"virtual_ns\":5000}],"
		"\"raw\":\"\",\"virtual_ns\":1000,\"why\":\"\"}");
}

/* Without both ends of its time, and without the exact clock: null, not 0. */
static void unknown_is_null(void **state)
{
	struct judged j = { .outcome = OUTCOME_BROKEN, .why = "died" };
	auto_stream struct stream half = { 0 }, fast = { 0 }, finest = { 0 }, lies = { 0 };

	(void)state;
	stream_add(&half, FRAME_PHASE, "start", "32");
	auto_free char *a = entry(&half, NULL, &j, 5);
	assert_string_equal(
		a,
		"{\"checks\":[],\"events\":null,\"instructions\":null,\"knobs\":{},\"metrics\":[],\"name\":\"made#2\","
		"\"outcome\":\"broken\",\"params\":{\"n\":\"1\"},\"phases\":[{\"name\":\"start\",\"virtual_ns\":1000}],"
		"\"raw\":\"\",\"virtual_ns\":null,\"why\":\"died\"}");
	stream_add(&fast, FRAME_PHASE, "start", "32");
	stream_add(&fast, FRAME_PHASE, "end", "96");
	auto_free char *b = entry(&fast, NULL, &j, -1);
	assert_non_null(strstr(b, "\"instructions\":null"));
	assert_non_null(strstr(b, "\"virtual_ns\":1000,"));
	stream_add(&finest, FRAME_PHASE, "start", "32");
	stream_add(&finest, FRAME_PHASE, "end", "96");
	stream_add(&lies, FRAME_PHASE, "end", "32");
	stream_add(&lies, FRAME_PHASE, "start", "96");
	auto_free char *d = entry(&lies, NULL, &j, 5);
	assert_non_null(strstr(d, "\"instructions\":null"));
	assert_non_null(strstr(d, "\"virtual_ns\":null"));
	auto_free char *c = entry(&finest, NULL, &j, 0); /* --shift 0 is an instruction clock, of 1 ns */
	assert_non_null(strstr(c, "\"instructions\":64"));
}

/* What schema 2 adds, as text; `asked`: knobs. */
static char *ended(struct stream *s, const char *asked, bool whole)
{
	auto_records struct records rec = { 0 };
	auto_json json_t *o = json_object(), *knobs = json_loads(asked, 0, NULL);
	struct err err = ERR_INIT;

	if (whole)
		stream_end(s);
	assert_int_equal(records_parse(s->t.s, s->t.len, NULL, &rec, &err) == 0, whole);
	assemble_ended(o, &rec);
	json_object_set_new(o, "knobs_differ", asked_differing(knobs, &rec, NULL));
	return json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
}

static void ends(void **state)
{
	static const struct {
		const char *name, *number, *want;
	} table[] = {
		{ "code", "7",
		  "{\"ended\":\"exit\",\"exit_code\":7,\"knobs_differ\":[],\"oom\":null,\"output_bytes\":3,"
		  "\"output_cut_bytes\":0,\"signal\":null}" },
		{ "signal", "11",
		  "{\"ended\":\"signal\",\"exit_code\":null,\"knobs_differ\":[],\"oom\":null,\"output_bytes\":3,"
		  "\"output_cut_bytes\":0,\"signal\":\"SIGSEGV\"}" },
		{ "signal", "35",
		  "{\"ended\":\"signal\",\"exit_code\":null,\"knobs_differ\":[],\"oom\":null,\"output_bytes\":3,"
		  "\"output_cut_bytes\":0,\"signal\":\"signal 35\"}" },
		{ "deadline", "60000000000",
		  "{\"ended\":\"deadline\",\"exit_code\":null,\"knobs_differ\":[],\"oom\":null,\"output_bytes\":3,"
		  "\"output_cut_bytes\":0,\"signal\":null}" },
	};
	auto_stream struct stream torn = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		auto_stream struct stream s = { 0 };

		stream_add(&s, FRAME_OUT, "1", "ab\n");
		stream_add(&s, FRAME_EXIT, table[i].name, table[i].number);
		auto_free char *text = ended(&s, "{}", true);
		assert_string_equal(text, table[i].want);
	}
	stream_add(&torn, FRAME_EXIT, "code", "0"); /* what comes behind may say anything */
	auto_free char *text = ended(&torn, "{}", false);
	assert_non_null(strstr(text, "\"ended\":null,\"exit_code\":null"));
}

/* A log at the agent's limit was cut there; one below it is whole, and there is no word of it. */
static void kernel_log(void **state)
{
	(void)state;
	for (int less = 0; less < 2; less++) {
		size_t n = KERNEL_LOG_MOST - KERNEL_LOG_RECORD - (size_t)less;
		auto_stream struct stream s = { 0 };
		auto_free char *log = xcalloc(n + 1, 1);

		memset(log, 'x', n);
		stream_add(&s, FRAME_PHASE, "end", "1");
		stream_add(&s, FRAME_FILE, "dmesg", log);
		stream_add(&s, FRAME_EXIT, "code", "0");
		auto_free char *text = ended(&s, "{}", true);
		assert_int_equal(strstr(text, "\"kernel_log_cut\":true") != NULL, !less);
		assert_int_equal(strstr(text, "kernel_log_cut") != NULL, !less);
	}
}

/* What was asked for and what the kernel made of it; what nobody asked for, and what could not be read, is no shortfall. */
static void knobs_differ(void **state)
{
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_KNOB, "hugepages.2048kB.0", "95");
	stream_add(&s, FRAME_KNOB, "thp.enabled", "always [madvise] never");
	stream_add(&s, FRAME_KNOB, "swappiness", "100");
	stream_add(&s, FRAME_KNOB, "ksm.run", "1");
	stream_add(&s, FRAME_KNOB, "demotion", "!no such file");
	stream_add(&s, FRAME_CUT, "out", "0 12");
	auto_free char *text = ended(&s,
				     "{\"hugepages.2048kB.0\": \"100000\", \"thp.enabled\": \"madvise\", "
				     "\"swappiness\": \"0100\", \"demotion\": \"true\"}",
				     true);
	assert_non_null(strstr(
		text,
		"\"knobs_differ\":[{\"asked\":\"100000\",\"got\":\"95\",\"name\":"
		"\"hugepages.2048kB.0\",\"why\":\"\"}],\"oom\":null,\"output_bytes\":0,\"output_cut_bytes\":12"));
}

/* Of the kernel's command line: one that it does not know, one that came to less; what the boot showed tells. */
static void boot_knobs(void **state)
{
	auto_stream struct stream boot = { 0 }, s = { 0 };
	auto_records struct records booted = { 0 }, rec = { 0 };
	auto_json json_t *unknown = json_pack("{s:s}", "cma", "64M");
	auto_json json_t *less = json_pack("{s:s, s:s}", "numa_cma", "0:64M", "boot.hugepages", "100");
	auto_judged struct judged j = { .outcome = OUTCOME_PASS }, k = { .outcome = OUTCOME_PASS };
	struct err err = ERR_INIT;

	(void)state;
	stream_add(&boot, FRAME_PHASE, "boot", "1");
	stream_add(&boot, FRAME_FILE, "/proc/meminfo", "CmaTotal: 65536 kB\n");
	stream_add(
		&boot, FRAME_FILE, "dmesg",
		"5,8,9,-;Unknown kernel command line parameters \"nokaslr cma=64M\", will be passed to user space.\n"
		"4,9,9,-;HugeTLB: allocating 100 of page size 2.00 MiB failed.  Only allocated 17 hugepages.\n");
	stream_end(&boot);
	stream_end(&s);
	assert_int_equal(records_parse(boot.t.s, boot.t.len, NULL, &booted, &err), 0);
	assert_int_equal(records_parse(s.t.s, s.t.len, NULL, &rec, &err), 0);
	assert_true(asked_refused(unknown, &rec, &booted, &j));
	assert_int_equal(j.outcome, OUTCOME_SKIP);
	assert_string_equal(j.why, "the guest's kernel has no knob cma: it does not know cma=64M");
	assert_false(asked_refused(less, &rec, &booted, &k));
	auto_json json_t *differ = asked_differing(less, &rec, &booted);
	assert_int_equal(json_array_size(differ), 1);
	assert_string_equal(json_word(json_array_get(differ, 0), "name"), "boot.hugepages");
	assert_non_null(strstr(json_word(json_array_get(differ, 0), "why"), "Only allocated 17 hugepages"));
}

/* jansson refuses what is no UTF-8, and with it the whole entry: it must not come to that. */
static void not_utf8(void **state)
{
	struct judged j = { .outcome = OUTCOME_PASS };
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_KNOB, "ksm.run", "a\xff[b");
	stream_add(&s, FRAME_PHASE, "p\xc3", "1");
	stream_add(&s, FRAME_PHASE, "\xc3\xa4", "1");
	auto_free char *text = entry(&s, NULL, &j, 0);
	assert_non_null(strstr(text, "\"knobs\":{\"ksm.run\":\"a\\\\xff[b\"}"));
	assert_non_null(strstr(
		text,
		"{\"name\":\"p\\\\xc3\",\"virtual_ns\":2000},{\"name\":\"\xc3\xa4\",\"virtual_ns\":3000}"));
}

/* The digest is of everything but host, digest, trace and nids, whatever the order of the keys. */
static void digest(void **state)
{
	static const char *const same[] = {
		"{\"a\": 1, \"b\": [1, 2]}",
		"{\"b\":[1,2],\"a\":1,\"digest\":\"x\"}",
		"{\"nids\": [1, 0], \"host\": {\"t\": 5}, \"a\": 1, \"trace\": {}, \"b\": [1, 2]}",
	};
	static const char *const other[] = { "{\"a\": 2, \"b\": [1, 2]}", "{\"a\": 1, \"b\": [2, 1]}",
					     "{\"a\": 1}", "{\"a\": 1, \"b\": [1, 2], \"c\": {\"host\": 1}}",
					     "{\"a\": 1.0, \"b\": [1, 2]}" };
	struct sha256 want, is;

	(void)state;
	sha256_bytes("{\"a\":1,\"b\":[1,2]}", 17, &want);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		auto_json json_t *j = json_loads(same[i], 0, NULL);

		result_digest(j, &is);
		assert_string_equal(is.hex, want.hex);
	}
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		auto_json json_t *j = json_loads(other[i], 0, NULL);

		result_digest(j, &is);
		assert_string_not_equal(is.hex, want.hex);
		result_digest(j, &want); /* itself is left as it was */
		assert_string_equal(is.hex, want.hex);
		sha256_bytes("{\"a\":1,\"b\":[1,2]}", 17, &want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly),    cmocka_unit_test(unknown_is_null),
		cmocka_unit_test(ends),	      cmocka_unit_test(knobs_differ),
		cmocka_unit_test(kernel_log), cmocka_unit_test(boot_knobs),
		cmocka_unit_test(not_utf8),   cmocka_unit_test(digest),
	};

	return cmocka_run_group_tests_name("assemble", tests, NULL, NULL);
}
