/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A validator for the part of JSON Schema (draft 2020-12) that results/schema/ is written in:
 *
 *	type properties required additionalProperties propertyNames items minItems maxItems enum const pattern minimum
 *	maximum anyOf $ref
 *
 * A keyword it does not know is an error of the schema's, never passed over; annotations ($schema $id $defs title
 * description) are. $ref goes to "#/$defs/NAME" only. `pattern` is taken as a POSIX extended expression, which the
 * schema's patterns mean the same in.
 */
#ifndef NUMARIG_TESTS_SCHEMA_H
#define NUMARIG_TESTS_SCHEMA_H

#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

struct schema {
	json_t *root;
};

static inline int schema_value(const struct schema *s, json_t *rule, json_t *v, const char *at,
			       struct err *err);

static inline bool schema_is(const char *type, const json_t *v)
{
	return (!strcmp(type, "object") && json_is_object(v)) ||
	       (!strcmp(type, "array") && json_is_array(v)) ||
	       (!strcmp(type, "string") && json_is_string(v)) ||
	       (!strcmp(type, "integer") && json_is_integer(v)) ||
	       (!strcmp(type, "number") && json_is_number(v)) || (!strcmp(type, "null") && json_is_null(v)) ||
	       (!strcmp(type, "boolean") && json_is_boolean(v));
}

static inline int schema_type(const json_t *types, const json_t *v, const char *at, struct err *err)
{
	json_t *one;
	size_t i;

	if (json_is_string(types) && schema_is(json_string_value(types), v))
		return 0;
	json_array_foreach (types, i, one) {
		if (json_is_string(one) && schema_is(json_string_value(one), v))
			return 0;
	}
	auto_free char *want = json_dumps(types, JSON_ENCODE_ANY);
	return err_set(err, -EBADMSG, "%s: type is not %s", at, want ? want : "?");
}

static inline int schema_object(const struct schema *s, json_t *rule, json_t *v, const char *at,
				struct err *err)
{
	json_t *known = json_object_get(rule, "properties"),
	       *others = json_object_get(rule, "additionalProperties"),
	       *names = json_object_get(rule, "propertyNames");
	json_t *name, *value;
	const char *key;
	size_t i;

	json_array_foreach (json_object_get(rule, "required"), i, name) {
		if (!json_object_get(v, json_string_value(name)))
			return err_set(err, -EBADMSG, "%s: has no \"%s\"", at, json_string_value(name));
	}
	json_object_foreach (v, key, value) {
		json_t *sub = json_object_get(known, key);
		auto_free char *below = xasprintf("%s.%s", at, key);
		auto_json json_t *own = json_string(key);

		if (names && schema_value(s, names, own, below, err))
			return err_prefix(err, "name");
		if (!sub && json_is_false(others))
			return err_set(err, -EBADMSG, "%s: \"%s\" does not belong there", at, key);
		if (!sub && json_is_object(others))
			sub = others;
		if (sub && schema_value(s, sub, value, below, err))
			return err->code;
	}
	return 0;
}

static inline int schema_items(const struct schema *s, json_t *rule, json_t *v, const char *at,
			       struct err *err)
{
	json_t *one;
	size_t i;

	json_array_foreach (v, i, one) {
		auto_free char *below = xasprintf("%s[%zu]", at, i);

		if (schema_value(s, rule, one, below, err))
			return err->code;
	}
	return 0;
}

/* Of an array: how many there are, against "minItems" or "maxItems". */
static inline int schema_size(const char *keyword, const json_t *rule, const json_t *v, const char *at,
			      struct err *err)
{
	json_int_t n = (json_int_t)json_array_size(v), want = json_integer_value(rule);
	bool least = !strcmp(keyword, "minItems");

	if (!json_is_array(v) || (least ? n >= want : n <= want))
		return 0;
	return err_set(err, -EBADMSG, "%s: has %lld items, want at %s %lld", at, (long long)n,
		       least ? "least" : "most", (long long)want);
}

static inline int schema_enum(json_t *rule, json_t *v, const char *at, struct err *err)
{
	json_t *one;
	size_t i;

	json_array_foreach (rule, i, one) {
		if (json_equal(one, v))
			return 0;
	}
	auto_free char *is = json_dumps(v, JSON_ENCODE_ANY);
	return err_set(err, -EBADMSG, "%s: %s is none of those it may be", at, is ? is : "?");
}

static inline int schema_pattern(const char *pattern, const json_t *v, const char *at, struct err *err)
{
	regex_t re;

	if (!json_is_string(v))
		return 0;
	if (!pattern || regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
		return err_set(err, -EINVAL, "schema: pattern at %s: is no expression", at);
	int no = regexec(&re, json_string_value(v), 0, NULL, 0);
	regfree(&re);
	return no ? err_set(err, -EBADMSG, "%s: \"%s\" does not match %s", at, json_string_value(v), pattern)
		  : 0;
}

/* Passes when one of them does; else says what the last of them says. */
static inline int schema_any(const struct schema *s, json_t *rules, json_t *v, const char *at,
			     struct err *err)
{
	json_t *one;
	size_t i;
	int r = err_set(err, -EINVAL, "schema: anyOf at %s: is empty", at);

	json_array_foreach (rules, i, one) {
		struct err own = ERR_INIT;

		r = schema_value(s, one, v, at, &own);
		*err = own;
		if (!r)
			break;
	}
	return r;
}

static inline int schema_ref(const struct schema *s, json_t *rule, json_t *v, const char *at, struct err *err)
{
	const char *to = json_string_value(rule), start[] = "#/$defs/";
	json_t *defs = json_object_get(s->root, "$defs");
	json_t *def = to && !strncmp(to, start, sizeof(start) - 1)
			      ? json_object_get(defs, to + sizeof(start) - 1)
			      : NULL;

	return def ? schema_value(s, def, v, at, err)
		   : err_set(err, -EINVAL, "schema: $ref %s: leads nowhere", to ? to : "?");
}

static inline int schema_keyword(const struct schema *s, const char *keyword, json_t *rule, json_t *v,
				 const char *at, struct err *err)
{
	static const char *const silent[] = { "$schema",      "$id",
					      "$defs",	      "title",
					      "description",  "properties",
					      "required",     "additionalProperties",
					      "propertyNames" };

	if (!strcmp(keyword, "type"))
		return schema_type(rule, v, at, err);
	if (!strcmp(keyword, "items"))
		return json_is_array(v) ? schema_items(s, rule, v, at, err) : 0;
	if (!strcmp(keyword, "minItems") || !strcmp(keyword, "maxItems"))
		return schema_size(keyword, rule, v, at, err);
	if (!strcmp(keyword, "enum"))
		return schema_enum(rule, v, at, err);
	if (!strcmp(keyword, "const"))
		return json_equal(rule, v)
			       ? 0
			       : err_set(err, -EBADMSG, "%s: is not the constant it has to be", at);
	if (!strcmp(keyword, "pattern"))
		return schema_pattern(json_string_value(rule), v, at, err);
	if (!strcmp(keyword, "minimum"))
		return json_is_number(v) && json_number_value(v) < json_number_value(rule)
			       ? err_set(err, -EBADMSG, "%s: is below %g", at, json_number_value(rule))
			       : 0;
	if (!strcmp(keyword, "maximum"))
		return json_is_number(v) && json_number_value(v) > json_number_value(rule)
			       ? err_set(err, -EBADMSG, "%s: is above %g", at, json_number_value(rule))
			       : 0;
	if (!strcmp(keyword, "anyOf"))
		return schema_any(s, rule, v, at, err);
	if (!strcmp(keyword, "$ref"))
		return schema_ref(s, rule, v, at, err);
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
		if (!strcmp(keyword, silent[i]))
			return 0;
	return err_set(err, -EINVAL, "schema: keyword \"%s\" at %s: is not known here", keyword, at);
}

/* 0; -EBADMSG: the value breaks the rule, the message says where ("$.workloads[0].name: ..."); -EINVAL: the schema. */
static inline int schema_value(const struct schema *s, json_t *rule, json_t *v, const char *at,
			       struct err *err)
{
	const char *keyword;
	json_t *part;

	if (!json_is_object(rule))
		return err_set(err, -EINVAL, "schema: rule at %s: is no object", at);
	json_object_foreach (rule, keyword, part) {
		if (schema_keyword(s, keyword, part, v, at, err))
			return err->code;
	}
	return json_is_object(v) ? schema_object(s, rule, v, at, err) : 0;
}

static inline int schema_check(json_t *schema, json_t *v, struct err *err)
{
	struct schema s = { schema };

	return schema_value(&s, schema, v, "$", err);
}

#endif
