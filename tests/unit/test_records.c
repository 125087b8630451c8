/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result/records.h over streams made here: what they tell, and every way in which they are no whole stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "result/records.h"
#include "tests/unit/stream.h"

static void parsed(const struct stream *s, struct records *r)
{
	struct err err = ERR_INIT;

	if (records_parse(s->t.s, s->t.len, NULL, r, &err))
		fail_msg("%s", err.msg);
	assert_true(r->complete);
}

/* Refused with these words; `r` may be NULL. */
static void refused(const char *bytes, size_t n, const char *words, struct records *r)
{
	struct records own = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(records_parse(bytes, n, NULL, r ? r : &own, &err), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_string_equal(err.msg, words);
	records_free(&own);
}

static void is_file(const struct phase *p, const char *path, const char *text)
{
	const char *is = rawset_get(&p->raw, path);

	if (!is || strcmp(is, text) != 0)
		fail_msg("phase %s: %s is \"%s\", not \"%s\"", p->name, path, is ? is : "(absent)", text);
}

static void phases(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };

	(void)state;
	stream_add(&s, FRAME_HELLO, "1", "restored");
	stream_add(&s, FRAME_PHASE, "start", "111");
	stream_add(&s, FRAME_FILE, "/a", "x 1\ny 2\nz 3\n");
	stream_add(&s, FRAME_FILE, "/b", "whole");
	stream_add(&s, FRAME_PHASE, "nothing-new", "222");
	stream_add(&s, FRAME_PHASE, "touched", "333");
	stream_add(&s, FRAME_DELTA, "/a", "0 x 10\n2 z 30\n");
	stream_add(&s, FRAME_PHASE, "touched", "444"); /* a second one of the name */
	stream_add(&s, FRAME_DELTA, "/a", "1 y 20\n");
	stream_add(&s, FRAME_FILE, "/b", "");
	stream_end(&s);
	parsed(&s, &r);
	assert_int_equal(r.phases, 4);
	assert_string_equal(r.phase[0].name, "start");
	assert_int_equal(r.phase[0].vns, 2000);
	assert_int_equal(r.phase[0].tsc, 111);
	is_file(&r.phase[0], "/a", "x 1\ny 2\nz 3\n");
	is_file(&r.phase[0], "/b", "whole");
	/* what did not change was as before */
	is_file(&r.phase[1], "/a", "x 1\ny 2\nz 3\n");
	is_file(&r.phase[2], "/a", "x 10\ny 2\nz 30\n");
	is_file(&r.phase[2], "/b", "whole");
	is_file(&r.phase[3], "/a", "x 10\ny 20\nz 30\n");
	is_file(&r.phase[3], "/b", "");
	assert_ptr_equal(records_phase(&r, "touched"), &r.phase[3]);
	assert_ptr_equal(records_phase(&r, "start"), &r.phase[0]);
	assert_null(records_phase(&r, "end"));
}

/* Deltas of a file with and without its last newline, with empty lines, lines that get longer, and none at all. */
static void deltas(void **state)
{
	static const struct {
		const char *old, *delta, *now;
	} cases[] = {
		{ "a\nb\nc", "2 C\n", "a\nb\nC" },
		{ "a\nb\nc", "0 \n1 \n2 \n", "\n\n" },
		{ "a\n\nc\n", "1 something\n", "a\nsomething\nc\n" },
		{ "a\n", "", "a\n" },
		{ "a\nb\n", "1 b b b", "a\nb b b\n" }, /* its own last newline is not needed */
		{ "0 1\n2 3\n", "1 1 1\n", "0 1\n1 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_stream struct stream s = { 0 };
		auto_records struct records r = { 0 };

		stream_add(&s, FRAME_PHASE, "p", "1");
		stream_add(&s, FRAME_FILE, "/a", cases[i].old);
		stream_add(&s, FRAME_DELTA, "/a", cases[i].delta);
		stream_end(&s);
		parsed(&s, &r);
		is_file(&r.phase[0], "/a", cases[i].now);
	}
}

static void bad_deltas(void **state)
{
	static const struct {
		const char *old, *delta, *words;
	} cases[] = {
		{ "a\nb\n", "2 c\n", "record 2 (delta /a): changes a line behind the file's end" },
		{ "a\nb\n", "18446744073709551615 c\n",
		  "record 2 (delta /a): changes a line behind the file's end" },
		{ "a\nb\n", "1 c\n0 d\n",
		  "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\nc\n", "1 c\n0 d\n",
		  "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\nc\n", "1 c\n1 d\n",
		  "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\n", "c\n", "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\n", "0\n", "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\n", "\n", "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\n", "-0 x\n", "record 2 (delta /a): has a change without its line number in order" },
		{ "a\nb\n", " 1 x\n", "record 2 (delta /a): has a change without its line number in order" },
		{ "", "0 x\n", "record 2 (delta /a): changes a line behind the file's end" },
	};
	auto_stream struct stream never = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_stream struct stream s = { 0 };

		stream_add(&s, FRAME_PHASE, "p", "1");
		stream_add(&s, FRAME_FILE, "/a", cases[i].old);
		stream_add(&s, FRAME_DELTA, "/a", cases[i].delta);
		stream_end(&s);
		refused(s.t.s, s.t.len, cases[i].words, NULL);
	}
	stream_add(&never, FRAME_FILE, "/a", "x\n");
	stream_add(&never, FRAME_DELTA, "/b", "0 y\n");
	stream_end(&never);
	refused(never.t.s, never.t.len, "record 1 (delta /b): changes a file that was never sent", NULL);
}

static void values(void **state)
{
	static const char *const bad[] = { "",
					   "5",
					   "0 ",
					   "0 x",
					   "0 1 ",
					   "0 1\n",
					   "-2 5",
					   "x 5",
					   "0 1.5",
					   "1024 5",
					   "4294967297 5",
					   "0 9223372036854775808",
					   "0 99999999999999999999" };
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };

	(void)state;
	stream_add(&s, FRAME_VALUE, "pages", "3 128");
	stream_add(&s, FRAME_VALUE, "ns", "-1 -9007199254740992");
	stream_add(&s, FRAME_VALUE, "pages", "1023 9007199254740992");
	stream_end(&s);
	parsed(&s, &r);
	assert_int_equal(r.values, 3);
	assert_string_equal(r.value[0].name, "pages");
	assert_int_equal(r.value[0].nid, 3);
	assert_int_equal(r.value[0].value, 128);
	assert_int_equal(r.value[1].nid, -1);
	assert_true(r.value[1].value == -(1ll << 53));
	assert_int_equal(r.value[2].nid, 1023);
	assert_true(r.value[2].value == 1ll << 53);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_stream struct stream b = { 0 };

		stream_add(&b, FRAME_VALUE, "pages", bad[i]);
		stream_end(&b);
		refused(b.t.s, b.t.len, "record 0 (value pages): is no node and number", NULL);
	}
}

static void words(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };

	(void)state;
	stream_add(&s, FRAME_KNOB, "thp.enabled", "always [madvise] never");
	stream_add(&s, FRAME_KNOB, "demotion", "!no such file");
	stream_add(&s, FRAME_NOTE, "ext4", "ok");
	stream_add(&s, FRAME_ABSENT, "/proc/x", "No such file or directory");
	stream_add(&s, FRAME_BROKEN, "workload", "mbind: Cannot allocate memory");
	stream_add(&s, FRAME_SKIP, "workload", "first reason");
	stream_add(&s, FRAME_SKIP, "workload", "no swap");
	stream_add(&s, FRAME_OUT, "1", "hello ");
	stream_add(&s, FRAME_OUT, "2", "trouble\n");
	stream_bytes(&s, FRAME_OUT, "1", "wor\0ld\n", 7);
	stream_add(&s, FRAME_OUT, "trace", "event\n");
	stream_add(&s, FRAME_EXIT, "code", "3");
	stream_end(&s);
	parsed(&s, &r);
	assert_int_equal(r.knobs.n, 2);
	assert_string_equal(pairs_get(&r.knobs, "thp.enabled"), "always [madvise] never");
	assert_string_equal(pairs_get(&r.knobs, "demotion"), "!no such file");
	assert_null(pairs_get(&r.knobs, "thp"));
	assert_string_equal(pairs_get(&r.notes, "ext4"), "ok");
	assert_string_equal(pairs_get(&r.notes, "/proc/x"), "No such file or directory");
	assert_int_equal(r.broken.n, 1);
	assert_string_equal(r.broken.v[0].name, "workload");
	assert_string_equal(r.broken.v[0].text, "mbind: Cannot allocate memory");
	assert_string_equal(r.skip, "no swap");
	assert_int_equal(r.out[0].len, 13);
	assert_memory_equal(r.out[0].s, "hello wor\0ld\n", 14);
	assert_string_equal(text_str(&r.out[1]), "trouble\n");
	assert_string_equal(text_str(&r.trace), "event\n");
	assert_int_equal(r.end, RECORD_END_CODE);
	assert_int_equal(r.end_number, 3);
}

static void ways_to_end(void **state)
{
	static const struct {
		const char *name, *number;
		enum record_end end;
		uint64_t is;
	} cases[] = { { "code", "0", RECORD_END_CODE, 0 },
		      { "code", "255", RECORD_END_CODE, 255 },
		      { "signal", "1", RECORD_END_SIGNAL, 1 },
		      { "signal", "64", RECORD_END_SIGNAL, 64 },
		      { "deadline", "30000000000", RECORD_END_DEADLINE, 30000000000 },
		      { "flood", "67108864", RECORD_END_FLOOD, 67108864 } };
	static const char *const bad[] = { "exploded", "", "codes", "-" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_stream struct stream s = { 0 };
		auto_records struct records r = { 0 };

		stream_add(&s, FRAME_EXIT, cases[i].name, cases[i].number);
		stream_end(&s);
		parsed(&s, &r);
		assert_int_equal(r.end, cases[i].end);
		assert_int_equal(r.end_number, cases[i].is);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_stream struct stream s = { 0 };
		auto_free char *want =
			xasprintf("record 0 (exit %s): is no known end", *bad[i] ? bad[i] : "-");

		stream_add(&s, FRAME_EXIT, bad[i], "0");
		stream_end(&s);
		refused(s.t.s, s.t.len, want, NULL);
	}
}

/* What a kernel can't say of a program's end, or of its clock: cut to 8 bits, 4294967296 would be a success. */
static void out_of_range(void **state)
{
	static const struct {
		enum frame_type type;
		const char *name, *payload, *words;
	} cases[] = {
		{ FRAME_EXIT, "code", "256", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "code", "4294967296", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "code", "-1", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "code", "", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "code", "0x10", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "code", "99999999999999999999", "record 0 (exit code): is out of range" },
		{ FRAME_EXIT, "signal", "0", "record 0 (exit signal): is out of range" },
		{ FRAME_EXIT, "signal", "65", "record 0 (exit signal): is out of range" },
		{ FRAME_EXIT, "deadline", "9223372036854775808",
		  "record 0 (exit deadline): is out of range" },
		{ FRAME_EXIT, "flood", "many", "record 0 (exit flood): is out of range" },
		{ FRAME_PHASE, "p", "", "record 0 (phase p): is no time stamp counter" },
		{ FRAME_PHASE, "p", "-1", "record 0 (phase p): is no time stamp counter" },
		{ FRAME_PHASE, "p", "9223372036854775808", "record 0 (phase p): is no time stamp counter" },
		{ FRAME_VALUE, "v", "0 9007199254740993",
		  "record 0 (value v): is a number above 2^53, the limit" },
		{ FRAME_VALUE, "v", "0 -9223372036854775808",
		  "record 0 (value v): is a number above 2^53, the limit" },
		{ FRAME_OUT, "3", "x", "record 0 (out 3): is neither 1 nor 2" },
		{ FRAME_CUT, "out", "0", "record 0 (cut out): is no two numbers" },
		{ FRAME_CUT, "out", "0 -1", "record 0 (cut out): is no two numbers" },
		{ FRAME_CUT, "out", "1 1",
		  "record 0 (cut out): has another number of bytes than the output" },
	};
	auto_stream struct stream twice = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_stream struct stream s = { 0 };

		stream_add(&s, cases[i].type, cases[i].name, cases[i].payload);
		stream_end(&s);
		refused(s.t.s, s.t.len, cases[i].words, NULL);
	}
	stream_add(&twice, FRAME_EXIT, "code", "1");
	stream_add(&twice, FRAME_EXIT, "code", "0");
	stream_end(&twice);
	refused(twice.t.s, twice.t.len, "record 1 (exit code): reports a second end", NULL);
}

static void at_time(struct stream *s, uint64_t vns)
{
	struct frame f = {
		.type = FRAME_NOTE, .seq = s->seq++, .vns = vns, .name = "n", .payload = "", .len = 0
	};
	char head[FRAME_HEAD_MAX];

	text_add(&s->t, head, frame_head(&f, head));
	text_add(&s->t, "\n", 1);
}

static void clock_goes_on(void **state)
{
	auto_stream struct stream same = { 0 }, back = { 0 }, late = { 0 };
	auto_records struct records r = { 0 };

	(void)state;
	at_time(&same, 5);
	at_time(&same, 5);
	at_time(&same, INT64_MAX);
	struct err err = ERR_INIT;
	assert_int_equal(records_parse(same.t.s, same.t.len, NULL, &r, &err), -EBADMSG);
	assert_string_equal(err.msg, "the record stream stops after 3 records, without its end");
	at_time(&back, 5);
	at_time(&back, 4);
	refused(back.t.s, back.t.len,
		"record 1 (note n): its virtual time is before that of the record before it", NULL);
	at_time(&late, (uint64_t)INT64_MAX + 1);
	refused(late.t.s, late.t.len, "record 0 (note n): its virtual time is no time", NULL);
}

/* What the program wrote to either stream, in the order in which it wrote. */
static void pieces(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };

	(void)state;
	stream_add(&s, FRAME_OUT, "1", "one ");
	stream_add(&s, FRAME_OUT, "1", "two\n");
	stream_bytes(&s, FRAME_OUT, "2", "thr\0ee\n", 7);
	stream_add(&s, FRAME_OUT, "trace", "an event\n");
	stream_add(&s, FRAME_OUT, "1", "four\n");
	stream_add(&s, FRAME_CUT, "out", "20 1000");
	stream_end(&s);
	parsed(&s, &r);
	assert_int_equal(r.pieces, 3);
	assert_int_equal(r.piece[0].fd, 0);
	assert_int_equal(r.piece[0].len, 8);
	assert_int_equal(r.piece[1].fd, 1);
	assert_int_equal(r.piece[1].len, 7);
	assert_int_equal(r.piece[2].fd, 0);
	assert_int_equal(r.piece[2].len, 5);
	assert_int_equal(r.out_cut, 1000);
}

/* What came before a tear is there for the words, but not complete. */
static void torn(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 }, ended = { 0 };
	size_t good;

	(void)state;
	stream_add(&s, FRAME_PHASE, "start", "1");
	stream_add(&s, FRAME_FILE, "/a", "text\n");
	good = s.t.len;
	stream_add(&s, FRAME_NOTE, "n", "words");
	refused(s.t.s, s.t.len - 3, "record 2 (note n): is cut off, 3 of 6 bytes came", &r);
	assert_false(r.complete);
	assert_int_equal(r.phases, 1);
	is_file(&r.phase[0], "/a", "text\n");
	auto_free char *cut = xasprintf("record 2 at byte %zu: its head is cut off", good);
	refused(s.t.s, good + 4, cut, NULL);
	s.t.s[good - 3] ^= 1;
	refused(s.t.s, s.t.len, "record 1 (file /a): its checksum is wrong", NULL);
	s.t.s[good - 3] ^= 1;
	refused(s.t.s, s.t.len, "the record stream stops after 3 records, without its end", NULL);
	stream_end(&s);
	parsed(&s, &ended);
	text_add(&s.t, "x", 1);
	refused(s.t.s, s.t.len, "the record stream goes on for 1 bytes after its end", NULL);
	refused("", 0, "the record stream stops after 0 records, without its end", NULL);
}

/* Every prefix of a whole stream is refused. */
static void no_prefix_passes(void **state)
{
	auto_stream struct stream s = { 0 };

	(void)state;
	stream_add(&s, FRAME_PHASE, "start", "1");
	stream_add(&s, FRAME_FILE, "/a", "x\n");
	stream_add(&s, FRAME_EXIT, "code", "0");
	stream_end(&s);
	for (size_t n = 0; n < s.t.len; n++) {
		auto_records struct records r = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(records_parse(s.t.s, n, NULL, &r, &err), -EBADMSG);
		assert_false(r.complete);
	}
}

/* A restored machine's stream begins with what its boot sent last, and only with that. */
static void from_boot(void **state)
{
	auto_stream struct stream boot = { 0 }, s = { 0 };
	auto_records struct records base = { 0 }, r = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	stream_add(&boot, FRAME_PHASE, "boot", "1");
	stream_add(&boot, FRAME_FILE, "/a", "x 1\ny 2\n");
	stream_add(&boot, FRAME_DELTA, "/a", "0 x 5\n");
	stream_add(&boot, FRAME_VALUE, "v", "0 1");
	stream_end(&boot);
	parsed(&boot, &base);
	stream_add(&s, FRAME_PHASE, "start", "2");
	stream_add(&s, FRAME_DELTA, "/a", "1 y 7\n");
	stream_end(&s);
	assert_int_equal(records_parse(s.t.s, s.t.len, &base.last, &r, &err), 0);
	assert_int_equal(r.phases, 1);
	assert_int_equal(r.values, 0);
	is_file(&r.phase[0], "/a", "x 5\ny 7\n");
	refused(s.t.s, s.t.len, "record 1 (delta /a): changes a file that was never sent", NULL);
}

static void from_file(void **state)
{
	char path[] = "/tmp/numarig-test-records.XXXXXX";
	auto_close int fd = mkstemp(path);
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 }, none = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	stream_add(&s, FRAME_SKIP, "workload", "why not");
	stream_end(&s);
	assert_int_equal(write(fd, s.t.s, s.t.len), s.t.len);
	int code = records_read(path, NULL, &r, &err);
	unlink(path);
	assert_int_equal(code, 0);
	assert_string_equal(r.skip, "why not");
	assert_int_equal(records_read("/nonexistent/x.records", NULL, &none, &err), -ENOENT);
	assert_string_equal(err.msg, "/nonexistent/x.records: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases),
		cmocka_unit_test(deltas),
		cmocka_unit_test(bad_deltas),
		cmocka_unit_test(values),
		cmocka_unit_test(words),
		cmocka_unit_test(ways_to_end),
		cmocka_unit_test(out_of_range),
		cmocka_unit_test(clock_goes_on),
		cmocka_unit_test(pieces),
		cmocka_unit_test(torn),
		cmocka_unit_test(no_prefix_passes),
		cmocka_unit_test(from_boot),
		cmocka_unit_test(from_file),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
