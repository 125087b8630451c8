/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the host's own small programs: what comes back, deadlines, and that nothing of them is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#include "base/auto.h"
#include "kit/tool.h"

static char *const no_env[] = { NULL };

/* Runs a shell script; fd is open in it as 3. */
static int shell_with(int fd, const char *script, unsigned deadline_ms, struct text *out, struct text *why,
		      int *code, struct err *err)
{
	auto_free char *text = xstrdup(script);
	char sh[] = "/bin/sh", c[] = "-c";
	struct tool t = { .argv = (char *[]){ sh, c, text, NULL },
			  .env = no_env,
			  .give_fd = fd,
			  .deadline_ms = deadline_ms };

	text_free(out);
	text_free(why);
	return tool_run(&t, out, why, code, err);
}

static int shell(const char *script, unsigned deadline_ms, struct text *out, struct text *why, int *code,
		 struct err *err)
{
	return shell_with(-1, script, deadline_ms, out, why, code, err);
}

/* A pipe handed to the tool comes to its end when none of its children is left. */
static void tool_leaves_nothing(void **state)
{
	static const char *const scripts[] = { "echo given >&3; sleep 60 & exit 0",
					       "echo given >&3; sleep 60 & wait" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		auto_text struct text out = { 0 }, why = { 0 };
		struct err err = ERR_INIT;
		char buf[16];
		int pair[2], code;

		assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
		assert_int_equal(shell_with(pair[1], scripts[i], i ? 200 : 5000, &out, &why, &code, &err),
				 i ? -ETIME : 0);
		close(pair[1]);
		assert_int_equal(read(pair[0], buf, sizeof(buf)), 6);
		assert_memory_equal(buf, "given\n", 6);
		struct pollfd p = { .fd = pair[0], .events = POLLIN };
		assert_int_equal(poll(&p, 1, 5000),
				 1); /* they were told to die; not to wait for 60 s if not */
		assert_int_equal(read(pair[0], buf, sizeof(buf)), 0);
		close(pair[0]);
	}
}

/* What waits on the harness's own standard input is not the tool's. */
static void tool_input(void **state)
{
	auto_text struct text out = { 0 }, why = { 0 };
	struct err err = ERR_INIT;
	int pair[2], code, kept = dup(0);
	(void)state;

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(write(pair[1], "input", 5), 5);
	close(pair[1]);
	dup2(pair[0], 0);
	int bad = shell("cat", 5000, &out, &why, &code, &err) || out.len;
	/* and when there is none: descriptors made in its place are not mixed up */
	close(0);
	int none = bad || shell("cat; echo a; echo b >&2", 5000, &out, &why, &code, &err);
	dup2(kept, 0);
	close(kept);
	close(pair[0]);
	assert_false(none);
	assert_string_equal(text_str(&out), "a\n");
	assert_string_equal(text_str(&why), "b\n");
}

static void tool_ends(void **state)
{
	auto_text struct text out = { 0 }, why = { 0 };
	struct err err = ERR_INIT;
	char line[8];
	int code;
	(void)state;

	assert_int_equal(shell("echo a; echo b >&2; exit 7", 5000, &out, &why, &code, &err), 0);
	assert_string_equal(text_str(&out), "a\n");
	assert_string_equal(text_str(&why), "b\n");
	assert_int_equal(code, 7);
	assert_int_equal(shell("kill -9 $$", 5000, &out, &why, &code, &err), 0);
	assert_int_equal(code, 137);
	assert_int_equal(shell("cat; echo \"$HOME$FOO\"", 5000, &out, &why, &code, &err), 0);
	assert_string_equal(text_str(&out), "\n"); /* no input, no environment */
	/* more than a pipe holds, on both at once */
	assert_int_equal(
		shell("i=0; while [ $i -lt 9000 ]; do echo 0123456789; echo 0123456789 >&2; i=$((i+1)); done",
		      9000, &out, &why, &code, &err),
		0);
	assert_int_equal(out.len, 99000);
	assert_int_equal(why.len, 99000);
	assert_string_equal(tool_first_line(&why, line, sizeof(line)), "0123456");
	/* its child holds the pipes open for longer than the deadline */
	assert_int_equal(shell("sleep 60 & echo a", 5000, &out, &why, &code, &err), 0);
	assert_string_equal(text_str(&out), "a\n");
}

static void tool_fails(void **state)
{
	auto_text struct text out = { 0 }, why = { 0 };
	struct err err = ERR_INIT;
	char gone[] = "/no/tool";
	struct tool t = { .argv = (char *[]){ gone, NULL }, .env = no_env, .deadline_ms = 5000 };
	struct timespec from, to;
	int code;
	(void)state;

	assert_int_equal(tool_run(&t, &out, &why, &code, &err), -ENOENT);
	assert_string_equal(err.msg, "/no/tool: can't be started: No such file or directory");
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(shell("sleep 60 & sleep 60", 100, &out, &why, &code, &err), -ETIME);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_string_equal(err.msg, "/bin/sh: has not ended after 100 ms, its deadline");
	assert_true(to.tv_sec - from.tv_sec < 10);
	/* the same when it has closed what it writes to */
	assert_int_equal(shell("exec >&- 2>&-; sleep 60", 100, &out, &why, &code, &err), -ETIME);
	assert_int_equal(shell("yes", 5000, &out, &why, &code, &err), -EFBIG);
	assert_string_equal(err.msg, "/bin/sh: writes more than 1048576 bytes; a page of text was expected");
	/* none of them is left, not even as a zombie */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void which(void **state)
{
	auto_free char *sh = tool_which("sh");
	auto_free char *given = tool_which("./x/y");
	(void)state;

	assert_non_null(sh);
	assert_int_equal(sh[0], '/');
	assert_string_equal(given, "./x/y");
	assert_null(tool_which("nosuchprogram"));
	assert_null(tool_which(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tool_ends),
		cmocka_unit_test(tool_fails),
		cmocka_unit_test(tool_leaves_nothing),
		cmocka_unit_test(tool_input),
		cmocka_unit_test(which),
	};

	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
