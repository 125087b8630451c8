/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wire/frame.h: what the guest writes is read back, and anything else is noticed, with these words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/auto.h"
#include "tests/unit/stream.h"

/* Byte for byte out of a real guest's stream: the format is not to change by accident. */
static const char real[] = "NRG hello 0 19847979027 8 f737abe9 1\nrestored\n"
			   "NRG knob 1 19956898803 1 c8183467 balancing.mode\n0\n";

static void crc(void **state)
{
	uint32_t c = 0;

	(void)state;
	assert_int_equal(frame_crc(0, "123456789", 9), 0xcbf43926); /* the check value of CRC-32/ISO-HDLC */
	for (const char *p = "123456789"; *p; p++)
		c = frame_crc(c, p, 1);
	assert_int_equal(c, 0xcbf43926);
	assert_int_equal(frame_crc(0, "", 0), 0);
}

static void real_frames(void **state)
{
	struct frame f = {
		.type = FRAME_HELLO, .vns = 19847979027, .name = "1", .payload = "restored", .len = 8
	};
	char head[FRAME_HEAD_MAX], why[320] = "";
	size_t pos = 0, n;

	(void)state;
	n = frame_head(&f, head);
	assert_int_equal(n, strlen(head));
	assert_string_equal(head, "NRG hello 0 19847979027 8 f737abe9 1\n");
	assert_int_equal(frame_next(real, sizeof(real) - 1, &pos, 0, &f, why, sizeof(why)), 1);
	assert_int_equal(frame_next(real, sizeof(real) - 1, &pos, 1, &f, why, sizeof(why)), 1);
	assert_int_equal(f.type, FRAME_KNOB);
	assert_int_equal(f.vns, 19956898803);
	assert_string_equal(f.name, "balancing.mode");
	assert_int_equal(f.len, 1);
	assert_int_equal(*f.payload, '0');
	assert_int_equal(pos, sizeof(real) - 1);
	assert_int_equal(frame_next(real, sizeof(real) - 1, &pos, 2, &f, why, sizeof(why)), 0);
	assert_string_equal(why, "");
}

/* Every type, and payloads that look like something else. */
static void round_trip(void **state)
{
	static const char odd[] = "a\0b\nNRG end 0 0 0 00000000 end\n\n\xff";
	auto_stream struct stream s = { 0 };
	char longest[FRAME_NAME_MAX + 1], why[320];
	struct frame f;
	size_t pos = 0;

	(void)state;
	memset(longest, 'x', FRAME_NAME_MAX);
	longest[FRAME_NAME_MAX] = 0;
	for (int t = 0; t < FRAME_TYPE_COUNT; t++)
		stream_bytes(&s, (enum frame_type)t, t % 2 ? longest : "a", t % 3 ? odd : "",
			     t % 3 ? sizeof(odd) - 1 : 0);
	for (int t = 0; t < FRAME_TYPE_COUNT; t++) {
		if (frame_next(s.t.s, s.t.len, &pos, (uint64_t)t, &f, why, sizeof(why)) != 1)
			fail_msg("%s", why);
		assert_int_equal(f.type, t);
		assert_int_equal(f.seq, t);
		assert_int_equal(f.vns, 1000 * (t + 1));
		assert_string_equal(f.name, t % 2 ? longest : "a");
		assert_int_equal(f.len, t % 3 ? sizeof(odd) - 1 : 0);
		assert_memory_equal(f.payload, odd, f.len);
	}
	assert_int_equal(pos, s.t.len);
	assert_string_equal(frame_type_name(FRAME_END), "end");
	assert_string_equal(frame_type_name(FRAME_TYPE_COUNT), "?");
}

static void names_are_one_word(void **state)
{
	static const char *const cases[][2] = {
		{ " a b\n\x7f", "_a_b__" },
		{ "", "-" },
		{ "\t", "_" },
		{ "/sys/a\xc3\xa4", "/sys/a\xc3\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_stream struct stream s = { 0 };
		char why[320];
		struct frame f;
		size_t pos = 0;

		stream_add(&s, FRAME_NOTE, cases[i][0], "x");
		if (frame_next(s.t.s, s.t.len, &pos, 0, &f, why, sizeof(why)) != 1)
			fail_msg("%s", why);
		assert_string_equal(f.name, cases[i][1]);
	}
}

/* The stream must be refused at its record `seq` with these words, and *pos stays. */
static void refused(const char *bytes, size_t n, const char *words)
{
	char *copy = malloc(n ? n : 1); /* exactly: a read behind it is seen */
	char why[320] = "";
	struct frame f;
	size_t pos = 0, before = 0;
	uint64_t seq = 0;
	int r;

	memcpy(copy, bytes, n);
	while ((r = frame_next(copy, n, &pos, seq, &f, why, sizeof(why))) == 1) {
		before = pos;
		seq++;
	}
	free(copy);
	assert_int_equal(r, -1);
	assert_int_equal(pos, before);
	assert_string_equal(why, words);
}

static void refused_text(const char *text, const char *words)
{
	refused(text, strlen(text), words);
}

static void garbage(void **state)
{
	char longest[FRAME_HEAD_MAX * 2];

	(void)state;
	refused_text("hello\n", "record 0 at byte 0: is no record: \"hello\"");
	refused_text("\n", "record 0 at byte 0: is no record: \"\"");
	refused_text("NRG\n", "record 0 at byte 0: is no record: \"NRG\"");
	refused_text("NRG hello\n", "record 0 at byte 0: is no record: \"NRG hello\"");
	refused_text("NRG hallo 0 0 0 00000000 x\n\n",
		     "record 0 at byte 0: is no record: \"NRG hallo 0 0 0 00000000 x\"");
	refused_text("NRG  0 0 0 00000000 x\n\n",
		     "record 0 at byte 0: is no record: \"NRG  0 0 0 00000000 x\"");
	refused_text("NRG file -1 0 0 00000000 x\n\n",
		     "record 0 at byte 0: is no record: \"NRG file -1 0 0 00000000 x\"");
	refused_text("NRG file 0 0 0 0000000 x\n\n",
		     "record 0 at byte 0: is no record: \"NRG file 0 0 0 0000000 x\"");
	refused_text("NRG file 0 0 0 0000000g x\n\n",
		     "record 0 at byte 0: is no record: \"NRG file 0 0 0 0000000g x\"");
	refused_text("NRG file 0 0 0 00000000 \n\n",
		     "record 0 at byte 0: is no record: \"NRG file 0 0 0 00000000 \"");
	refused_text("NRG file 0 0 8388609 00000000 x\n",
		     "record 0 at byte 0: is no record: \"NRG file 0 0 8388609 00000000 x\"");
	refused_text("NRG file 0 0 99999999999999999999999 00000000 x\n",
		     "record 0 at byte 0: is no record: \"NRG file 0 0 99999999999999999999999 000\"");
	refused("NRG\0hello\n", 10, "record 0 at byte 0: is no record");
	memset(longest, 'x', sizeof(longest));
	refused(longest, sizeof(longest), "record 0 at byte 0: is no record");
	refused(longest, 100, "record 0 at byte 0: its head is cut off");
	longest[sizeof(longest) - 1] = '\n';
	refused(longest, sizeof(longest), "record 0 at byte 0: is no record");
	memset(longest, 'x', 256); /* a name of one byte more than there can be */
	auto_free char *name = xasprintf("NRG file 0 0 0 00000000 %.256s\n\n", longest);
	refused_text(name, "record 0 at byte 0: is no record: \"NRG file 0 0 0 00000000 xxxxxxxxxxxxxxxx\"");
}

/* Half frames, at each byte: never a shorter stream. */
static void torn(void **state)
{
	const size_t n = sizeof(real) - 1,
		     second = strlen("NRG hello 0 19847979027 8 f737abe9 1\nrestored\n");

	(void)state;
	refused(real, 10, "record 0 at byte 0: its head is cut off");
	refused(real, 40, "record 0 (hello 1): is cut off, 3 of 9 bytes came");
	refused(real, second - 1, "record 0 (hello 1): is cut off, 8 of 9 bytes came");
	refused(real, second + 5, "record 1 at byte 46: its head is cut off");
	refused(real, n - 1, "record 1 (knob balancing.mode): is cut off, 1 of 2 bytes came");
	for (size_t cut = 0; cut <= n; cut++) {
		char why[320];
		struct frame f;
		size_t pos = 0;
		uint64_t seq = 0;
		int r;

		while ((r = frame_next(real, cut, &pos, seq, &f, why, sizeof(why))) == 1)
			seq++;
		assert_int_equal(r, !cut || cut == second || cut == n ? 0 : -1);
	}
}

/* Any one bit of the stream turned over is noticed. */
static void bits_turned(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < 8 * (sizeof(real) - 1); bit++) {
		char bytes[sizeof(real)], why[320];
		struct frame f;
		size_t pos = 0;
		uint64_t seq = 0;
		int r;

		memcpy(bytes, real, sizeof(real));
		bytes[bit / 8] ^= (char)(1 << bit % 8);
		while ((r = frame_next(bytes, sizeof(real) - 1, &pos, seq, &f, why, sizeof(why))) == 1)
			seq++;
		if (r != -1)
			fail_msg("bit %zu (byte %zu '%c') goes unnoticed", bit, bit / 8, real[bit / 8]);
	}
}

static void wrong_checksum(void **state)
{
	(void)state;
	refused_text("NRG hello 0 19847979027 8 f737abe8 1\nrestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 0 19847979027 8 f737abe9 1\nRestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 0 19847979028 8 f737abe9 1\nrestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 0 19847979027 8 f737abe9 2\nrestored\n",
		     "record 0 (hello 2): its checksum is wrong");
	refused_text("NRG note 0 19847979027 8 f737abe9 1\nrestored\n",
		     "record 0 (note 1): its checksum is wrong");
	/* a length that lies, with bytes enough behind it, and a payload without its newline */
	refused_text("NRG hello 0 19847979027 7 f737abe9 1\nrestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 0 19847979027 8 f737abe9 1\nrestoredX",
		     "record 0 (hello 1): its checksum is wrong");
	/* the same numbers in other words: no agent of ours writes so */
	refused_text("NRG hello 0 19847979027 08 f737abe9 1\nrestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 00 19847979027 8 f737abe9 1\nrestored\n",
		     "record 0 (hello 1): its checksum is wrong");
	refused_text("NRG hello 0 19847979027 8 F737ABE9 1\nrestored\n",
		     "record 0 at byte 0: is no record: \"NRG hello 0 19847979027 8 F737ABE9 1\"");
}

static void out_of_order(void **state)
{
	auto_stream struct stream s = { 0 }, t = { 0 };
	size_t a, b;

	(void)state;
	stream_add(&s, FRAME_FILE, "a", "1");
	a = s.t.len;
	stream_add(&s, FRAME_FILE, "b", "2");
	b = s.t.len;
	stream_add(&s, FRAME_FILE, "c", "3");
	text_add(&t.t, s.t.s, a);
	text_add(&t.t, s.t.s + b, s.t.len - b);
	refused(t.t.s, t.t.len, "record 1 is missing: 2 (file c) stands in its place");
	text_free(&t.t);
	text_add(&t.t, s.t.s + a, b - a);
	text_add(&t.t, s.t.s, a);
	refused(t.t.s, t.t.len, "record 0 is missing: 1 (file b) stands in its place");
	text_free(&t.t);
	text_add(&t.t, s.t.s, a);
	text_add(&t.t, s.t.s, a);
	refused(t.t.s, t.t.len, "record 1 is missing: 0 (file a) stands in its place");
}

/* Words longer than the caller's buffer are cut, not written behind it. */
static void short_words(void **state)
{
	char why[16];
	struct frame f;
	size_t pos = 0;

	(void)state;
	assert_int_equal(frame_next("garbage\n", 8, &pos, 0, &f, why, sizeof(why)), -1);
	assert_string_equal(why, "record 0 at byt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc),		cmocka_unit_test(real_frames),
		cmocka_unit_test(round_trip),	cmocka_unit_test(names_are_one_word),
		cmocka_unit_test(garbage),	cmocka_unit_test(torn),
		cmocka_unit_test(bits_turned),	cmocka_unit_test(wrong_checksum),
		cmocka_unit_test(out_of_order), cmocka_unit_test(short_words),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
