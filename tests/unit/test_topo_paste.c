/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text as people paste it. Every file of tests/data/machines/text has its golden in expected/NAME.out: the topology, and the message
 * where it is refused. And what mail, terminals and logs do to a text changes nothing of what is read.
 * usage: test_topo_paste [--write]    with --write the goldens are written anew
 */
#include <errno.h>
#include <sys/time.h>

#include "tests/unit/imported.h"

#define FOLDER TEST_SOURCE_DIR "/tests/data/machines/text"

static const struct imported_how options[] = {
	{ "lscpu.txt", { .num = 1, .den = 1, .mem_bytes = 256u << 20 } },
	{ "lscpu-even-odd-wrapped.txt", { .num = 1, .den = 1, .mem_bytes = 64u << 20 } },
	{ "lscpu-nproc.txt", { .num = 1, .den = 1, .mem_bytes = 64u << 20 } },
	{ "not-available.txt", { .num = 1, .den = 64, .mem_bytes = 1u << 30 } },
	{ "one-node.txt", { .num = 1, .den = 1, .mem_bytes = 1u << 30 } },
	{ "one-node-no-slit.txt", { .num = 1, .den = 4096 } },
	{ "tiny-and-huge.txt", { .num = 1, .den = 4096 } },
	{ NULL, { .num = 1, .den = 64 } },
};

static void made_of(const char *name, size_t number, struct text *out)
{
	auto_free char *path = xasprintf(FOLDER "/%s", name);
	struct topo_import how = imported_how(options, name);
	auto_text struct text in = { 0 };
	struct err err = ERR_INIT;

	(void)number;
	if (file_read(path, IMPORTED_MOST, &in, &err))
		fail_msg("%s", err.msg);
	if (topo_import_bytes(in.s, in.len, name, &how, out, &err))
		text_printf(out, "refused: %s\n", err.msg);
}

static void test_files(void **state)
{
	(void)state;
	imported_goldens(FOLDER, made_of, false, "test_topo_paste");
}

/* --- what happens to a text on its way ------------------------------------------------------- */

static void before_each(const char *text, const char *prefix, bool number, struct text *out)
{
	for (unsigned line = 98; *text; line++) {
		size_t n = strcspn(text, "\n");

		if (number)
			text_printf(out, "%4u", line);
		text_printf(out, "%s%.*s\n", prefix, (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void quoted(const char *text, struct text *out)
{
	before_each(text, "> ", false, out);
}

static void quoted_deep(const char *text, struct text *out)
{
	before_each(text, "> >> | ", false, out);
}

static void indented(const char *text, struct text *out)
{
	text_printf(out, "```\n");
	before_each(text, "\t    ", false, out);
	text_printf(out, "```\n");
}

static void numbered(const char *text, struct text *out)
{
	before_each(text, "  ", true, out);
}

static void logged(const char *text, struct text *out)
{
	before_each(text, "|2025-11-03T10:00:07.120+01:00 host-3 sh[81]: ", true, out);
}

static void crlf(const char *text, struct text *out)
{
	for (; *text; text++)
		text_printf(out, *text == '\n' ? " \r\n" : "%c", *text);
}

static void utf16_big(const char *text, struct text *out)
{
	text_add(out, "\xfe\xff", 2);
	for (; *text; text++) {
		text_add(out, "\0", 1);
		text_add(out, text, 1);
	}
}

static void utf16_bare(const char *text, struct text *out)
{
	for (; *text; text++)
		text_add(out, (const char[]){ *text, 0 }, 2);
}

/* A terminal breaks a line wherever it ends: before, behind and within a number. */
static void wrapped(const char *text, unsigned width, struct text *out)
{
	for (unsigned column = 0; *text; text++) {
		if (*text != '\n' && column++ == width) {
			text_printf(out, "\n");
			column = 1;
		}
		column = *text == '\n' ? 0 : column;
		text_add(out, text, 1);
	}
}

/* Mail breaks it at a blank, and that blank is gone. */
static void mail(const char *text, struct text *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), cut = n;

		while (cut > 72)
			while (text[--cut] != ' ')
				;
		text_printf(out, "%.*s\n", (int)cut, text);
		text += cut + (text[cut] == '\n' || text[cut] == ' ');
	}
}

static void joined(const char *text, struct text *out)
{
	for (; *text; text++)
		text_add(out, *text == '\n' ? " " : text, 1);
}

/* Every other line is empty. */
static void spaced(const char *text, struct text *out)
{
	for (; *text; text++)
		text_printf(out, *text == '\n' ? "\n\n" : "%c", *text);
}

static void numbered_tab(const char *text, struct text *out)
{
	before_each(text, "\t", true, out);
}

static void numbered_grep(const char *text, struct text *out)
{
	before_each(text, ":", true, out);
}

/* A list that goes on has no number, and may begin with the one that the line would have. */
static void numbered_mail(const char *text, struct text *out)
{
	auto_text struct text lines = { 0 };

	numbered(text, &lines);
	mail(lines.s, out);
}

static void (*const ways[])(const char *text, struct text *out) = {
	quoted,	   quoted_deep, indented, numbered, logged,	  crlf,		 spaced,
	utf16_big, utf16_bare,	mail,	  joined,   numbered_tab, numbered_grep, numbered_mail,
};

/* As numactl writes it; every third CPU of each node is offline, and node 3 has none. */
static void numactl_text(unsigned nodes, unsigned cpus, struct text *out)
{
	text_printf(out, "available: %u nodes (0-%u)\n", nodes, nodes - 1);
	for (unsigned i = 0; i < nodes; i++) {
		text_printf(out, "node %u cpus:", i);
		for (unsigned k = 0; k < cpus && i != 3; k++)
			if (k % 3 != 1)
				text_printf(out, " %u", i + k * nodes);
		text_printf(out, "\nnode %u size: %u MB\nnode %u free: %u MB\n", i, 4096 * (i + 1), i,
			    77 + i);
	}
	text_printf(out, "node distances:\nnode ");
	for (unsigned i = 0; i < nodes; i++)
		text_printf(out, "%4u ", i);
	for (unsigned i = 0; i < nodes; i++) {
		text_printf(out, "\n%4u: ", i);
		for (unsigned j = 0; j < nodes; j++)
			text_printf(out, "%4u ", i == j ? 10 : 11 + (i * 7 + j * 13) % 200);
	}
	text_printf(out, "\n");
}

static const unsigned sizes[][2] = { { 1, 4 }, { 2, 96 }, { 5, 60 }, { 24, 12 }, { 60, 3 }, { 2, 300 } };

static void same_as(const char *want, const struct text *in)
{
	static const struct topo_import how = { .num = 1, .den = 64, .cpus_most = 100 };
	auto_text struct text is = { 0 };
	struct err err = ERR_INIT;

	if (topo_import_bytes(in->s, in->len, "x", &how, &is, &err))
		fail_msg("%s\n%s", err.msg, in->s);
	if (strcmp(is.s, want) != 0)
		fail_msg("is %swant %sfrom %s", is.s, want, in->s);
}

static void test_ways(void **state)
{
	static const struct topo_import how = { .num = 1, .den = 64, .cpus_most = 100 };

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
		auto_text struct text plain = { 0 }, want = { 0 };
		struct err err = ERR_INIT;

		numactl_text(sizes[s][0], sizes[s][1], &plain);
		if (topo_import_bytes(plain.s, plain.len, "x", &how, &want, &err))
			fail_msg("%s", err.msg);
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
			auto_text struct text in = { 0 };

			ways[i](plain.s, &in);
			same_as(want.s, &in);
		}
		for (unsigned width = 50; width < 180; width++) {
			auto_text struct text in = { 0 };

			wrapped(plain.s, width, &in);
			same_as(want.s, &in);
		}
	}
}

/* A line that is gone is missed, whichever it is: the text is refused, or the same is read. */
static void test_lines_gone(void **state)
{
	static const struct topo_import how = { .num = 1, .den = 64 };
	auto_text struct text plain = { 0 }, want = { 0 };
	struct err err = ERR_INIT;
	unsigned refused = 0, same = 0;

	(void)state;
	numactl_text(4, 6, &plain);
	assert_int_equal(topo_import_bytes(plain.s, plain.len, "x", &how, &want, &err), 0);
	for (const char *line = plain.s, *next; *line; line = next) {
		auto_text struct text in = { 0 }, is = { 0 };

		next = line + strcspn(line, "\n") + 1;
		text_printf(&in, "%.*s%s", (int)(line - plain.s), plain.s, next);
		if (topo_import_bytes(in.s, in.len, "x", &how, &is, &err)) {
			refused++;
		} else if (!strncmp(line, "node distances:", 15)) {
			assert_non_null(strstr(is.s, "distances are not told"));
		} else {
			assert_string_equal(is.s, want.s);
			same++;
		}
	}
	/* "free" lines do not matter, and the matrix stands in for "available:". */
	assert_int_equal(same, 5);
	assert_int_equal(refused, 4 * 2 + 1 + 4);
}

/* Time grows with the text's length: with its square, each of these would take minutes or hours of CPU time. */
static void test_long(void **state)
{
	static const char *const pieces[] = {
		"<p ",
		"available: 1 nodes \n",
		"node 0 cpus: 0\n",
		"\033]",
		"node distances:\n",
		"1 ",
		"=\n",
		"Per-node system memory usage\n",
	};
	static const struct topo_import how = { .num = 1, .den = 1 };

	static const struct itimerval seconds_20 = { .it_value.tv_sec = 20 }, none = { 0 };

	(void)state;
	setitimer(ITIMER_PROF, &seconds_20, NULL); /* its signal ends the test */
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		auto_text struct text in = { 0 }, out = { 0 };
		struct err err = ERR_INIT;

		while (in.len < (8u << 20) - 100)
			text_add(&in, pieces[i], strlen(pieces[i]));
		assert_true(topo_import_bytes(in.s, in.len, "x", &how, &out, &err) < 0);
	}
	setitimer(ITIMER_PROF, &none, NULL);
	auto_text struct text in = { 0 }, out = { 0 };
	struct err err = ERR_INIT;
	while (in.len <= 8u << 20)
		text_add(&in, "node 0\n", 7);
	assert_int_equal(topo_import_bytes(in.s, in.len, "x", &how, &out, &err), -EFBIG);
	assert_string_equal(err.msg,
			    "x: text of more than 8 MiB: want the lines of `numactl -H` or `lscpu` of it");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_lines_gone),
		cmocka_unit_test(test_long),
	};

	if (argc > 1 && !strcmp(argv[1], "--write"))
		return imported_goldens(FOLDER, made_of, true, "test_topo_paste"), 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
