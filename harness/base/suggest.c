/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/suggest.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LONGEST 64

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; words longer than LONGEST are compared by their beginning. */
static unsigned distance(const char *a, const char *b)
{
	unsigned d[LONGEST + 1][LONGEST + 1];
	size_t la = strnlen(a, LONGEST), lb = strnlen(b, LONGEST);

	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);

			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    tolower((unsigned char)a[i - 2]) == y)
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

const char *suggest_row(const char *word, const char *const *first, size_t row)
{
	const char *best = NULL;
	unsigned best_distance = ~0u;

	for (const char *const *at = first; *at; at = (const void *)((const char *)at + row)) {
		const char *name = *at;
		unsigned far = distance(word, name);
		size_t len = strlen(name);
		unsigned most = len / 3 > 2 ? (unsigned)(len / 3) : 2;

		if (strlen(word) > 2 && !strncasecmp(word, name, strlen(word)))
			far = least(far, 1);
		if (far <= most && far < best_distance && far < len) {
			best = name;
			best_distance = far;
		}
	}
	return best;
}

const char *suggest(const char *word, const char *const *names)
{
	return suggest_row(word, names, sizeof(*names));
}
