/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a case's run was asked for and is not: knobs, files that no run samples. All without a machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/auto.h"
#include "cases/repro_knobs.h"
#include "plan/plan_samples.h"

static struct case_file *a_case(const char *rules)
{
	auto_free char *text = xasprintf("{\"about\": \"a\", \"source\": \"s\", \"topology\": \"2node\", "
					 "\"command\": [\"x\"], \"shows\": {%s}, \"does_not\": {\"n\": 1}}",
					 rules);
	struct case_file *c;
	struct err err = ERR_INIT;

	if (case_parse(text, strlen(text), "x", "/d", &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

/* Knob as it was asked for, as the guest reports it (NULL: not at all), files of the boot, and what is wrong ("": nothing). */
static const struct {
	const char *knob, *reads, *log, *meminfo, *zoneinfo, *why, *rules;
} asked[] = {
	{ "thp.enabled=never", "always madvise [never]", "", "", "", "", NULL },
	{ "thp.enabled=never", "[always] madvise never", "", "", "",
	  "knob thp.enabled reads always, not never as asked for: a case whose symptom that is names the knob in "
	  "its rules",
	  NULL },
	{ "thp.64kB=always", "!/sys/x: No such file or directory", "", "", "",
	  "this guest has no knob thp.64kB: /sys/x: No such file or directory", NULL },
	{ "ksm.run=1", "!/sys/x: \"1\" was refused: Invalid argument", "", "", "",
	  "could not set knob ksm.run: /sys/x: \"1\" was refused: Invalid argument", NULL },
	{ "ksm.run=1", NULL, "", "", "", "the guest did not say how knob ksm.run reads", NULL },
	{ "hugepages.2048kB.0=100000", "95", "", "", "",
	  "knob hugepages.2048kB.0 reads 95, not 100000 as asked for: a case whose symptom that is names the knob "
	  "in its rules",
	  NULL },
	{ "hugepages.2048kB.0=100000", "95", "", "", "", "", "\"hugepages.2048kB.0\": \"< 100000\"" },
	{ "hugepages.2048kB.0=100000", "95", "", "", "", "",
	  "\"n\": 0}, \"values\": {\"v\": {\"file\": \"/sys/devices/system/node/node0/hugepages/hugepages-2048kB/"
	  "nr_hugepages\", \"find\": \"(.*)\"}" },
	{ "hugepages.2048kB.0=100000", "95", "", "", "", "",
	  "\"n\": 0}, \"values\": {\"v\": {\"file\": \"/sys/devices/system/node/node0/meminfo\", \"find\": "
	  "\"HugePages_Total: *([0-9]+)\"}" },
	{ "boot.hugepages=9999", NULL, "HugeTLB: allocating 9999 failed\n", "", "", "",
	  "\"boot.hugepages\": 5" },
	{ "hugepages.2048kB.0=95", "95", "", "", "", "", NULL },
	{ "swappiness=060", "60", "", "", "", "", NULL },
	{ "cma=64M", NULL,
	  "x: Unknown kernel command line parameters \"a cma=64M\", will be passed to user space.\n",
	  "MemTotal: 1 kB\n", "", "the guest's kernel has no knob cma: it does not know cma=64M", NULL },
	{ "cma=64M", NULL, "", "MemTotal: 1 kB\n", "",
	  "cma: the guest's kernel has no CMA (CONFIG_CMA; the lab kernel has it)", NULL },
	{ "cma=64M", NULL, "", "CmaTotal:  16384 kB\n", "",
	  "the guest has 16384 KiB of CMA and not cma=64M as asked for", NULL },
	{ "cma=64M", NULL, "", "CmaTotal:  65536 kB\n", "", "", NULL },
	{ "cma_pernuma=64M", NULL, "", "CmaTotal:  0 kB\n", "",
	  "the guest has 0 KiB of CMA and not cma_pernuma=64M as asked for", NULL },
	{ "boot.movablecore=64M", NULL, "", "", "Node 0, zone  Movable\n  pages free 0\n        present  0\n",
	  "boot.movablecore=64M: the guest has no Movable zone", NULL },
	{ "boot.movablecore=64M", NULL, "", "",
	  "Node 0, zone  Movable\n        present  0\nNode 1, zone  Movable\n        present  16384\n", "",
	  NULL },
	{ "boot.hugepages=9999", NULL,
	  "6,1,2,-;HugeTLB: allocating 9999 of page size 2.00 MiB failed.  Only allocated 100 hugepages.\n",
	  "", "",
	  "boot.hugepages=9999: the guest's kernel says: HugeTLB: allocating 9999 of page size 2.00 MiB failed.  "
	  "Only allocated 100 hugepages.",
	  NULL },
	{ "boot.hugepages=9", NULL, "HugeTLB: registered 2.00 MiB page size, pre-allocated 9 pages\n", "", "",
	  "", NULL },
	{ "boot.memhp_default_state=online", NULL, "", "", "",
	  "knob boot.memhp_default_state reads \"\", not online as asked for", NULL },
};

static void put(struct rawset *s, const char *path, const char *text)
{
	rawset_put(s, path, text, strlen(text));
}

static void knobs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		auto_case struct case_file *c = a_case(asked[i].rules ? asked[i].rules : "\"n\": 0");
		auto_case_facts struct case_facts f = { 0 };
		auto_plan struct plan p = { 0 };
		struct phase phase = { .name = (char *)(uintptr_t) "boot" };
		struct records rec = { 0 }, boot = { .phase = &phase, .phases = 1 };
		struct err err = ERR_INIT;
		char why[512] = "";

		assert_int_equal(plan_add_knob(&p, asked[i].knob, &err), 0);
		struct pair pair = { p.user.v[0].name, (char *)(uintptr_t)asked[i].reads };
		if (asked[i].reads)
			rec.knobs = (struct pairs){ .v = &pair, .n = 1 };
		put(&boot.last, "dmesg", asked[i].log);
		put(&boot.last, "/proc/meminfo", asked[i].meminfo);
		put(&boot.last, "/proc/zoneinfo", asked[i].zoneinfo);
		bool held = repro_knobs_held(c, &p.user, &rec, &boot, &f, why, sizeof(why));
		assert_string_equal(why, asked[i].why);
		assert_int_equal(held, !*asked[i].why);
		if (asked[i].rules && case_names(c, "hugepages.2048kB.0"))
			assert_string_equal(case_value(&f, "hugepages.2048kB.0"), "95");
		rawset_free(&boot.last);
	}
}

/* Their files, as they were before the program ran and as it left them. */
static void knob_files(void **state)
{
	static const char path[] = "/sys/kernel/mm/ksm/run";
	auto_case struct case_file *c = a_case(
		"\"n\": 0}, \"knobs\": {\"ksm.run\": 1}, \"values\": {\"n\": {\"file\": \"/sys/kernel/mm/ksm/run\", "
		"\"find\": \"^(.)\", \"phase\": \"start\"}, \"m\": {\"file\": \"/sys/kernel/mm/ksm/run\", "
		"\"find\": \"^(.)\"}");
	auto_case_facts struct case_facts f = { 0 };
	auto_plan struct plan p = { 0 };
	struct pair knob = { (char *)(uintptr_t) "ksm.run", (char *)(uintptr_t) "1" },
		    left = { (char *)(uintptr_t) "ksm.run", (char *)(uintptr_t) "2" };
	struct records rec = { .knobs = { &knob, 1 }, .left = { &left, 1 } };
	struct err err = ERR_INIT;
	struct text none = { 0 };

	(void)state;
	assert_true(repro_knob_file(c, path));
	assert_false(repro_knob_file(c, "/sys/kernel/mm/ksm/pages_to_scan"));
	assert_int_equal(plan_add_knob(&p, "ksm.run=1", &err), 0);
	repro_knob_files(&p.user, &rec, &f);
	case_values(c, &rec, &none, &f);
	assert_string_equal(case_value(&f, "n"), "1");
	assert_string_equal(case_value(&f, "m"), "2");
}

/* Every knob of the command line has something that shows whether it was taken. */
static void boot_knobs(void **state)
{
	(void)state;
	for (const struct knob *k = knob_table; k->name; k++) {
		auto_case struct case_file *c = a_case("\"n\": 0");
		auto_case_facts struct case_facts f = { 0 };
		struct setting s = { (char *)(uintptr_t)k->name, (char *)(uintptr_t) "1", SETTING_USER };
		struct settings one = { &s, 1 };
		struct phase phase = { .name = (char *)(uintptr_t) "boot" };
		struct records rec = { 0 }, boot = { .phase = &phase, .phases = 1 };
		char why[512] = "";

		if (k->kind != KNOB_BOOT)
			continue;
		put(&boot.last, "dmesg", "");
		repro_knobs_held(c, &one, &rec, &boot, &f, why, sizeof(why));
		assert_null(strstr(why, "nothing shows"));
		rawset_free(&boot.last);
	}
}

static void sampled_files(void **state)
{
	static const char *const yes[] = { "/proc/vmstat", "/proc/zoneinfo",
					   "/sys/devices/system/node/node12/numastat" };
	static const char *const no[] = { "/proc/cpuinfo", "/proc/PID/numa_maps",
					  "/proc/meminfo", "/sys/devices/system/node/node0/x/numastat",
					  "vmstat",	   "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		auto_text struct text names = { 0 };

		assert_true(plan_sampled(yes[i], &names));
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		auto_text struct text names = { 0 };

		assert_false(plan_sampled(no[i], &names));
		assert_string_equal(
			text_str(&names),
			"/proc/vmstat, /proc/buddyinfo, /sys/devices/system/node/node*/numastat, "
			"/sys/devices/system/node/node*/meminfo, /sys/devices/system/node/node*/vmstat, "
			"/proc/zoneinfo, /proc/pagetypeinfo");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knobs),
		cmocka_unit_test(knob_files),
		cmocka_unit_test(boot_knobs),
		cmocka_unit_test(sampled_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
