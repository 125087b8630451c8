/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing JSON files that people write. Every error names the place, the reason and what would be right. */
#ifndef NUMARIG_BASE_PARSE_H
#define NUMARIG_BASE_PARSE_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/* The most characters of a user's string that an error message quotes: "%.*s", PARSE_SHOW, s */
#define PARSE_SHOW 40

/* Parses JSON text of at most `most` bytes; a key that stands twice is an error. NULL, with line and column in err, on error. */
json_t *parse_text(const char *text, size_t len, size_t most, struct err *err);
/*
 * The same for a file of at most PARSE_FILE_MAX bytes. Messages begin with the path. -EINVAL: the file is no JSON; other errors
 * are those of reading it.
 */
#define PARSE_FILE_MAX \
	(32u << 20) /* a large result has 2 MiB; JSON in memory takes up to 40 times its bytes */
json_t *parse_file(const char *path, struct err *err);
/* 0 when `object` is an object all of whose keys are in the NULL-ended list; the message suggests the nearest known key. */
int parse_keys(json_t *object, const char *const *keys, struct err *err);
/* Reads a whole number from `least` to `most`. When the key is absent, *out keeps its value and 0 is returned. */
int parse_number(json_t *object, const char *key, long long least, long long most, long long *out,
		 struct err *err);
/* The kind of a JSON value with its article, for messages: "an object", "a string". */
const char *parse_kind(const json_t *value);

#endif
