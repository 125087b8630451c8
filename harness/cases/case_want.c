/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One condition of a case on one value: its text, and whether a value meets it. */
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "cases/case.h"

/* The longer sign first where one begins as another does. */
static const struct {
	const char *sign;
	enum case_op op;
} signs[] = {
	{ "<=", CASE_MOST }, { ">=", CASE_LEAST }, { "==", CASE_IS }, { "!=", CASE_NOT },
	{ "<", CASE_LESS },  { ">", CASE_MORE },   { "=", CASE_IS },  { "~", CASE_LIKE },
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

static int slip_check(const char *text, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(slips); i++) {
		size_t n = strlen(slips[i].wrong);

		if (!strncmp(text, slips[i].wrong, n))
			return err_set(
				err, -EINVAL,
				"\"%.*s\": is no condition: want \"%s%.*s\", or \"== %.*s\" for this very text",
				PARSE_SHOW, text, slips[i].right, PARSE_SHOW, skip_blanks(text + n),
				PARSE_SHOW, text);
	}
	if (*text == '!' && text[1] != '=')
		return err_set(
			err, -EINVAL,
			"\"%.*s\": is no condition: want \"!= %.*s\", or \"== %.*s\" for this very text",
			PARSE_SHOW, text, PARSE_SHOW, skip_blanks(text + 1), PARSE_SHOW, text);
	return 0;
}

/* "1..5", "5.." and "..5". Text that is none stays as it is. */
static int range_parse(const char *text, struct case_want *w, struct err *err)
{
	const char *dots = strstr(text, "..");
	size_t left = dots ? trimmed(text, (size_t)(dots - text)) : 0;
	const char *right = dots ? skip_blanks(dots + 2) : "";
	bool from = left && number_parse(text, left, &w->lo);
	bool upto = *right && number_parse(right, strlen(right), &w->hi);

	if (from && upto) {
		w->op = CASE_WITHIN;
		return w->lo > w->hi
			       ? err_set(err, -EINVAL, "\"%.*s\": ends before it begins", PARSE_SHOW, text)
			       : 0;
	}
	if (from && *right)
		return err_set(err, -EINVAL,
			       "\"%.*s\": want a number behind the dots, or \"== %.*s\" for this very text",
			       PARSE_SHOW, text, PARSE_SHOW, text);
	if (from)
		w->op = CASE_LEAST;
	if (upto && !left) {
		w->op = CASE_MOST;
		w->lo = w->hi;
	}
	return 0;
}

static bool wants_number(enum case_op op)
{
	return op == CASE_LESS || op == CASE_MOST || op == CASE_MORE || op == CASE_LEAST || op == CASE_WITHIN;
}

int case_want_parse(const char *text, struct case_want *w, struct err *err)
{
	const char *s = skip_blanks(text), *rest = s;

	w->op = CASE_IS;
	if (slip_check(s, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(signs) && rest == s; i++)
		if (!strncmp(s, signs[i].sign, strlen(signs[i].sign))) {
			w->op = signs[i].op;
			rest = s + strlen(signs[i].sign);
		}
	if (rest == s) {
		if (range_parse(s, w, err))
			return err->code;
	} else {
		rest = skip_blanks(rest);
		if (wants_number(w->op) && !number_parse(rest, strlen(rest), &w->lo))
			return err_set(
				err, -EINVAL,
				"\"%.*s\": want a number behind the sign, or \"== %.*s\" for this very text",
				PARSE_SHOW, text, PARSE_SHOW, s);
		if (!*rest && w->op != CASE_IS)
			return err_set(err, -EINVAL, "\"%.*s\": want something behind the sign", PARSE_SHOW,
				       text);
		if (w->op == CASE_LIKE && like_check(rest, err))
			return err->code;
	}
	w->text = xasprintf("%.*s", (int)trimmed(rest, strlen(rest)), rest);
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

	if (w->op == CASE_IS || w->op == CASE_NOT)
		return truth(!strcmp(w->text, value) == (w->op == CASE_IS));
	if (w->op == CASE_LIKE) {
		if (regcomp(&re, w->text, REG_EXTENDED | REG_NOSUB))
			return CASE_UNKNOWN;
		bool found = !regexec(&re, value, 0, NULL, 0);
		regfree(&re);
		return truth(found);
	}
	if (!number_parse(value, strlen(value), &n))
		return CASE_UNKNOWN;
	return truth(w->op == CASE_LESS	   ? n < w->lo
		     : w->op == CASE_MOST  ? n <= w->lo
		     : w->op == CASE_MORE  ? n > w->lo
		     : w->op == CASE_LEAST ? n >= w->lo
					   : n >= w->lo && n <= w->hi);
}

/* How a program or its machine can end, as `end` says it. */
int case_end_check(const struct case_want *w, struct err *err)
{
	static const char *const words[] = { "deadline", "panic", "hang" };
	unsigned n;
	int used = 0;

	if (w->op == CASE_LIKE)
		return 0;
	if (w->op == CASE_IS || w->op == CASE_NOT) {
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
