/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan/plan.h: what is asked for on the command line, and what holds when several say something of a knob. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "plan/plan.h"
#include "workloads/lib/params.h"

/* The value of an item's parameter, as words. */
static const char *shown(const struct plan_item *i, const char *param)
{
	static char buf[64];

	wl_foreach (p, &i->w->params)
		if (!strcmp(p->name, param))
			return params_show(p, i->params, buf, sizeof(buf));
	return "(none)";
}

static void workloads(void **state)
{
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(plan_add_workload(&p, "bind", &err), 0);
	assert_int_equal(plan_add_workload(&p, "bind:pages=64", &err), 0);
	assert_int_equal(plan_add_workload(&p, "bind:pages=64,pages=32", &err), 0); /* the later one counts */
	assert_int_equal(plan_add_workload(&p, "bind:", &err), 0);
	assert_int_equal(p.items, 4);
	assert_string_equal(p.item[0].label, "bind");
	assert_string_equal(p.item[1].label, "bind#2");
	assert_string_equal(p.item[3].label, "bind#4");
	assert_string_equal(p.item[3].name, "bind");
	assert_string_equal(shown(&p.item[0], "pages"), p.item[0].w->params.v[0].def);
	assert_string_equal(shown(&p.item[1], "pages"), "64");
	assert_string_equal(shown(&p.item[2], "pages"), "32");
	assert_string_equal(shown(&p.item[3], "pages"), p.item[0].w->params.v[0].def);
}

/* A comma begins the next workload unless PARAM=VALUE is behind it. */
static void several_workloads(void **state)
{
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
		plan_add_workload(&p, "bind:pages=64,sabotage=moves,fork-cow,bind,fork-cow:sabotage=shared",
				  &err),
		0);
	assert_int_equal(p.items, 4);
	assert_string_equal(p.item[0].label, "bind");
	assert_string_equal(shown(&p.item[0], "pages"), "64");
	assert_string_equal(p.item[0].sabotage, "moves");
	assert_string_equal(p.item[1].label, "fork-cow");
	assert_string_equal(p.item[2].label, "bind#2");
	assert_string_equal(shown(&p.item[2], "pages"), p.item[2].w->params.v[0].def);
	assert_string_equal(p.item[3].label, "fork-cow#2");
}

/* What plan_add_workload takes is what it gives. */
static void item_words(void **state)
{
	static const char *const words[] = { "bind", "bind:pages=64", "bind:pages=64,sabotage=moves" };
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_int_equal(plan_add_workload(&p, words[i], &err), 0);
		auto_free char *is = plan_item_words(&p.item[i]);
		auto_free char *other = xstrdup("bind:sabotage=moves,pages=64"); /* the table's order */
		assert_true(!strcmp(is, words[i]) || !strcmp(is, other));
	}
}

static void all_workloads(void **state)
{
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;
	size_t n = 0;

	(void)state;
	assert_int_equal(plan_add_workload(&p, "all", &err), 0);
	for (const struct workload_entry *e = workload_table; e->name; e++, n++)
		assert_string_equal(p.item[n].label, e->name);
	assert_int_equal(p.items, n);
	assert_true(n > 0);
}

static void workloads_refused(void **state)
{
	static const struct {
		const char *arg, *words;
		int code;
	} cases[] = {
		{ "bnid", "no workload \"bnid\" (did you mean \"bind\"?): `numarig list workloads` has them",
		  -ENOENT },
		{ "bnid:pages=3",
		  "no workload \"bnid\" (did you mean \"bind\"?): `numarig list workloads` has them",
		  -ENOENT },
		{ "bind,", "no workload \"\": `numarig list workloads` has them", -ENOENT },
		{ "bind,pages=3", "workload bind: \"pages=3\": parameters follow a colon: bind:pages=3",
		  -EINVAL },
		{ "xyzzyxyzzy", "no workload \"xyzzyxyzzy\": `numarig list workloads` has them", -ENOENT },
		{ "", "no workload \"\": `numarig list workloads` has them", -ENOENT },
		{ "bind:pages", "workload bind: \"pages\": want PARAM=VALUE", -EINVAL },
		{ "bind:pages=0", "workload bind: parameter pages: 0 is out of range (1 to 16384)", -ERANGE },
		{ "bind:pages=x", "workload bind: parameter pages: \"x\" is no number", -EINVAL },
		{ "bind:pages=1=2", "workload bind: parameter pages: \"1=2\" is no number", -EINVAL },
		{ "bind:pags=3", "workload bind: has no parameter \"pags\" (did you mean \"pages\"?)",
		  -ENOENT },
		{ "bind:quux=3", "workload bind: has no parameter \"quux\"", -ENOENT },
		{ "bind:=3", "workload bind: has no parameter \"\"", -ENOENT },
		{ "all:pages=3", "all workloads: take no parameters", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_plan struct plan p = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(plan_add_workload(&p, cases[i].arg, &err), cases[i].code);
		assert_string_equal(err.msg, cases[i].words);
	}
}

static void knobs(void **state)
{
	static const char *const bad[][2] = {
		{ "thp.enabled", "knob \"thp.enabled\": want KNOB=VALUE" },
		{ "", "knob \"\": want KNOB=VALUE" },
		{ "thp.enabled=", "knob thp.enabled: \"\" is none of always|madvise|never" },
		{ "tph.enabled=never",
		  "no knob \"tph.enabled\" (did you mean \"thp.enabled\"?): `numarig show knobs` lists them" },
		{ "swappiness=201", "knob swappiness: 201 is out of range (0 to 200)" },
	};
	auto_plan struct plan p = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		assert_true(plan_add_knob(&p, bad[i][0], &err) < 0);
		assert_string_equal(err.msg, bad[i][1]);
		assert_int_equal(p.user.n, 0);
	}
	struct err err = ERR_INIT;
	assert_int_equal(plan_add_knob(&p, "thp.enabled=never", &err), 0);
	assert_int_equal(plan_add_knob(&p, "swappiness=1", &err), 0);
	assert_int_equal(plan_add_knob(&p, "thp.enabled=always", &err), 0);
	assert_int_equal(p.user.n, 2);
	assert_string_equal(settings_get(&p.user, "thp.enabled")->value, "always");
	assert_null(settings_get(&p.user, "thp"));
}

static void holds(const struct settings *s, const char *name, const char *value, enum setting_from from)
{
	const struct setting *x = settings_get(s, name);

	assert_non_null(x);
	assert_string_equal(x->value, value);
	assert_int_equal(x->from, from);
}

/* Declared, over them the workload's own, over them the user's. */
static void precedence(void **state)
{
	static const struct workload made = {
		.knobs = "balancing.mode=1 thp.enabled=never hugepages.2048kB.1=8"
	};
	static const struct workload typo = { .knobs = "thp.enabled=no" };
	auto_settings struct settings plain = { 0 }, s = { 0 }, bad = { 0 };
	auto_plan struct plan p = { 0 }, none = { 0 };
	struct err err = ERR_INIT;
	size_t declared = 0;

	(void)state;
	plan_add_knob(&p, "thp.enabled=madvise", &err);
	plan_add_knob(&p, "ksm.run=1", &err);
	plan_add_knob(&p, "min_free_kbytes=4096", &err); /* one without a declared default */
	assert_int_equal(plan_settings(&none, NULL, &plain, &err), 0);
	for (const struct knob *k = knob_table; k->name; k++) {
		if (!k->def)
			assert_null(settings_get(&plain, k->name));
		else
			holds(&plain, k->name, k->def, SETTING_DECLARED);
		declared += k->def != NULL;
	}
	assert_int_equal(plain.n, declared);
	holds(&plain, "balancing.mode", "0", SETTING_DECLARED);
	assert_int_equal(plan_settings(&p, &made, &s, &err), 0);
	holds(&s, "thp.enabled", "madvise", SETTING_USER);
	holds(&s, "balancing.mode", "1", SETTING_WORKLOAD);
	holds(&s, "hugepages.2048kB.1", "8", SETTING_WORKLOAD);
	holds(&s, "ksm.run", "1", SETTING_USER);
	holds(&s, "min_free_kbytes", "4096", SETTING_USER);
	holds(&s, "swappiness", "60", SETTING_DECLARED);
	assert_int_equal(s.n, declared + 2);
	assert_int_equal(plan_settings(&p, &typo, &bad, &err), -EINVAL);
	assert_string_equal(err.msg, "knob thp.enabled: \"no\" is none of always|madvise|never");
}

static void shipped_knobs(void **state)
{
	auto_plan struct plan p = { 0 };

	(void)state;
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		auto_settings struct settings s = { 0 };
		struct err err = ERR_INIT;

		if (plan_settings(&p, e->w, &s, &err))
			fail_msg("%s: %s", e->name, err.msg);
	}
}

static void events(void **state)
{
	static const char *const bad[][2] = {
		{ "", "--events: names no event" },
		{ ",", "--events: names no event" },
		{ "migrate", "--events \"migrate\": want GROUP:NAME, such as migrate:*" },
		{ ":x", "--events \":x\": want GROUP:NAME, such as migrate:*" },
		{ "x:", "--events \"x:\": want GROUP:NAME, such as migrate:*" },
		{ "a:b,c", "--events \"c\": want GROUP:NAME, such as migrate:*" },
		{ "a:b;reboot", "--events \"a:b;reboot\": want GROUP:NAME, such as migrate:*" },
	};
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_plan struct plan q = { 0 };

		assert_int_equal(plan_add_events(&q, bad[i][0], &err), -EINVAL);
		assert_string_equal(err.msg, bad[i][1]);
	}
	assert_int_equal(plan_add_events(&p, "migrate:*,sched:sched_move_numa", &err), 0);
	assert_int_equal(plan_add_events(&p, "page_ref:page_ref_mod?", &err), 0);
	assert_int_equal(p.events.n, 3);
	assert_string_equal(p.events.v[0], "migrate:*");
	assert_string_equal(p.events.v[1], "sched:sched_move_numa");
	assert_int_equal(plan_add_events(&p, "", &err), -EINVAL); /* whatever was named before */
}

static void append(void **state)
{
	auto_plan struct plan p = { 0 };
	struct err err = ERR_INIT;
	auto_free char *none = plan_append(&p);

	(void)state;
	assert_string_equal(none, "");
	plan_add_knob(&p, "cma=64M", &err);
	plan_add_knob(&p, "thp.enabled=never", &err);
	plan_add_knob(&p, "boot.hugepages=0:4,1:8", &err);
	auto_free char *text = plan_append(&p);
	assert_string_equal(text, "cma=64M hugepagesz=2M hugepages=0:4,1:8");
}

/* A workload's own, in its order; the user's over them, and behind; a knob that is a file is none of it. */
static void own_append(void **state)
{
	static const struct workload plain = { .knobs = "thp.enabled=never" },
				     own = { .knobs = "cma=64M thp.enabled=never numa_cma=1:32M,2:16M" },
				     as_user = { .knobs = "cma=8M" }, typo = { .knobs = "cma=64M cmma=1" };
	auto_plan struct plan none = { 0 }, p = { 0 };
	struct err err = ERR_INIT;
	char *text;

	(void)state;
	plan_add_knob(&p, "boot.hugepages=4", &err);
	plan_add_knob(&p, "cma=8M", &err);
	assert_int_equal(plan_own_append(&none, &plain, &text, &err), 0);
	assert_null(text);
	assert_int_equal(plan_own_append(&p, &plain, &text, &err), 0);
	assert_null(text);
	assert_int_equal(plan_own_append(&none, &own, &text, &err), 0);
	assert_string_equal(text, "cma=64M numa_cma=1:32M,2:16M");
	free(text);
	assert_int_equal(plan_own_append(&p, &own, &text, &err), 0);
	assert_string_equal(text, "cma=8M numa_cma=1:32M,2:16M hugepagesz=2M hugepages=4");
	free(text);
	plan_free(&p);
	plan_add_knob(&p, "cma=8M", &err);
	assert_int_equal(plan_own_append(&p, &as_user, &text, &err), 0);
	assert_null(text); /* the same line: the same machine */
	assert_int_equal(plan_own_append(&none, &typo, &text, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "no knob \"cmma\" (did you mean \"cma\"?): `numarig show knobs` lists them");
	assert_null(text);
}

static void boot_names(void **state)
{
	auto_free char *users = plan_boot_name(NULL), *a = plan_boot_name("cma=64M"), *b = plan_boot_name("");

	(void)state;
	assert_string_equal(users, "boot");
	assert_string_equal(a, "boot-de01b89a");
	assert_string_not_equal(b, users);
}

struct made {
	uint64_t pages;
	int node;
};

static void json(void **state)
{
	static const struct wl_param params[] = {
		{ "pages", WL_U64, offsetof(struct made, pages), "1", 1, 9, "" },
		{ "node", WL_NODE, offsetof(struct made, node), "-1", 0, 0, "" },
	};
	static const struct workload made = { .params = WL_PARAMS(params, struct made) },
				     own = { .knobs = "cma=64M ksm.run=0" };
	struct made one = { 1, -1 }, two = { 2, 3 };
	struct plan_item items[] = { { (char[]){ "made" }, "made", &made, &one },
				     { (char[]){ "made#2" }, "made", &made, &two },
				     { (char[]){ "own" }, "own", &own, &two } };
	struct plan p = { .item = items, .items = 3, .seed = 7, .shift = 5, .sample_ms = 100 };
	struct err err = ERR_INIT;

	(void)state;
	plan_add_knob(&p, "ksm.run=1", &err);
	plan_add_events(&p, "migrate:*", &err);
	auto_json json_t *j = plan_json(&p);
	auto_free char *text = json_dumps(j, JSON_SORT_KEYS | JSON_COMPACT);
	settings_free(&p.user);
	strlist_free(&p.events);
	assert_string_equal(
		text,
		"{\"events\":[\"migrate:*\"],\"knobs\":{\"ksm.run\":\"1\"},\"sample_ms\":100,\"seed\":7,\"shift\":5,"
		"\"workloads\":[{\"name\":\"made\",\"params\":{\"node\":\"-1\",\"pages\":\"1\"},\"workload\":\"made\"},"
		"{\"name\":\"made#2\",\"params\":{\"node\":\"3\",\"pages\":\"2\"},\"workload\":\"made\"},"
		"{\"append\":\"cma=64M\",\"name\":\"own\",\"params\":{},\"workload\":\"own\"}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workloads),
		cmocka_unit_test(item_words),
		cmocka_unit_test(several_workloads),
		cmocka_unit_test(all_workloads),
		cmocka_unit_test(workloads_refused),
		cmocka_unit_test(knobs),
		cmocka_unit_test(precedence),
		cmocka_unit_test(shipped_knobs),
		cmocka_unit_test(events),
		cmocka_unit_test(append),
		cmocka_unit_test(own_append),
		cmocka_unit_test(boot_names),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
