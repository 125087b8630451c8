/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result/entries.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

json_t *result_entries(const json_t *result)
{
	json_t *all = json_array(), *t;
	size_t i;

	json_array_extend(all, json_object_get(result, "workloads"));
	json_array_foreach (json_object_get(json_object_get(result, "trace"), "workloads"), i, t) {
		auto_free char *name = xasprintf("%s trace", json_word(t, "name"));

		if (!json_array_size(json_object_get(t, "checks")) &&
		    !json_array_size(json_object_get(t, "metrics")) && !*json_word(t, "why"))
			continue;
		json_t *named = json_copy(t);
		json_object_set_new(named, "name", json_string(name));
		json_array_append_new(all, named);
	}
	return all;
}

json_t *result_words(const char *s)
{
	auto_text struct text t = { 0 };
	json_t *j = json_string(s);

	for (; !j && *s; s++)
		text_printf(&t, (unsigned char)*s < 0x80 ? "%c" : "\\x%02x", (unsigned char)*s);
	return j ? j : json_string(text_str(&t));
}

void result_digest(const json_t *result, struct sha256 *out)
{
	auto_json json_t *copy = json_copy((json_t *)(uintptr_t)result);
	static const char *const without[] = { "host", "digest", "trace", "nids" };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		json_object_del(copy, without[i]);
	char *text = json_dumps(copy, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENSURE_ASCII);
	sha256_bytes(text, strlen(text), out);
	free(text);
}
