/* SPDX-License-Identifier: GPL-2.0-or-later */
/* harness/base: errors, text, sets of ids, files, digests, suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/file.h"
#include "base/idset.h"
#include "base/sha256.h"
#include "base/suggest.h"
#include "base/text.h"

static void err_messages(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&err, -ENOENT, "node %u", 3), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.msg, "node 3");
	assert_int_equal(err_prefix(&err, "%s", "a.json"), -ENOENT);
	assert_string_equal(err.msg, "a.json: node 3");
	assert_int_equal(err_set(&err, 0, "x"), -EINVAL);
	errno = EACCES;
	assert_int_equal(err_sys(&err, "/a%c", 'b'), -EACCES);
	assert_string_equal(err.msg, "/ab: Permission denied");
	/* one line, whatever a user's file put into it */
	err_set(&err, -EINVAL, "a\nb\x1b[31m\x7f");
	assert_string_equal(err.msg, "a?b?[31m?");
}

static void err_long(void **state)
{
	struct err err = ERR_INIT;
	char longest[sizeof(err.msg) + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(err.msg) - 1] = 0;
	err_set(&err, -EINVAL, "%s", longest); /* just fits */
	assert_string_equal(err.msg, longest);
	longest[sizeof(err.msg) - 1] = 'x';
	longest[sizeof(err.msg)] = 0;
	err_set(&err, -EINVAL, "%s", longest);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_string_equal(err.msg + sizeof(err.msg) - 5, "x...");
	err_prefix(&err, "front");
	assert_int_equal(strncmp(err.msg, "front: xxx", 10), 0);
	assert_string_equal(err.msg + sizeof(err.msg) - 5, "x...");
}

static void text_grows(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	assert_string_equal(text_str(&t), "");
	text_add(&t, "", 0);
	assert_string_equal(t.s, "");
	text_add(&t, "a\0b", 3);
	assert_int_equal(t.len, 3);
	assert_memory_equal(t.s, "a\0b", 4);
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%d,", i);
	assert_int_equal(t.len, 3 + 10 * 2 + 90 * 3 + 900 * 4);
	assert_string_equal(t.s + t.len - 8, "998,999,");
	text_free(&t);
	assert_true(!t.s && !t.len && !t.cap);
}

static void strlist_ends(void **state)
{
	auto_strlist struct strlist l = { 0 };

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		strlist_add(&l, "-%u", i);
		assert_int_equal(l.n, i + 1);
		assert_null(l.v[l.n]);
	}
	assert_string_equal(l.v[0], "-0");
	assert_string_equal(l.v[9], "-9");
	strlist_free(&l);
	assert_true(!l.v && !l.n);
}

static void idset_good(void **state)
{
	static const struct {
		const char *text, *back;
		unsigned count;
	} cases[] = {
		{ "", "", 0 },
		{ "\n", "", 0 },
		{ "0", "0", 1 },
		{ "0-3,8\n", "0-3,8", 5 },
		{ "8,0-2,1,3", "0-3,8", 5 },
		{ "62-65", "62-65", 4 }, /* over a word's edge */
		{ "0-1023", "0-1023", 1024 },
		{ "1023", "1023", 1 },
		{ "5-5", "5", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct idset s, again;
		struct err err = ERR_INIT;
		char buf[64];

		assert_int_equal(idset_parse(&s, cases[i].text, &err), 0);
		assert_string_equal(idset_format(&s, buf, sizeof(buf)), cases[i].back);
		assert_int_equal(idset_count(&s), cases[i].count);
		assert_int_equal(idset_parse(&again, buf, &err), 0);
		assert_true(idset_equal(&s, &again));
	}
}

static void idset_bad(void **state)
{
	static const struct {
		const char *text, *message;
		int code;
	} cases[] = {
		{ "x", "list \"x\": want ids like 0-3,8 (at \"x\")", -EINVAL },
		{ "0,", "list \"0,\": want ids like 0-3,8 (at \"\")", -EINVAL },
		{ ",0", "list \",0\": want ids like 0-3,8 (at \",0\")", -EINVAL },
		{ "0-", "list \"0-\": want ids like 0-3,8 (at \"\")", -EINVAL },
		{ "3-1", "list \"3-1\": want ids like 0-3,8 (at \"\")", -EINVAL },
		{ "-1", "list \"-1\": want ids like 0-3,8 (at \"-1\")", -EINVAL },
		{ " 1", "list \" 1\": want ids like 0-3,8 (at \" 1\")", -EINVAL },
		{ "0 1", "list \"0 1\": want ids like 0-3,8 (at \" 1\")", -EINVAL },
		{ "0\n1", "list \"0?1\": want ids like 0-3,8 (at \"?1\")", -EINVAL },
		{ "1024", "list \"1024\": an id is 1024 or more", -ERANGE },
		{ "0-1024", "list \"0-1024\": an id is 1024 or more", -ERANGE },
		{ "99999999999999999999", "list \"99999999999999999999\": an id is 1024 or more", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct idset s;
		struct err err = ERR_INIT;

		assert_int_equal(idset_parse(&s, cases[i].text, &err), cases[i].code);
		assert_string_equal(err.msg, cases[i].message);
	}
}

static void idset_walks(void **state)
{
	struct idset s = { 0 }, other = { 0 };
	unsigned seen[3] = { 0 }, n = 0;
	char buf[4];

	(void)state;
	idset_add(&s, 1);
	idset_add(&s, 64);
	idset_add(&s, 1023);
	idset_add(&s, 1024); /* ignored */
	idset_foreach (id, &s) {
		assert_true(n < 3);
		seen[n++] = id;
	}
	assert_int_equal(n, 3);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 64);
	assert_int_equal(seen[2], 1023);
	assert_true(idset_has(&s, 64) && !idset_has(&s, 63) && !idset_has(&s, 1024));
	assert_int_equal(idset_next(&s, 65), 1023);
	assert_int_equal(idset_next(&other, 0), IDSET_MAX);
	assert_false(idset_equal(&s, &other));
	assert_int_equal(strlen(idset_format(&s, buf, sizeof(buf))), 3); /* cut, and ended */
}

/* A folder of the test's own; TMPDIR is honoured. */
static char *scratch(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = xasprintf("%s/numarig-test-XXXXXX", tmp ? tmp : "/tmp");

	if (!mkdtemp(path))
		fail_msg("%s: %s", path, strerror(errno));
	return path;
}

static void scratch_end(const char *dir)
{
	struct err err = ERR_INIT;

	if (dir_remove(dir, &err))
		fail_msg("%s", err.msg);
	assert_false(path_exists(dir));
}

static void file_round(void **state)
{
	(void)state;
	auto_free char *dir = scratch();
	auto_free char *path = xasprintf("%s/f", dir);
	auto_free char *missing = xasprintf("%s/no", dir);
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	text_add(&t, "> ", 2);
	assert_int_equal(file_write(path, "one\0two", 7, &err), 0);
	assert_int_equal(file_read(path, 7, &t, &err), 0);
	assert_int_equal(t.len, 9);
	assert_memory_equal(t.s, "> one\0two", 10);
	assert_int_equal(file_write(path, "", 0, &err), 0);
	text_free(&t);
	assert_int_equal(file_read(path, 0, &t, &err), 0);
	assert_string_equal(text_str(&t), "");
	assert_int_equal(file_read(missing, 1, &t, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/no: No such file or directory"));
	/* /proc's files say 0 bytes and have some */
	assert_int_equal(file_read("/proc/self/stat", 65536, &t, &err), 0);
	assert_true(t.len > 10);
	scratch_end(dir);
}

static void file_bounds(void **state)
{
	(void)state;
	auto_free char *dir = scratch();
	auto_free char *path = xasprintf("%s/f", dir);
	auto_free char *want =
		xasprintf("%s: is larger than 3 bytes, the most that is read of such a file", path);
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(file_write(path, "four", 4, &err), 0);
	assert_int_equal(file_read(path, 3, &t, &err), -EFBIG);
	assert_string_equal(err.msg, want);
	assert_int_equal(file_read("/dev/zero", 200000, &t, &err), -EINVAL);
	scratch_end(dir);
}

/* A write that fails leaves the old thing and no temporary file: the place is a folder, so that rename fails.
 */
static void file_write_fails(void **state)
{
	(void)state;
	auto_free char *dir = scratch();
	auto_free char *path = xasprintf("%s/d", dir);
	auto_free char *tmp = xasprintf("%s.tmp.%d", path, (int)getpid());
	auto_free char *deep = xasprintf("%s/no/f", dir);
	struct err err = ERR_INIT;

	assert_int_equal(dir_make(path, &err), 0);
	assert_int_equal(file_write(path, "x", 1, &err), -EISDIR);
	assert_true(path_exists(path));
	assert_false(path_exists(tmp));
	assert_int_equal(file_write(deep, "x", 1, &err), -ENOENT);
	scratch_end(dir);
}

static void file_sparse(void **state)
{
	(void)state;
	auto_free char *dir = scratch();
	auto_free char *from = xasprintf("%s/from", dir);
	auto_free char *to = xasprintf("%s/to", dir);
	auto_close int fd = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct err err = ERR_INIT;
	struct sha256 a, b;
	struct stat st;

	/* a hole, bytes over a page's edge, written zeroes, a byte before an odd end */
	assert_int_equal(ftruncate(fd, (8 << 20) + 123), 0);
	assert_int_equal(pwrite(fd, "abcdef", 6, (1 << 20) - 3), 6);
	auto_free char *zero = xcalloc(1, 1 << 20);
	assert_int_equal(pwrite(fd, zero, 1 << 20, 4 << 20), 1 << 20);
	assert_int_equal(pwrite(fd, "z", 1, (8 << 20) + 122), 1);
	assert_int_equal(file_copy_sparse(fd, to, &err), 0);
	assert_int_equal(file_copy_sparse(fd, to, &err), -EEXIST);
	assert_int_equal(sha256_file(from, &a, &err), 0);
	assert_int_equal(sha256_file(to, &b, &err), 0);
	assert_string_equal(a.hex, b.hex);
	assert_int_equal(stat(to, &st), 0);
	assert_true(st.st_blocks * 512 <= 64 << 10); /* a megabyte of written zeroes became a hole */
	/* all hole */
	assert_int_equal(ftruncate(fd, 0) || ftruncate(fd, 5000), 0);
	unlink(to);
	assert_int_equal(file_copy_sparse(fd, to, &err), 0);
	assert_int_equal(stat(to, &st) || st.st_size != 5000, 0);
	scratch_end(dir);
}

static void dir_trees(void **state)
{
	(void)state;
	auto_free char *dir = scratch();
	auto_free char *deep = xasprintf("%s/a//b/c/", dir);
	auto_free char *file = xasprintf("%s/a/b/f", dir);
	auto_free char *under = xasprintf("%s/a/b/f/g", dir);
	auto_free char *outside = scratch();
	auto_free char *kept = xasprintf("%s/kept", outside);
	auto_free char *link = xasprintf("%s/a/link", dir);
	auto_free char *block = xcalloc(1, 100000);
	struct err err = ERR_INIT;

	assert_int_equal(dir_make(deep, &err), 0);
	assert_int_equal(dir_make(deep, &err), 0);
	assert_int_equal(file_write(file, block, 100000, &err), 0);
	assert_int_equal(dir_make(under, &err), -ENOTDIR);
	assert_true(dir_bytes(dir) >= 100000 && dir_bytes(dir) < 400000);
	assert_int_equal(dir_bytes(under), 0); /* is not there */
	/* a link is removed, not what it points to */
	assert_int_equal(file_write(kept, "x", 1, &err), 0);
	assert_int_equal(symlink(outside, link), 0);
	scratch_end(dir);
	assert_true(path_exists(kept));
	scratch_end(outside);
	assert_int_equal(dir_remove(dir, &err), 0); /* not there is fine */
}

/* FIPS 180-2's examples. */
static void sha256_examples(void **state)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	auto_free char *dir = scratch();
	auto_free char *path = xasprintf("%s/f", dir);
	auto_free char *million = xcalloc(1, 1000000);
	struct err err = ERR_INIT;
	struct sha256 d;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		sha256_bytes(cases[i].text, strlen(cases[i].text), &d);
		assert_string_equal(d.hex, cases[i].hex);
		assert_int_equal(file_write(path, cases[i].text, strlen(cases[i].text), &err), 0);
		assert_int_equal(sha256_file(path, &d, &err), 0);
		assert_string_equal(d.hex, cases[i].hex);
	}
	memset(million, 'a', 1000000); /* more than one read */
	assert_int_equal(file_write(path, million, 1000000, &err), 0);
	assert_int_equal(sha256_file(path, &d, &err), 0);
	assert_string_equal(d.hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_int_equal(sha256_file(dir, &d, &err), -EISDIR);
	scratch_end(dir);
	assert_int_equal(sha256_file(path, &d, &err), -ENOENT);
}

static void suggestions(void **state)
{
	static const char *const names[] = { "uma",	   "2node", "4node", "4node-mesh", "memoryless",
					     "interleave", "nmxx",  "numa",  NULL };
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "4nodes", "4node" },
		{ "UMA", "uma" },
		{ "2nodes", "2node" },
		{ "nmua", "numa" },	    /* neighbours swapped: one slip, where nmxx would be two */
		{ "memory", "memoryless" }, /* the beginning of it */
		{ "memryles", "memoryless" },
		{ "4node-mehs", "4node-mesh" },
		{ "umaa", "uma" },
		{ "something", NULL },
		{ "", NULL },
		{ "xyz", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = suggest(cases[i].word, names);

		if (!got || !cases[i].want)
			assert_ptr_equal(got, cases[i].want);
		else
			assert_string_equal(got, cases[i].want);
	}
	auto_free char *longer = xcalloc(1, 1000);
	memset(longer, 'x', 999);
	assert_null(suggest(longer, names));

	static const struct {
		int before;
		const char *name;
		int behind;
	} rows[] = { { 1, "swappiness", 1 }, { 1, "thp.enabled", 1 }, { 0 } };
	assert_ptr_equal(suggest_row("thp.enabeld", &rows->name, sizeof(*rows)), rows[1].name);
	assert_null(suggest_row("xyzzy", &rows->name, sizeof(*rows)));
	assert_null(suggest_row("swappiness", &rows[2].name, sizeof(*rows)));
}

/* What a size reads as: rounded, in the unit a person would take. */
static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *words;
	} rows[] = { { 0, "0 KiB" },
		     { 1 << 20, "1 MiB" },
		     { (1 << 20) - 1, "1024 KiB" },
		     { 8ull << 30, "8 GiB" },
		     { 3ull << 29, "1.5 GiB" },
		     { 190 << 20, "190 MiB" },
		     { 8589934592ull + 50000000, "8 GiB" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_text struct text t = { 0 };

		text_bytes(&t, rows[i].bytes);
		assert_string_equal(text_str(&t), rows[i].words);
	}
}

static void shell_words(void **state)
{
	static const char *const rows[][2] = { { "4node", "4node" },
					       { "thp.enabled=never", "thp.enabled=never" },
					       { "", "''" },
					       { "a b", "'a b'" },
					       { "it's", "'it'\\''s'" },
					       { "$x;*", "'$x;*'" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_text struct text t = { 0 };

		text_shell(&t, rows[i][0]);
		assert_string_equal(t.s, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shell_words),
		cmocka_unit_test(err_messages),
		cmocka_unit_test(err_long),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(strlist_ends),
		cmocka_unit_test(idset_good),
		cmocka_unit_test(idset_bad),
		cmocka_unit_test(idset_walks),
		cmocka_unit_test(file_round),
		cmocka_unit_test(file_bounds),
		cmocka_unit_test(file_write_fails),
		cmocka_unit_test(file_sparse),
		cmocka_unit_test(dir_trees),
		cmocka_unit_test(sha256_examples),
		cmocka_unit_test(sizes),
		cmocka_unit_test(suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
