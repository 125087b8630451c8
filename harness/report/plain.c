/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/plain.h"

#include <stdint.h>

#include "base/auto.h"
#include "base/text.h"

json_t *report_plain(const json_t *v)
{
	json_t *copy, *m;
	const char *key;
	size_t i;

	if (json_is_string(v)) {
		auto_free char *s = xstrdup(json_string_value(v));

		text_plain(s);
		return json_string(s);
	}
	if (json_is_array(v)) {
		copy = json_array();
		json_array_foreach (v, i, m) {
			json_array_append_new(copy, report_plain(m));
		}
		return copy;
	}
	if (!json_is_object(v))
		return json_incref((json_t *)(uintptr_t)v);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)v, key, m) {
		auto_free char *name = xstrdup(key);

		text_plain(name);
		json_object_set_new(copy, name, report_plain(m));
	}
	return copy;
}
