/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jansson, with the clean-up attribute for its values. */
#ifndef NUMARIG_BASE_JSON_H
#define NUMARIG_BASE_JSON_H

#include <jansson.h>

static inline void auto_json_(json_t **j)
{
	json_decref(*j);
}

/* The string of the member `key`, or "" when the object has no such member or it is no string. */
static inline const char *json_word(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

#define auto_json __attribute__((cleanup(auto_json_))) /* json_t * */

#endif
