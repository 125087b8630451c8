/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/parse.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/suggest.h"
#include "base/text.h"

json_t *parse_text(const char *text, size_t len, size_t most, struct err *err)
{
	json_error_t at;

	if (len > most) {
		err_set(err, -EFBIG, "%zu bytes: want at most %zu", len, most);
		return NULL;
	}
	json_t *root = json_loadb(text ? text : "", text ? len : 0, JSON_REJECT_DUPLICATES, &at);
	if (!root)
		err_set(err, -EINVAL, "line %d, column %d: %s", at.line, at.column, at.text);
	return root;
}

json_t *parse_file(const char *path, struct err *err)
{
	auto_text struct text t = { 0 };

	if (file_read(path, PARSE_FILE_MAX, &t, err))
		return NULL;
	json_t *j = parse_text(text_str(&t), t.len, PARSE_FILE_MAX, err);
	if (!j)
		err_prefix(err, "%s", path);
	return j;
}

const char *parse_kind(const json_t *value)
{
	static const char *const kind[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",	 [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	     [JSON_NULL] = "null",
	};

	return kind[json_typeof(value)];
}

int parse_keys(json_t *object, const char *const *keys, struct err *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return err_set(err, -EINVAL, "want an object, this is %s", parse_kind(object));
	json_object_foreach (object, key, value) {
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (keys[i])
			continue;
		const char *near = suggest(key, keys);
		if (near)
			return err_set(err, -EINVAL, "unknown key \"%.*s\" (did you mean \"%s\"?)",
				       PARSE_SHOW, key, near);
		auto_text struct text known = { 0 };
		for (i = 0; keys[i]; i++)
			text_printf(&known, "%s%s", i ? ", " : "", keys[i]);
		return err_set(err, -EINVAL, "unknown key \"%.*s\" (known here: %s)", PARSE_SHOW, key,
			       text_str(&known));
	}
	return 0;
}

int parse_number(json_t *object, const char *key, long long least, long long most, long long *out,
		 struct err *err)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return 0;
	if (!json_is_integer(value))
		return err_set(err, -EINVAL, "%s: want a whole number, this is %s", key, parse_kind(value));
	long long n = json_integer_value(value);
	if (n < least || n > most)
		return err_set(err, -EINVAL, "%s %lld: want %lld to %lld", key, n, least, most);
	*out = n;
	return 0;
}
