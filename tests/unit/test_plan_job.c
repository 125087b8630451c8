/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job's text, from both ends: what the host writes (plan/plan.h) is exactly this, and the guest's own reader,
 * included here as the agent has it, reads back every word of it, however odd.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guests/agent/job.c"

#include "base/auto.h"
#include "plan/plan.h"

/* All but the knobs' lines, which follow the table: those have their own test. */
static char *without_knobs(const char *text)
{
	auto_text struct text t = { 0 };

	while (*text) {
		size_t n = strcspn(text, "\n") + 1;

		if (strncmp(text, "write ", 6) != 0 && strncmp(text, "read ", 5) != 0)
			text_add(&t, text, n);
		text += n;
	}
	return xstrdup(text_str(&t));
}

#define SAMPLES                                            \
	"sample /proc/vmstat\n"                            \
	"sample /proc/buddyinfo\n"                         \
	"sample /sys/devices/system/node/node*/numastat\n" \
	"sample /sys/devices/system/node/node*/meminfo\n"  \
	"sample /sys/devices/system/node/node*/vmstat\n"   \
	"sample /proc/PID/numa_maps\n"                     \
	"sample-ends /proc/zoneinfo\n"                     \
	"sample-ends /proc/pagetypeinfo\n"                 \
	"sample-ends /proc/./vmstat\n"

struct made {
	uint64_t pages, bytes;
	int node;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct made, pages), "8", 1, 100, "" },
	{ "bytes", WL_SIZE, offsetof(struct made, bytes), "64M", 0, 1 << 30, "" },
	{ "node", WL_NODE, offsetof(struct made, node), "-1", 0, 0, "" },
};

static const struct workload made = { .knobs = "thp.enabled=never",
				      .params = WL_PARAMS(params, struct made),
				      .timeout_s = 30,
				      .every_ms = 250 };

static void run_text(const char *user_knob, unsigned sample_ms, struct text *out)
{
	auto_plan struct plan p = { .seed = 3, .sample_ms = sample_ms };
	struct made values = { 8, 64 << 20, -1 };
	struct plan_item i = { .name = "made", .w = &made, .params = &values };
	struct err err = ERR_INIT;

	assert_int_equal(plan_add_events(&p, "migrate:*,sched:sched_move_numa", &err), 0);
	if (user_knob)
		assert_int_equal(plan_add_knob(&p, user_knob, &err), 0);
	if (plan_job(&p, &i, out, &err))
		fail_msg("%s", err.msg);
}

static void run_exactly(void **state)
{
	auto_text struct text t = { 0 }, often = { 0 };

	(void)state;
	run_text(NULL, 0, &t);
	auto_free char *text = without_knobs(text_str(&t));
	assert_string_equal(
		text,
		"mode run\nseed 3\ndeadline 30000000000\nquota 8388608\noutput 4194304\nevery 250000000\n" SAMPLES
		"event migrate:*\nevent sched:sched_move_numa\n"
		"workload made\nparam pages 8\nparam bytes 64M\nparam node -1\n");
	run_text(NULL, 10, &often); /* the user's word on sampling counts */
	assert_non_null(strstr(often.s, "\nevery 10000000\n"));
}

static void exec_exactly(void **state)
{
	char *argv[] = { (char[]){ "/bin/x" }, (char[]){ "" }, (char[]){ "a b%\n" }, NULL };
	struct plan_exec x = { .argv = argv, .root = "/ext4", .cwd = "/home/a user", .timeout_s = 60 };
	auto_plan struct plan p = { .sample_ms = 100 };
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(plan_exec_job(&p, &x, &t, &err), 0);
	auto_free char *text = without_knobs(text_str(&t));
	assert_string_equal(
		text,
		"mode exec\nseed 0\ndeadline 60000000000\nquota 67108864\noutput 4194304\nevery 100000000\n" SAMPLES
		"sample /proc/PID/maps\nroot /ext4\ncwd /home/a%20user\narg /bin/x\narg %-\narg a%20b%25%0A\n");
}

static void has_line(const struct text *t, const char *line, bool wanted)
{
	auto_free char *all = xasprintf("\n%s", text_str(t));
	auto_free char *one = xasprintf("\n%s\n", line);

	if (!strstr(all, one) != !wanted)
		fail_msg("the job %s \"%s\"", wanted ? "lacks" : "has", line);
}

static void knob_lines_follow_the_table(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	run_text("hugepages.2048kB.1=8", 0, &t);
	for (const struct knob *k = knob_table; k->name; k++) {
		auto_free char *write = xasprintf("write %s %s %s", k->name, k->place, k->def ? k->def : "");
		auto_free char *read = xasprintf("read %s %s", k->name, k->place);

		if (k->kind == KNOB_FILE && k->def && strcmp(k->name, "thp.enabled") != 0)
			has_line(&t, write, true);
		has_line(&t, read, k->kind == KNOB_FILE && !strchr(k->name, '*'));
		assert_true(k->kind == KNOB_FILE || !strstr(t.s, k->place));
	}
	has_line(&t, "write thp.enabled /sys/kernel/mm/transparent_hugepage/enabled never", true);
	has_line(&t, "write thp.enabled /sys/kernel/mm/transparent_hugepage/enabled always", false);
	has_line(
		&t,
		"write hugepages.2048kB.1 /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages 8",
		true);
	has_line(
		&t,
		"read hugepages.2048kB.1 /sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
		true);
}

static void bad_knobs_of_a_workload(void **state)
{
	static const struct workload bad = { .knobs = "swappiness=900" };
	struct plan_item i = { .name = "bad", .w = &bad };
	auto_plan struct plan p = { 0 };
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_true(plan_job(&p, &i, &t, &err) < 0);
	assert_string_equal(err.msg, "workload bad: knob swappiness: 900 is out of range (0 to 200)");
}

/* --- the agent's reader ------------------------------------------------------------------------------------------- */
static void read_job(const char *text, struct job *job)
{
	char why[256] = "";

	if (job_parse(strdup(text), job, why, sizeof(why)))
		fail_msg("%s", why);
}

static void agent_reads_run(void **state)
{
	auto_text struct text t = { 0 };
	struct job job;
	size_t lines = 0;

	(void)state;
	run_text("hugepages.2048kB.1=8", 0, &t);
	for (const char *c = t.s; *c; c++)
		lines += *c == '\n';
	read_job(t.s, &job);
	assert_int_equal(job.n, lines);
	assert_string_equal(job_get(&job, "mode", ""), "run");
	assert_string_equal(job_get(&job, "workload", ""), "made");
	assert_string_equal(job_get(&job, "root", "none"), "none");
	assert_int_equal(job_number(&job, "seed"), 3);
	assert_int_equal(job_number(&job, "deadline"), 30000000000);
	assert_int_equal(job_number(&job, "quota"), PLAN_QUOTA_RUN);
	assert_int_equal(job_number(&job, "every"), 250000000);
	assert_int_equal(job_number(&job, "no such key"), 0);
	for (size_t i = 0; i < job.n; i++)
		if (!strcmp(job.line[i].word[0], "param") && !strcmp(job.line[i].word[1], "bytes"))
			assert_string_equal(job.line[i].word[2], "64M");
	job_free(&job);
}

/* Every byte there is, alone and in a word; what has a meaning for the format; what is empty. */
static void agent_reads_odd_words(void **state)
{
	char bytes[255][2] = { "" }, all[256] = "";
	char odd[][24] = { "",	  " ",	"%",	    "%-",	"%20",	"-", "--",
			   "a b", "\n", "mode run", "\xc3\xa4", "%%-%", "+", "%-%-" };
	char *argv[300];
	auto_plan struct plan p = { 0 };
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	struct job job;
	size_t n = 0, at = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		argv[n++] = odd[i];
	for (int i = 1; i < 256; i++) {
		bytes[i - 1][0] = all[i - 1] = (char)i;
		argv[n++] = bytes[i - 1];
	}
	argv[n++] = all;
	argv[n] = NULL;
	struct plan_exec x = { .argv = argv, .root = "", .cwd = "/\xff\n", .timeout_s = 1 };
	assert_int_equal(plan_exec_job(&p, &x, &t, &err), 0);
	for (const char *c = t.s; *c; c++)
		assert_true((*c >= ' ' && *c < 0x7f) || *c == '\n');
	read_job(t.s, &job);
	assert_string_equal(job_get(&job, "root", "none"), "");
	assert_string_equal(job_get(&job, "cwd", "none"), "/\xff\n");
	for (size_t i = 0; i < job.n; i++)
		if (!strcmp(job.line[i].word[0], "arg"))
			assert_string_equal(job.line[i].word[1], argv[at++]);
	assert_int_equal(at, n);
	job_free(&job);
}

static void agent_refuses(void **state)
{
	static const char *const cases[][2] = {
		{ "mode run", "job: its last line is cut off" },
		{ "mode run\nseed", "job: its last line is cut off" },
		{ "mode\n", "job line \"mode\": unknown key or wrong number of words" },
		{ "mode run fast\n", "job line \"mode\": unknown key or wrong number of words" },
		{ "moda run\n", "job line \"moda\": unknown key or wrong number of words" },
		{ "\n", "job line \"\": unknown key or wrong number of words" },
		{ "arg %2\n", "job line \"arg\": is malformed" },
		{ "arg %zz\n", "job line \"arg\": is malformed" },
		{ "arg %2f\n", "job line \"arg\": is malformed" }, /* host and agent write upper case */
		{ "arg %\n", "job line \"arg\": is malformed" },
		{ "write a b c d\n", "job line \"write\": is malformed" },
		{ "write a b\n", "job line \"write\": unknown key or wrong number of words" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct job job;
		char why[256] = "";

		assert_int_equal(job_parse(strdup(cases[i][0]), &job, why, sizeof(why)), -1);
		assert_string_equal(why, cases[i][1]);
		job_free(&job);
	}
	struct job empty;
	read_job("", &empty);
	assert_int_equal(empty.n, 0);
	job_free(&empty);
}

/* The boot's job has the knobs and samples that every other begins with, and nothing that tells them apart. */
static void boot_job(void **state)
{
	auto_text struct text boot = { 0 }, job = { 0 };
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;
	static const struct workload plain;
	struct plan_item i = { .name = "plain", .w = &plain };

	(void)state;
	plan_boot_job(&boot);
	assert_int_equal(plan_job(&p, &i, &job, &err), 0);
	auto_free char *rest = without_knobs(boot.s);
	assert_string_equal(rest, "mode snapshot\n" SAMPLES);
	assert_non_null(strstr(boot.s, "write balancing.mode /proc/sys/kernel/numa_balancing 0\n"));
	for (char *line = strtok(boot.s, "\n"); line; line = strtok(NULL, "\n"))
		if (strcmp(line, "mode snapshot") != 0 && !strstr(job.s, line))
			fail_msg("no line of a job: %s", line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_exactly),
		cmocka_unit_test(exec_exactly),
		cmocka_unit_test(knob_lines_follow_the_table),
		cmocka_unit_test(bad_knobs_of_a_workload),
		cmocka_unit_test(agent_reads_run),
		cmocka_unit_test(agent_reads_odd_words),
		cmocka_unit_test(agent_refuses),
		cmocka_unit_test(boot_job),
	};

	return cmocka_run_group_tests_name("plan_job", tests, NULL, NULL);
}
