/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/condition.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define SHOW 40 /* as PARSE_SHOW, whose header the guest's programs have not */

/* The longer sign first where one begins as another does. */
static const struct {
	const char *sign;
	enum condition_op op;
} signs[] = {
	{ "<=", CONDITION_MOST }, { ">=", CONDITION_LEAST }, { "==", CONDITION_IS }, { "!=", CONDITION_NOT },
	{ "<", CONDITION_LESS },  { ">", CONDITION_MORE },   { "=", CONDITION_IS },  { "~", CONDITION_LIKE },
};

/* What people write in other places and is no sign here: not to be taken for text. */
static const struct {
	const char *wrong, *right;
} slips[] = {
	{ "=<", "<= " },
	{ "=>", ">= " },
	{ "<>", "!= " },
	{ "=~", "~ " },
	{ "~=", "~ " },
	{ "!~", "~ " },
	{ "===", "== " },
	{ "\xe2\x89\xa4", "<= " },
	{ "\xe2\x89\xa5", ">= " },
	{ "\xe2\x89\xa0", "!= " },
};

static struct condition_part part(const char *s, size_t len)
{
	while (len && isspace((unsigned char)*s)) {
		s++;
		len--;
	}
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	return (struct condition_part){ s, len };
}

static int slip_check(const char *text, struct err *err)
{
	const char *right = NULL, *rest = text;

	for (size_t i = 0; i < sizeof(slips) / sizeof(*slips) && !right; i++)
		if (!strncmp(text, slips[i].wrong, strlen(slips[i].wrong))) {
			right = slips[i].right;
			rest = text + strlen(slips[i].wrong);
		}
	if (!right && *text == '!' && text[1] != '=') {
		right = "!= ";
		rest = text + 1;
	}
	if (!right)
		return 0;
	return err_set(err, -EINVAL,
		       "\"%.*s\": is no condition: want \"%s%.*s\", or \"== %.*s\" for this very text", SHOW,
		       text, right, SHOW, part(rest, strlen(rest)).s, SHOW, text);
}

/* "1..5", "5.." and "..5" */
static bool dots_split(const char *text, struct condition *c)
{
	const char *dots = strstr(text, "..");

	if (!dots)
		return false;
	struct condition_part left = part(text, (size_t)(dots - text)),
			      right = part(dots + 2, strlen(dots + 2));
	c->dots = true;
	c->op = !left.len ? CONDITION_MOST : right.len ? CONDITION_WITHIN : CONDITION_LEAST;
	c->lo = left.len ? left : right;
	c->hi = right;
	return left.len || right.len;
}

int condition_split(const char *text, struct condition *c, struct err *err)
{
	const char *s = part(text, strlen(text)).s;

	*c = (struct condition){ .op = CONDITION_IS };
	if (slip_check(s, err))
		return err->code;
	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		const char *rest = s + strlen(signs[i].sign);

		if (strncmp(s, signs[i].sign, strlen(signs[i].sign)) != 0)
			continue;
		c->op = signs[i].op;
		c->lo = part(rest, strlen(rest));
		return 0;
	}
	if (!dots_split(s, c)) {
		c->op = CONDITION_IS;
		c->dots = false;
		c->lo = part(s, strlen(s));
	}
	return 0;
}
