/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qemu/patience.h with processes that work, rest and are stopped: only what they do counts, not how long it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "qemu/patience.h"

#define MS 1000000ull

static pid_t child(bool works)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (!works)
			pause();
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Until it is no longer WAIT; wall clock since `start` in *took_ms. */
static enum patience_state until_over(struct patience *p, uint64_t *took_ms)
{
	uint64_t start = host_ns();
	enum patience_state s;

	while ((s = patience_look(p)) == PATIENCE_WAIT)
		nanosleep(&(struct timespec){ .tv_nsec = 10 * MS }, NULL);
	*took_ms = (host_ns() - start) / MS;
	return s;
}

static void works_up_to_its_limit(void **state)
{
	struct patience_rule rule = { .pid = child(true) };
	struct patience p;
	uint64_t took;
	char words[200];

	(void)state;
	patience_begin(&p, &rule, 300);
	assert_int_equal(until_over(&p, &took), PATIENCE_SPENT);
	assert_true(patience_used_ns(&p) >= 300 * MS);
	assert_true(took >= 290); /* a process uses no more than wall clock has */
	assert_string_equal(patience_words(&p, PATIENCE_SPENT, words, sizeof(words)),
			    "it has used 0.3 s of CPU time, the limit (NUMARIG_DEADLINE=SECONDS raises it)");
	end(rule.pid);
}

/* A host that gives it no CPU: wall clock goes by, and the limit does not come nearer. */
static void starved(void **state)
{
	struct patience_rule rule = { .pid = child(true) };
	struct patience p;

	(void)state;
	kill(rule.pid, SIGSTOP);
	patience_begin(&p, &rule, 200);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(patience_look(&p), PATIENCE_WAIT);
		nanosleep(&(struct timespec){ .tv_nsec = 10 * MS }, NULL);
	}
	assert_true(patience_used_ns(&p) < 200 * MS);
	end(rule.pid);
}

static void stalled(void **state)
{
	struct patience_rule rule = { .pid = child(false) };
	struct patience p;
	uint64_t took;
	char words[200];

	(void)state;
	patience_begin(&p, &rule, 60000);
	p.stall_ns = 200 * MS; /* PATIENCE_STALL_S is too long for a test */
	assert_int_equal(until_over(&p, &took), PATIENCE_STALLED);
	assert_true(took >= 190);
	assert_string_equal(
		patience_words(&p, PATIENCE_STALLED, words, sizeof(words)),
		"it used less than 0.1 s of CPU time in 0.2 s (NUMARIG_DEADLINE=SECONDS waits longer)");
	end(rule.pid);
}

/* $NUMARIG_DEADLINE takes the place of the limit and of the time without progress. */
static void own_seconds(void **state)
{
	struct patience_rule rule = { .pid = child(false), .own_s = 1 };
	struct patience p;
	uint64_t took;

	(void)state;
	patience_begin(&p, &rule, 50);
	assert_int_equal(p.limit_ns, 1000 * MS);
	assert_int_equal(until_over(&p, &took), PATIENCE_STALLED);
	assert_true(took >= 990);
	end(rule.pid);
}

static void wall_clock(void **state)
{
	struct patience_rule rule = { 0 };
	struct patience p;
	uint64_t took;
	char words[200];

	(void)state;
	patience_begin(&p, &rule, 100);
	assert_true(patience_poll_ms(&p) >= 1 && patience_poll_ms(&p) <= 101);
	assert_int_equal(until_over(&p, &took), PATIENCE_SPENT);
	assert_int_equal(patience_poll_ms(&p), 0);
	assert_string_equal(
		patience_words(&p, PATIENCE_SPENT, words, sizeof(words)),
		"0.1 s of the host's time have passed, the limit (NUMARIG_DEADLINE=SECONDS raises it)");
}

/* One that has ended moves no more; whoever waits for it sees its end by other means. */
static void gone(void **state)
{
	struct patience_rule rule = { .pid = child(false) };
	struct patience p;

	(void)state;
	patience_begin(&p, &rule, 1000);
	end(rule.pid);
	assert_int_equal(patience_look(&p), PATIENCE_WAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_up_to_its_limit),
		cmocka_unit_test(starved),
		cmocka_unit_test(stalled),
		cmocka_unit_test(own_seconds),
		cmocka_unit_test(wall_clock),
		cmocka_unit_test(gone),
	};

	return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
