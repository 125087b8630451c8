/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workloads/lib/params.h over a made table: defaults, what is taken, what is refused and how, and back to words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "base/text.h"
#include "workloads/lib/params.h"

struct made {
	uint64_t count, bytes, small;
	int node;
};

static const struct wl_param table[] = {
	{ "count", WL_U64, offsetof(struct made, count), "128", 1, 16384, "how many" },
	{ "bytes", WL_SIZE, offsetof(struct made, bytes), "64M", 4096, 1ull << 40, "how large" },
	{ "small", WL_SIZE, offsetof(struct made, small), "4096", 0, 1ull << 40, "how large, to the byte" },
	{ "node", WL_NODE, offsetof(struct made, node), "-1", 0, 0, "where" },
};

static const struct workload made = { .params = WL_PARAMS(table, struct made) };

static struct made defaults(void)
{
	struct made m = { 0 };

	params_default(&made, &m);
	return m;
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "1K", 1024 },
		{ "64M", 64 << 20 },
		{ "3G", 3ull << 30 },
		{ "15T", 15ull << 40 },
		{ "007", 7 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16383T", 16383ull << 40 },
	};
	static const struct {
		const char *text;
		int code;
	} bad[] = {
		{ "", -EINVAL },
		{ "M", -EINVAL },
		{ "-1", -EINVAL },
		{ " 1", -EINVAL },
		{ "+1", -EINVAL },
		{ "1m", -EINVAL },
		{ "1MB", -EINVAL },
		{ "1 M", -EINVAL },
		{ "0x10", -EINVAL },
		{ "1.5G", -EINVAL },
		{ "16777216T", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "18014398509481984K", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint64_t bytes = 1;

		if (size_parse(good[i].text, &bytes) || bytes != good[i].bytes)
			fail_msg("%s: %llu", good[i].text, (unsigned long long)bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t bytes;

		if (size_parse(bad[i].text, &bytes) != bad[i].code)
			fail_msg("\"%s\": not %d", bad[i].text, bad[i].code);
	}
}

static void defaults_and_words(void **state)
{
	static const char *const want[] = { "128", "64M", "4096", "-1" };
	struct made m = defaults();
	char buf[64];

	(void)state;
	assert_int_equal(m.count, 128);
	assert_int_equal(m.bytes, 64 << 20);
	assert_int_equal(m.small, 4096);
	assert_int_equal(m.node, -1);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(params_show(&table[i], &m, buf, sizeof(buf)), want[i]);
}

/* What params_show says is what params_set takes. */
static void back_and_forth(void **state)
{
	static const char *const set[][3] = {
		{ "count", "16384", "16384" }, { "count", "1", "1" },  { "bytes", "1G", "1024M" },
		{ "bytes", "4097", "4097" },   { "small", "0", "0" },  { "bytes", "1536K", "1572864" },
		{ "node", "3", "3" },	       { "node", "-1", "-1" }, { "node", "1023", "1023" },
		{ "bytes", "1T", "1048576M" },
	};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		struct made m = defaults(), again = defaults();
		const struct wl_param *p = table;
		char buf[64];

		while (strcmp(p->name, set[i][0]) != 0)
			p++;
		assert_int_equal(params_set(&made, &m, set[i][0], set[i][1], &err), 0);
		assert_string_equal(params_show(p, &m, buf, sizeof(buf)), set[i][2]);
		assert_int_equal(params_set(&made, &again, set[i][0], buf, &err), 0);
		assert_memory_equal(&m, &again, sizeof(m));
	}
}

static void refused(void **state)
{
	static const struct {
		const char *name, *value;
		int code;
		const char *words;
	} cases[] = {
		{ "size", "5", -ENOENT, "has no parameter \"size\"" },
		{ "", "5", -ENOENT, "has no parameter \"\"" },
		{ "count", "", -EINVAL, "parameter count: \"\" is no number" },
		{ "count", "5x", -EINVAL, "parameter count: \"5x\" is no number" },
		{ "count", "5K", -EINVAL, "parameter count: \"5K\" is no number" },
		{ "count", "-5", -EINVAL, "parameter count: \"-5\" is no number" },
		{ "count", "0", -ERANGE, "parameter count: 0 is out of range (1 to 16384)" },
		{ "count", "16385", -ERANGE, "parameter count: 16385 is out of range (1 to 16384)" },
		{ "count", "99999999999999999999", -ERANGE,
		  "parameter count: 99999999999999999999 is out of range (1 to 16384)" },
		{ "bytes", "64MB", -EINVAL, "parameter bytes: \"64MB\" is no size (like 64M)" },
		{ "bytes", "1K", -ERANGE, "parameter bytes: 1K is out of range (4096 to 1099511627776)" },
		{ "bytes", "2T", -ERANGE, "parameter bytes: 2T is out of range (4096 to 1099511627776)" },
		{ "node", "", -EINVAL, "parameter node: \"\" is no node id (-1: the workload chooses)" },
		{ "node", "-2", -EINVAL, "parameter node: \"-2\" is no node id (-1: the workload chooses)" },
		{ "node", "1024", -EINVAL,
		  "parameter node: \"1024\" is no node id (-1: the workload chooses)" },
		{ "node", "4294967297", -EINVAL,
		  "parameter node: \"4294967297\" is no node id (-1: the workload chooses)" },
		{ "node", "1,2", -EINVAL,
		  "parameter node: \"1,2\" is no node id (-1: the workload chooses)" },
	};
	static const struct workload none = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct made m = defaults(), before = m;

		assert_int_equal(params_set(&made, &m, cases[i].name, cases[i].value, &err), cases[i].code);
		assert_string_equal(err.msg, cases[i].words);
		assert_memory_equal(&m, &before, sizeof(m));
	}
	assert_int_equal(params_set(&none, NULL, "x", "1", &err), -ENOENT);
	params_default(&none, NULL);
}

/* The rows of every workload there is: the default is one that its own check takes. */
static void shipped_defaults(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		auto_free void *params = xcalloc(1, e->w->params.size + 1);

		wl_foreach (p, &e->w->params) {
			if (params_set(e->w, params, p->name, p->def, &err))
				fail_msg("%s: %s", e->name, err.msg);
			assert_true(p->offset < e->w->params.size);
			assert_true(p->about && *p->about);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(defaults_and_words),
		cmocka_unit_test(back_and_forth),
		cmocka_unit_test(refused),
		cmocka_unit_test(shipped_defaults),
	};

	return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
