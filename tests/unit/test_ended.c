/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/ended.h: how a program of the user's ended, and whom the OOM killer took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/auto.h"
#include "judge/ended.h"
#include "tests/unit/stream.h"

#define SUMMARY \
	"oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=fault,pid=77,uid=0"
#define KILL "Out of memory: Killed process 77 (fault) total-vm:1kB"

/* The stream's records up to an end of that kind, with that kernel log; the outcome and the words of it. */
static void is(const char *kind, const char *number, const char *log, enum outcome outcome, const char *why)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };
	struct judged j = { 0 };
	struct err err = ERR_INIT;

	stream_add(&s, FRAME_PHASE, "start", "1");
	stream_add(&s, FRAME_PHASE, "end", "2");
	if (log)
		stream_add(&s, FRAME_FILE, "dmesg", log);
	if (kind)
		stream_add(&s, FRAME_EXIT, kind, number);
	stream_end(&s);
	if (records_parse(s.t.s, s.t.len, NULL, &r, &err))
		fail_msg("%s", err.msg);
	ended_judge(&r, &j);
	assert_string_equal(j.why, why);
	assert_int_equal(j.outcome, outcome);
}

static void by_itself(void **state)
{
	(void)state;
	is("code", "0", NULL, OUTCOME_PASS, "");
	is("code", "3", "6,1,1,-;nothing of note\n", OUTCOME_PASS, ""); /* its own affair */
	is(NULL, NULL, NULL, OUTCOME_BROKEN, "the program's end was not reported");
}

static void by_others(void **state)
{
	(void)state;
	is("signal", "11", NULL, OUTCOME_FAIL, "the program was ended by SIGSEGV (Segmentation fault)");
	is("signal", "9", "", OUTCOME_FAIL, "the program was ended by SIGKILL (Killed)");
	is("signal", "64", NULL, OUTCOME_FAIL, "the program was ended by signal 64");
	is("deadline", "5000000000", NULL, OUTCOME_FAIL,
	   "the program had not ended after 5 s of virtual time (see --timeout)");
}

static void out_of_memory(void **state)
{
	(void)state;
	is("signal", "9", "6,1,1,-;" SUMMARY "\n3,2,2,-;" KILL "\n", OUTCOME_FAIL,
	   "the program was killed by the OOM killer (constraint CONSTRAINT_MEMORY_POLICY, task fault): " KILL);
	is("signal", "9", "3,2,2,-;" KILL "\n", OUTCOME_FAIL,
	   "the program was killed by the OOM killer: " KILL);
	is("signal", "9", "3,2,2,-;Memory cgroup out of memory: Killed process 7 (x)\n", OUTCOME_FAIL,
	   "the program was killed by the OOM killer: Memory cgroup out of memory: Killed process 7 (x)");
	/* a shell goes on when what it ran is killed: its own code says nothing of that */
	is("code", "137", "6,1,1,-;" SUMMARY "\n3,2,2,-;" KILL "\n", OUTCOME_FAIL,
	   "a process of the program was killed by the OOM killer (constraint CONSTRAINT_MEMORY_POLICY, task fault): " KILL);
	/* of several the last; what is cut or lies does no harm */
	is("signal", "9",
	   "3,1,1,-;Out of memory: Killed process 1 (a)\n3,2,2,-;Out of memory: Killed process 2 (b)",
	   OUTCOME_FAIL, "the program was killed by the OOM killer: Out of memory: Killed process 2 (b)");
	is("signal", "9", "oom-kill:constraint=", OUTCOME_FAIL, "the program was ended by SIGKILL (Killed)");
	is("signal", "9", "oom-kill:constraint=X\n;Out of memory: Killed process", OUTCOME_FAIL,
	   "the program was killed by the OOM killer (constraint X, task not named): Out of memory: Killed process");
}

static void not_started(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };
	struct judged j = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	stream_add(&s, FRAME_NOTE, "not-started", "/a: No such file or directory");
	stream_add(&s, FRAME_EXIT, "code", "127");
	stream_end(&s);
	assert_int_equal(records_parse(s.t.s, s.t.len, NULL, &r, &err), 0);
	ended_judge(&r, &j);
	assert_int_equal(j.outcome, OUTCOME_BROKEN);
	assert_string_equal(j.why, "the program can't be started: /a: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_itself),
		cmocka_unit_test(by_others),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(not_started),
	};

	return cmocka_run_group_tests_name("ended", tests, NULL, NULL);
}
