/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a record stream costs: memory and time by its bytes, whatever a guest puts into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "result/records.h"
#include "tests/unit/stream.h"

#define MEMORY_MOST (512ull << 20)
#define CPU_MOST_S 10

/* In a process of its own, which has so much memory and time; what it makes of the stream is its exit code. */
static void costs_little(const struct stream *s, int want)
{
	int status = 0;
	struct rusage used;
	pid_t pid = fork();

	if (!pid) {
		struct records r = { 0 };
		struct err err = ERR_INIT;
#ifndef __SANITIZE_ADDRESS__
		setrlimit(RLIMIT_AS, &(struct rlimit){ MEMORY_MOST, MEMORY_MOST });
#endif
		setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_MOST_S, CPU_MOST_S });
		int code = records_parse(s->t.s, s->t.len, NULL, &r, &err);
		for (size_t i = 0; !code && i < r.phases; i += r.phases / 8 + 1)
			if (!rawset_get(&r.phase[i].raw, "/big"))
				code = -ENOENT;
		_exit(-code);
	}
	assert_int_equal(wait4(pid, &status, 0, &used), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
	assert_true((uint64_t)used.ru_maxrss * 1024 < MEMORY_MOST);
}

static void file_of(struct stream *s, const char *name, size_t bytes)
{
	auto_free char *text = xcalloc(bytes + 1, 1);

	memset(text, 'x', bytes);
	memcpy(text + bytes - 3, "\nx\n", 3);
	stream_bytes(s, FRAME_FILE, name, text, bytes);
}

/* 5 MB of records took 80 GB: each phase had a copy of every file. */
static void many_phases(void **state)
{
	auto_stream struct stream s = { 0 };

	(void)state;
	file_of(&s, "/big", 4 << 20);
	for (int i = 0; i < 20000; i++)
		stream_add(&s, FRAME_PHASE, "p", "1");
	stream_end(&s);
	costs_little(&s, 0);
}

/* Many of everything that is kept one by one. */
static void many_small_records(void **state)
{
	auto_stream struct stream s = { 0 };
	char name[32];

	(void)state;
	stream_add(&s, FRAME_FILE, "/big", "x\n");
	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof(name), "/f%d", i);
		stream_add(&s, FRAME_FILE, name, "0\n");
		stream_add(&s, FRAME_PHASE, name, "1");
		stream_add(&s, FRAME_DELTA, name, "0 1\n");
		stream_add(&s, FRAME_VALUE, name, "0 1");
		stream_add(&s, FRAME_NOTE, name, "x");
		stream_add(&s, FRAME_OUT, i % 2 ? "1" : "2", "x");
	}
	stream_end(&s);
	costs_little(&s, 0);
}

/* Changes of a few bytes that each make a large text: up to a limit these are not unfolded, beyond it refused. */
static void many_changes(void **state)
{
	auto_stream struct stream some = { 0 }, many = { 0 };
	auto_records struct records r = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	file_of(&some, "/big", 4 << 20);
	file_of(&many, "/big", 4 << 20);
	for (int i = 0; i < 1000; i++) {
		stream_add(i < 500 ? &some : &many, FRAME_PHASE, "p", "1");
		stream_add(i < 500 ? &some : &many, FRAME_DELTA, "/big", "1 y\n");
	}
	for (int i = 0; i < 100; i++)
		stream_add(&many, FRAME_DELTA, "/big", "1 z\n");
	stream_end(&some);
	stream_end(&many);
	costs_little(&some, 0);
	costs_little(&many, EBADMSG);
	assert_int_equal(records_parse(many.t.s, many.t.len, NULL, &r, &err), -EBADMSG);
	assert_string_equal(err.msg,
			    "record 1012 (delta /big): the texts of the samples come to more than 2048 MiB: "
			    "sample less often");
}

/* Sets that share a history see what was there when they were shared, and what is put into one is in that one only. */
static void shared(void **state)
{
	auto_rawset struct rawset a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	rawset_put(&a, "/x", "1\n2\n", 4);
	assert_null(rawset_change(&a, "/x", "1 two\n", 6));
	rawset_share(&b, &a);
	rawset_share(&c, &a);
	rawset_put(&a, "/y", "later", 5);
	assert_null(rawset_change(&b, "/x", "0 one\n", 6));
	assert_string_equal(rawset_get(&a, "/x"), "1\ntwo\n");
	assert_string_equal(rawset_get(&b, "/x"), "one\ntwo\n");
	assert_string_equal(rawset_get(&c, "/x"), "1\ntwo\n");
	assert_string_equal(rawset_get(&a, "/y"), "later");
	assert_null(rawset_get(&b, "/y"));
	assert_null(rawset_get(&c, "/y"));
	assert_string_equal(rawset_path(&a, 1), "/y");
	assert_null(rawset_path(&c, 1));
	assert_string_equal(rawset_change(&c, "/y", "0 z\n", 4), "changes a file that was never sent");
	rawset_free(&a);
	assert_string_equal(rawset_get(&c, "/x"), "1\ntwo\n");
}

/* A set that is older than the file's next whole text has the lines that it had, not those that the file has now. */
static void shorter_later(void **state)
{
	auto_rawset struct rawset now = { 0 }, before = { 0 };
	auto_text struct text many = { 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		text_printf(&many, "%u\n", i);
	rawset_put(&now, "/x", many.s, many.len);
	assert_null(rawset_change(&now, "/x", "999 last\n", 9));
	rawset_share(&before, &now);
	rawset_put(&now, "/x", "", 0); /* a program's numa_maps at its end */
	const char *text = rawset_get(&before, "/x");
	assert_int_equal(strlen(text), many.len + 1);
	assert_string_equal(text + many.len + 1 - 9, "998\nlast\n");
	assert_string_equal(rawset_get(&now, "/x"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_later),
		cmocka_unit_test(many_phases),
		cmocka_unit_test(many_small_records),
		cmocka_unit_test(many_changes),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests_name("records_cost", tests, NULL, NULL);
}
