/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/summary_differs.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"

#define NAMED 4 /* of many members that differ */

static void names_of(struct text *out, const char *prefix, const char *name)
{
	text_printf(out, "%s%s%s", out->len ? ", " : "", prefix, name);
}

/* Both absent is equal, too. */
static bool equal(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

/* Members that are not the same in both, "inputs.kernel" as "kernel". */
static void members(const json_t *a, const json_t *b, const char *prefix, const char *skip, struct text *out)
{
	auto_json json_t *all = json_object();
	const char *key;
	unsigned n = 0;
	json_t *v;

	json_object_update(all, (json_t *)(uintptr_t)a);
	json_object_update(all, (json_t *)(uintptr_t)b);
	json_object_foreach (all, key, v) {
		if ((skip && !strcmp(key, skip)) || equal(json_object_get(a, key), json_object_get(b, key)))
			continue;
		if (n++ < NAMED)
			names_of(out, prefix, key);
	}
	if (n > NAMED)
		text_printf(out, " and %u more", n - NAMED);
}

static void one_differs(const json_t *a, const json_t *b, const char *name, struct text *out)
{
	const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);

	if (equal(x, y))
		return;
	if (!strcmp(name, "topology")) {
		text_printf(out, "%stopology (%s, %s)", out->len ? ", " : "", json_word(x, "name"),
			    json_word(y, "name"));
	} else if (!strcmp(name, "plan")) {
		members(x, y, "", "workloads", out);
		members(json_object_get(x, "workloads"), json_object_get(y, "workloads"), "workload ", NULL,
			out);
	} else if (!strcmp(name, "declared")) {
		members(x, y, "declared ", NULL, out);
	} else if (json_is_string(x) && json_is_string(y)) {
		text_printf(out, "%s%s (%s, %s)", out->len ? ", " : "", name, json_string_value(x),
			    json_string_value(y));
	} else {
		names_of(out, "", name);
	}
}

void summary_differs(const json_t *a, const json_t *b, const char *const *names, struct text *out)
{
	for (; *names; names++) {
		const char *dot = strchr(*names, '.');

		if (!dot)
			one_differs(a, b, *names, out);
		else if (!equal(json_object_get(json_object_get(a, "inputs"), dot + 1),
				json_object_get(json_object_get(b, "inputs"), dot + 1)))
			names_of(out, "", dot + 1);
	}
}
