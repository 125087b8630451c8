/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel gave against what the case says of it. */
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "judge/case.h"

#define VALUE_MOST 200 /* bytes of a value: what decides is a number or a few words */

/* --- values -------------------------------------------------------------------------------------------------------- */
void case_value_set(struct pairs *p, const char *name, const char *text)
{
	size_t i = 0;

	while (i < p->n && strcmp(p->v[i].name, name) != 0)
		i++;
	if (i == p->n) {
		p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
		p->v[p->n++] = (struct pair){ .name = xstrdup(name) };
	}
	free(p->v[i].text);
	p->v[i].text = xasprintf("%.*s", VALUE_MOST, text);
	text_plain(p->v[i].text);
}

void case_facts_free(struct case_facts *f)
{
	for (size_t i = 0; i < f->values.n; i++) {
		free(f->values.v[i].name);
		free(f->values.v[i].text);
	}
	free(f->values.v);
	f->values = (struct pairs){ 0 };
}

/* "NAME VALUE..." as the program prints it. Other lines are the program's own. */
static void take_line(const char *line, size_t len, struct pairs *out)
{
	size_t n = 0;

	while (n < len && (isalnum((unsigned char)line[n]) || strchr("_.-", line[n])))
		n++;
	if (!n || n + 1 >= len || line[n] != ' ')
		return;
	auto_free char *name = xasprintf("%.*s", (int)n, line);
	auto_free char *value = xasprintf("%.*s", (int)(len - n - 1), line + n + 1);
	case_value_set(out, name, value);
}

static const char *file_of(const struct case_value *v, const struct records *rec, const char *console)
{
	if (!strcmp(v->file, "stdout"))
		return text_str(&rec->out[0]);
	if (!strcmp(v->file, "stderr"))
		return text_str(&rec->out[1]);
	if (!strcmp(v->file, "console"))
		return console;
	for (size_t i = rec->phases; i--;) {
		const char *text = rawset_get(&rec->phase[i].raw, v->file);

		if (text && (!v->phase || !strcmp(v->phase, rec->phase[i].name)))
			return text;
	}
	return NULL;
}

static void take_found(const struct case_value *v, const char *text, struct pairs *out)
{
	regmatch_t m[2];
	regex_t re;

	if (!text || regcomp(&re, v->find, REG_EXTENDED | REG_NEWLINE))
		return;
	if (!regexec(&re, text, 2, m, 0) && m[1].rm_so >= 0) {
		auto_free char *found = xasprintf("%.*s", (int)(m[1].rm_eo - m[1].rm_so), text + m[1].rm_so);

		case_value_set(out, v->name, found);
	}
	regfree(&re);
}

void case_values(const struct case_file *c, const struct records *rec, const char *console, struct pairs *out)
{
	for (const char *s = text_str(&rec->out[0]); *s;) {
		size_t n = strcspn(s, "\n");

		take_line(s, n, out);
		s += n + (s[n] == '\n');
	}
	for (size_t i = 0; i < c->values; i++)
		take_found(&c->value[i], file_of(&c->value[i], rec, console), out);
}

/* --- conditions ------------------------------------------------------------------------------------------------------ */
static bool number_parse(const char *s, size_t len, long double *out)
{
	auto_free char *copy = xasprintf("%.*s", (int)len, s);
	char *end;

	*out = strtold(copy, &end);
	return end != copy && !*end && strspn(copy, "+-.0123456789") == len;
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

int case_want_parse(const char *text, struct case_want *w, struct err *err)
{
	static const struct {
		const char *sign;
		enum case_op op;
	} signs[] = { { "<= ", CASE_MOST }, { ">= ", CASE_LEAST }, { "< ", CASE_LESS },
		      { "> ", CASE_MORE },  { "!= ", CASE_NOT },   { "~ ", CASE_LIKE } };
	const char *rest = text, *dots = strstr(text, "..");

	w->op = CASE_IS;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (!strncmp(text, signs[i].sign, strlen(signs[i].sign))) {
			w->op = signs[i].op;
			rest = text + strlen(signs[i].sign);
			break;
		}
	if (w->op >= CASE_LESS && w->op <= CASE_LEAST && !number_parse(rest, strlen(rest), &w->lo))
		return err_set(err, -EINVAL, "\"%.*s\": want a number behind the sign", PARSE_SHOW, text);
	if (w->op == CASE_LIKE && like_check(rest, err))
		return err->code;
	if (w->op == CASE_IS && dots && number_parse(text, (size_t)(dots - text), &w->lo) &&
	    number_parse(dots + 2, strlen(dots + 2), &w->hi)) {
		if (w->lo > w->hi)
			return err_set(err, -EINVAL, "\"%.*s\": ends before it begins", PARSE_SHOW, text);
		w->op = CASE_WITHIN;
	}
	w->text = xstrdup(rest);
	return 0;
}

bool case_want_holds(const struct case_want *w, const char *value)
{
	long double n = 0;
	regex_t re;

	if (w->op == CASE_IS || w->op == CASE_NOT)
		return !strcmp(w->text, value) == (w->op == CASE_IS);
	if (w->op == CASE_LIKE) {
		if (regcomp(&re, w->text, REG_EXTENDED | REG_NOSUB))
			return false;
		bool found = !regexec(&re, value, 0, NULL, 0);
		regfree(&re);
		return found;
	}
	if (!number_parse(value, strlen(value), &n))
		return false;
	return w->op == CASE_LESS    ? n < w->lo
	       : w->op == CASE_MOST  ? n <= w->lo
	       : w->op == CASE_MORE  ? n > w->lo
	       : w->op == CASE_LEAST ? n >= w->lo
				     : n >= w->lo && n <= w->hi;
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */
static bool about_its_end(const struct case_want *w)
{
	return !strcmp(w->name, "end") || !strcmp(w->name, "panic");
}

static bool rule_holds(const struct case_rule *r, const struct case_facts *f)
{
	bool own_end = false;

	for (size_t i = 0; i < r->wants; i++) {
		const char *value = pairs_get(&f->values, r->want[i].name);

		if (!value || !case_want_holds(&r->want[i], value))
			return false;
		own_end = own_end || about_its_end(&r->want[i]);
	}
	return own_end || !strcmp(f->end, "exit 0");
}

static bool rules_hold(const struct case_rules *r, const struct case_facts *f)
{
	for (size_t i = 0; i < r->n; i++)
		if (rule_holds(&r->rule[i], f))
			return true;
	return false;
}

/* The names that rules name, each once, in the order of the file. */
static void named(const struct case_file *c, struct strlist *names)
{
	for (enum case_answer a = CASE_SHOWS; a < CASE_ANSWERS; a++)
		for (size_t i = 0; i < c->rules[a].n; i++)
			for (size_t k = 0; k < c->rules[a].rule[i].wants; k++) {
				const char *name = c->rules[a].rule[i].want[k].name;
				size_t at = 0;

				while (at < names->n && strcmp(names->v[at], name) != 0)
					at++;
				if (at == names->n)
					strlist_add(names, "%s", name);
			}
}

/* What it said of them; the first that it did not say, or NULL. */
static const char *show_values(const struct strlist *names, const struct case_facts *f, struct text *out)
{
	const char *missing = NULL;

	for (size_t i = 0; i < names->n; i++) {
		const char *value = pairs_get(&f->values, names->v[i]);

		if (value)
			text_printf(out, "%s%s %s", out->len ? ", " : "", names->v[i], value);
		else if (!missing && strcmp(names->v[i], "panic") != 0)
			missing = names->v[i];
	}
	return missing;
}

void case_judge(const struct case_file *c, const struct case_facts *f, struct case_verdict *v)
{
	bool shows = rules_hold(&c->rules[CASE_SHOWS], f), not = rules_hold(&c->rules[CASE_DOES_NOT], f);
	auto_strlist struct strlist names = { 0 };
	auto_text struct text values = { 0 };

	named(c, &names);
	const char *missing = show_values(&names, f, &values);
	*v = (struct case_verdict){ .answer = CASE_CANNOT_TELL };
	snprintf(v->values, sizeof(v->values), "%s", text_str(&values));
	if (f->end[0] && shows != not ) {
		v->answer = shows ? CASE_SHOWS : CASE_DOES_NOT;
		return;
	}
	if (!f->end[0] || (strcmp(f->end, "exit 0") != 0 && !shows))
		snprintf(v->why, sizeof(v->why), "%s", f->why);
	else if (shows)
		snprintf(v->why, sizeof(v->why), "%s: is what shows it and what does not", v->values);
	else if (missing)
		snprintf(v->why, sizeof(v->why), "it did not say \"%s\"", missing);
	else
		snprintf(v->why, sizeof(v->why), "%s: is neither what shows it nor what does not", v->values);
}
