/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What says that something goes on, in a pipe: a line now and then, none at first, no wait at its end, and forks in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>

#define PROGRESS_LINE_NS 700000000ull
#include "base/text.h"
#include "progress.c"

#include "base/auto.h"

/* Standard error into a pipe, and back; what was said in between. */
static int saved, out[2];

static void begin_pipe(void)
{
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	fflush(stderr);
	saved = dup(2);
	dup2(out[1], 2);
}

static char *end_pipe(void)
{
	char text[4096];

	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	close(out[1]);
	ssize_t n = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	return xasprintf("%.*s", n > 0 ? (int)n : 0, text);
}

static void rest_ns(long ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&t, NULL);
}

static void short_work_is_quiet(void **state)
{
	uint64_t began = host_ns();

	(void)state;
	begin_pipe();
	for (unsigned i = 1; i <= 20; i++) {
		progress_show("bind", i, 20);
		progress_end();
	}
	auto_free char *output = end_pipe();
	assert_string_equal(output, "");
	assert_true(host_ns() - began < 2000000000ull); /* it ends at once: half a second each before */
}

static void long_work_speaks(void **state)
{
	(void)state;
	begin_pipe();
	progress_show("bind", 3, 48);
	rest_ns(1200000000);
	progress_end();
	auto_free char *output = end_pipe();
	assert_int_equal(strncmp(output, "3 of 48 done; running for ", 26), 0);
	assert_string_equal(output + strlen(output) - 9, " s: bind\n");
}

/* Steps that are short are no reason to keep silent when there are many of them. */
static void short_steps_speak(void **state)
{
	(void)state;
	begin_pipe();
	for (unsigned i = 1; i <= 10; i++) {
		progress_show("step", i, 10);
		rest_ns(100000000);
	}
	progress_end();
	auto_free char *output = end_pipe();
	assert_non_null(strstr(output, " of 10 done; running for "));
}

static void children_end(void **state)
{
	int status;

	(void)state;
	begin_pipe();
	progress_show("parent", 0, 0);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(5);
			progress_show("child", 0, 0);
			progress_end();
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	progress_end();
	free(end_pipe());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_work_is_quiet),
		cmocka_unit_test(long_work_speaks),
		cmocka_unit_test(short_steps_speak),
		cmocka_unit_test(children_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
