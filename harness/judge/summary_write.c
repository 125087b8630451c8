/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/summary_write.h"

#include <stdint.h>
#include <string.h>

#include "base/auto.h"

/* Objects are spread over lines to this depth below each of these; all else stands on one. */
static unsigned spread(const char *key)
{
	return !strcmp(key, "workloads") ? 3
	       : !strcmp(key, "plan")
		       ? 2
		       : !strcmp(key, "runs") || !strcmp(key, "inputs") || !strcmp(key, "declared");
}

static void write_value(const json_t *v, unsigned deep, unsigned indent, struct text *out)
{
	auto_free char *flat =
		deep && (json_is_object(v) || json_is_array(v)) && json_array_size(v) + json_object_size(v)
			? NULL
			: json_dumps(v, JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	auto_json json_t *sorted = NULL;
	const char *sep = "\n", *key;
	json_t *m;
	size_t i;

	if (flat) {
		text_printf(out, "%s", flat);
		return;
	}
	if (json_is_array(v)) {
		text_printf(out, "[");
		json_array_foreach (v, i, m) {
			text_printf(out, "%s%*s", sep, (int)indent + 1, "");
			write_value(m, deep - 1, indent + 1, out);
			sep = ",\n";
		}
		text_printf(out, "\n%*s]", (int)indent, "");
		return;
	}
	/* jansson sorts while it dumps: read back it has them in that order */
	auto_free char *text = json_dumps(v, JSON_SORT_KEYS);
	sorted = json_loads(text, 0, NULL);
	text_printf(out, "{");
	json_object_foreach (sorted, key, m) {
		auto_json json_t *name = json_string(key);
		auto_free char *quoted = json_dumps(name, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		text_printf(out, "%s%*s%s: ", sep, (int)indent + 1, "", quoted);
		write_value(m, indent ? deep - 1 : spread(key), indent + 1, out);
		sep = ",\n";
	}
	text_printf(out, "\n%*s}", (int)indent, "");
}

/* Without the members that are for this process only. */
static json_t *cleaned(const json_t *v)
{
	json_t *copy, *m;
	const char *key;
	size_t i;

	if (json_is_object(v)) {
		copy = json_object();
		json_object_foreach ((json_t *)(uintptr_t)v, key, m) {
			if (*key != '.')
				json_object_set_new(copy, key, cleaned(m));
		}
		return copy;
	}
	if (!json_is_array(v))
		return json_incref((json_t *)(uintptr_t)v);
	copy = json_array();
	json_array_foreach (v, i, m) {
		json_array_append_new(copy, cleaned(m));
	}
	return copy;
}

void summary_write(const json_t *summary, struct text *out)
{
	auto_json json_t *clean = cleaned(summary);

	write_value(clean, 1, 0, out);
	text_printf(out, "\n");
}
