/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parsers of JSON files that people write have in common: refusals that name place, reason and what would be right. */
#ifndef NUMARIG_BASE_PARSE_H
#define NUMARIG_BASE_PARSE_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/* Shows of a user's string as much as a message can bear: "%.*s", PARSE_SHOW, s */
#define PARSE_SHOW 40

/* JSON text of at most `most` bytes, no key twice; NULL with line and column in err. */
json_t *parse_text(const char *text, size_t len, size_t most, struct err *err);
/*
 * The same for a file, of at most PARSE_FILE_MAX bytes: results, series, baselines, whatever was sent. Messages name it;
 * -ENOENT and others of reading, -EINVAL is no JSON.
 */
#define PARSE_FILE_MAX \
	(32u << 20) /* a large result has 2 MiB; JSON in memory takes up to 40 times its bytes */
json_t *parse_file(const char *path, struct err *err);
/* Refuses a value that is no object, and keys not in the NULL-ended list, naming the nearest one that is. */
int parse_keys(json_t *object, const char *const *keys, struct err *err);
/* A whole number from `least` to `most`; *out untouched when the key is absent. */
int parse_number(json_t *object, const char *key, long long least, long long most, long long *out,
		 struct err *err);
/* "an object", "a string", ... for messages. */
const char *parse_kind(const json_t *value);

#endif
