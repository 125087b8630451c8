/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of knobs holds together, and what it does not take it refuses with these words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "plan/knobs.h"

/* A name that the row's pattern takes: each '*' a number. malloc'ed. */
static char *example(const struct knob *k)
{
	auto_text struct text t = { 0 };

	for (const char *c = k->name; *c; c++)
		text_printf(&t, *c == '*' ? "2048" : "%c", *c);
	return xstrdup(text_str(&t));
}

static unsigned count(const char *s, const char *what)
{
	unsigned n = 0;

	for (; (s = strstr(s, what)); s++)
		n++;
	return n;
}

static void rows(void **state)
{
	unsigned number[2];

	(void)state;
	for (const struct knob *k = knob_table; k->name; k++) {
		auto_free char *name = example(k);
		struct err err = ERR_INIT;

		assert_ptr_equal(knob_find(name, number, &err), k); /* no row before it takes its names */
		assert_true(k->about && *k->about && k->place && *k->place);
		if (k->def && knob_check(k, k->name, k->def, &err))
			fail_msg("%s", err.msg);
		if (k->kind == KNOB_FILE)
			assert_int_equal(*k->place, '/');
		else
			assert_true(k->values && k->place[strlen(k->place) - 1] == '=' && !k->def);
		if (!k->values)
			assert_true(k->min < k->max);
		/* the place has as many numbers as the name, and a family has no default */
		assert_int_equal(count(k->name, "*"), count(k->place, "$"));
		assert_true(!k->def || !strchr(k->name, '*'));
		for (const struct knob *l = knob_table; l < k; l++)
			if (!strcmp(l->name, k->name) ||
			    (k->kind == KNOB_FILE && !strcmp(l->place, k->place)))
				fail_msg("%s and %s are the same", l->name, k->name);
	}
}

/* Every bound of every row: taken; one beyond it: not. */
static void bounds(void **state)
{
	(void)state;
	for (const struct knob *k = knob_table; k->name; k++) {
		struct err err = ERR_INIT;

		if (k->values)
			continue;
		for (int i = 0; i < 4; i++) {
			long long v = (long long[]){ k->min, k->max, k->min - 1, k->max + 1 }[i];
			auto_free char *text = xasprintf("%lld", v);
			auto_free char *want = xasprintf("knob %s: %lld is out of range (%lld to %lld)",
							 k->name, v, k->min, k->max);

			assert_int_equal(knob_check(k, k->name, text, &err), i < 2 ? 0 : -ERANGE);
			if (i > 1)
				assert_string_equal(err.msg, want);
		}
	}
}

static void words_of_rows(void **state)
{
	(void)state;
	for (const struct knob *k = knob_table; k->name; k++) {
		struct err err = ERR_INIT;

		if (k->kind != KNOB_FILE || !k->values)
			continue;
		auto_free char *list = xstrdup(k->values);
		for (char *w = strtok(list, "|"); w; w = strtok(NULL, "|"))
			if (knob_check(k, k->name, w, &err))
				fail_msg("%s", err.msg);
		auto_free char *want =
			xasprintf("knob %s: \"%s\" is none of %s", k->name, k->values, k->values);
		assert_int_equal(knob_check(k, k->name, k->values, &err), -EINVAL);
		assert_string_equal(err.msg, want);
	}
}

static void families(void **state)
{
	static const struct {
		const char *name, *row, *place;
	} cases[] = {
		{ "hugepages.2048kB", "hugepages.*kB",
		  "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages" },
		{ "hugepages.1048576kB.13", "hugepages.*kB.*",
		  "/sys/devices/system/node/node13/hugepages/hugepages-1048576kB/nr_hugepages" },
		{ "thp.64kB", "thp.*kB", "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled" },
		{ "hugepages.2048kB.0", "hugepages.*kB.*",
		  "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages" },
		{ "swappiness", "swappiness", "/proc/sys/vm/swappiness" },
	};
	static const char *const none[] = { "hugepages.kB",
					    "hugepages.2048",
					    "hugepages.2048kB.",
					    "hugepages.2048kB.1.2",
					    "hugepages.-1kB",
					    "hugepages.2048kBx",
					    "swappiness2",
					    "hugepages.99999999999kB",
					    "hugepages.02048kB",
					    "hugepages. 2048kB",
					    "hugepages.2048kB.4294967296" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;
		unsigned number[2];
		const struct knob *k = knob_find(cases[i].name, number, &err);

		assert_non_null(k);
		auto_free char *place = knob_place(k, number);
		assert_string_equal(k->name, cases[i].row);
		assert_string_equal(place, cases[i].place);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct err err = ERR_INIT;
		unsigned number[2];

		if (knob_find(none[i], number, &err))
			fail_msg("%s is taken", none[i]);
		assert_int_equal(err.code, -ENOENT);
	}
}

static void unknown(void **state)
{
	static const char *const cases[][2] = {
		{ "tph.enabled",
		  "no knob \"tph.enabled\" (did you mean \"thp.enabled\"?): `numarig show knobs` lists them" },
		{ "swapiness",
		  "no knob \"swapiness\" (did you mean \"swappiness\"?): `numarig show knobs` lists them" },
		{ "xyzzyxyzzy", "no knob \"xyzzyxyzzy\": `numarig show knobs` lists them" },
		{ "", "no knob \"\": `numarig show knobs` lists them" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;
		unsigned number[2];

		assert_null(knob_find(cases[i][0], number, &err));
		assert_int_equal(err.code, -ENOENT);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void values(void **state)
{
	static const struct {
		const char *name, *value, *words; /* NULL: is taken */
	} cases[] = {
		{ "thp.enabled", "madvise", NULL },
		{ "thp.enabled", "", "knob thp.enabled: \"\" is none of always|madvise|never" },
		{ "thp.enabled", "Always", "knob thp.enabled: \"Always\" is none of always|madvise|never" },
		{ "thp.enabled", "alway", "knob thp.enabled: \"alway\" is none of always|madvise|never" },
		{ "thp.enabled", "always|", "knob thp.enabled: \"always|\" is none of always|madvise|never" },
		{ "thp.defrag", "defer+madvise", NULL },
		{ "demotion", "1", "knob demotion: \"1\" is none of false|true" },
		{ "swappiness", "", "knob swappiness: \"\" is no number" },
		{ "swappiness", "ten", "knob swappiness: \"ten\" is no number" },
		{ "swappiness", "10%", "knob swappiness: \"10%\" is no number" },
		{ "swappiness", " 10", "knob swappiness: \" 10\" is no number" },
		{ "swappiness", "+10", "knob swappiness: \"+10\" is no number" },
		{ "swappiness", "0x10", "knob swappiness: \"0x10\" is no number" },
		{ "swappiness", "-1", "knob swappiness: -1 is out of range (0 to 200)" },
		{ "swappiness", "99999999999999999999",
		  "knob swappiness: \"99999999999999999999\" is no number" },
		{ "boot.hugepages", "0:4,2:8", NULL },
		{ "cma", "64M", NULL },
		{ "cma", "", "knob cma: \"\" is not a value for the kernel's command line (want SIZE)" },
		{ "cma", "64M init=/bin/sh",
		  "knob cma: \"64M init=/bin/sh\" is not a value for the kernel's command line (want SIZE)" },
		{ "boot.hugepages", "4 panic=0",
		  "knob boot.hugepages: \"4 panic=0\" is not a value for the kernel's command line (want COUNT or NODE:COUNT,...)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;
		unsigned number[2];
		const struct knob *k = knob_find(cases[i].name, number, &err);

		assert_non_null(k);
		assert_int_equal(!knob_check(k, cases[i].name, cases[i].value, &err), !cases[i].words);
		assert_string_equal(err.msg, cases[i].words ? cases[i].words : "");
	}
}

static void effective(void **state)
{
	static const char *const cases[][2] = {
		{ "always [madvise] never", "madvise" },
		{ "[always] madvise never", "always" },
		{ "always madvise [never]", "never" },
		{ "60", "60" },
		{ "", "" },
		{ "a [b", "a [b" },
		{ "[]", "" },
		{ "] [x", "] [x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *is = knob_effective(cases[i][0], strlen(cases[i][0]));

		assert_string_equal(is, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	     cmocka_unit_test(bounds),	cmocka_unit_test(words_of_rows),
		cmocka_unit_test(families),  cmocka_unit_test(unknown), cmocka_unit_test(values),
		cmocka_unit_test(effective),
	};

	return cmocka_run_group_tests_name("knobs", tests, NULL, NULL);
}
