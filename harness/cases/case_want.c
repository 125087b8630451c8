/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/case_want.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "base/text.h"

static const char *skip_blanks(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* The length without the blanks at the end. */
static size_t trimmed(const char *s, size_t len)
{
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	return len;
}

static bool number_parse(const char *s, size_t len, long double *out)
{
	auto_free char *copy = xasprintf("%.*s", (int)trimmed(s, len), s);
	const char *number = skip_blanks(copy);
	char *end;

	*out = strtold(number, &end);
	return end != number && !*end && !number[strspn(number, "+-.0123456789")];
}

static int like_check(const char *expression, struct err *err)
{
	char why[128];
	regex_t re;
	int r = regcomp(&re, expression, REG_EXTENDED | REG_NOSUB);

	if (r) {
		regerror(r, &re, why, sizeof(why));
		return err_set(err, -EINVAL, "\"%.*s\": is no expression: %s", PARSE_SHOW, expression, why);
	}
	regfree(&re);
	return 0;
}

/* "1..5", "5.." and "..5" of numbers. Text that is none stays as it is. */
static int range_parse(const char *text, const struct condition *c, struct case_want *w, struct err *err)
{
	bool lo = number_parse(c->lo.s, c->lo.len, &w->lo);
	bool hi = c->hi.len && number_parse(c->hi.s, c->hi.len, &w->hi);

	w->op = CONDITION_IS;
	if (lo && hi && c->op == CONDITION_WITHIN && w->lo > w->hi)
		return err_set(err, -EINVAL, "\"%.*s\": ends before it begins", PARSE_SHOW, text);
	if (lo && !hi && c->op == CONDITION_WITHIN)
		return err_set(err, -EINVAL,
			       "\"%.*s\": want a number after the dots, or \"== %.*s\" for this very text",
			       PARSE_SHOW, text, PARSE_SHOW, text);
	if (lo)
		w->op = c->op;
	return 0;
}

static bool wants_number(enum condition_op op)
{
	return op == CONDITION_LESS || op == CONDITION_MOST || op == CONDITION_MORE ||
	       op == CONDITION_LEAST || op == CONDITION_WITHIN;
}

int case_want_parse(const char *text, struct case_want *w, struct err *err)
{
	const char *s = skip_blanks(text);
	struct condition c;

	if (condition_split(text, &c, err))
		return err->code;
	w->op = c.op;
	if (c.dots) {
		if (range_parse(s, &c, w, err))
			return err->code;
		c.lo = (struct condition_part){ s, trimmed(s, strlen(s)) };
	} else if (wants_number(w->op) && !number_parse(c.lo.s, c.lo.len, &w->lo)) {
		return err_set(err, -EINVAL,
			       "\"%.*s\": want a number after the sign, or \"== %.*s\" for this very text",
			       PARSE_SHOW, text, PARSE_SHOW, s);
	}
	if (!c.lo.len && w->op != CONDITION_IS)
		return err_set(err, -EINVAL, "\"%.*s\": want something after the sign", PARSE_SHOW, text);
	w->text = xasprintf("%.*s", (int)c.lo.len, c.lo.s);
	if (w->op == CONDITION_LIKE && like_check(w->text, err)) {
		free(w->text);
		w->text = NULL;
		return err->code;
	}
	return 0;
}

static enum case_truth truth(bool holds)
{
	return holds ? CASE_TRUE : CASE_FALSE;
}

enum case_truth case_want_holds(const struct case_want *w, const char *value)
{
	long double n = 0;
	regex_t re;

	if (w->op == CONDITION_IS || w->op == CONDITION_NOT)
		return truth(!strcmp(w->text, value) == (w->op == CONDITION_IS));
	if (w->op == CONDITION_LIKE) {
		if (regcomp(&re, w->text, REG_EXTENDED | REG_NOSUB))
			return CASE_UNKNOWN;
		bool found = !regexec(&re, value, 0, NULL, 0);
		regfree(&re);
		return truth(found);
	}
	if (!number_parse(value, strlen(value), &n))
		return CASE_UNKNOWN;
	return truth(w->op == CONDITION_LESS	? n < w->lo
		     : w->op == CONDITION_MOST	? n <= w->lo
		     : w->op == CONDITION_MORE	? n > w->lo
		     : w->op == CONDITION_LEAST ? n >= w->lo
						: n >= w->lo && n <= w->hi);
}

/* How a program or its machine can end, as `end` says it. */
int case_end_check(const struct case_want *w, struct err *err)
{
	static const char *const words[] = { "deadline", "panic", "hang" };
	unsigned n;
	int used = 0;

	if (w->op == CONDITION_LIKE)
		return 0;
	if (w->op == CONDITION_IS || w->op == CONDITION_NOT) {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(w->text, words[i]))
				return 0;
		if (((sscanf(w->text, "exit %3u%n", &n, &used) == 1 && n <= 255) ||
		     (sscanf(w->text, "signal %2u%n", &n, &used) == 1 && n >= 1 && n <= 64)) &&
		    !w->text[used] && isdigit((unsigned char)w->text[used - 1]) && !strstr(w->text, "  "))
			return 0;
	}
	return err_set(err, -EINVAL, "\"%.*s\": want exit N, signal N, deadline, panic or hang", PARSE_SHOW,
		       w->text);
}
