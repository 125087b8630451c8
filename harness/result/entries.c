/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result/entries.h"

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
