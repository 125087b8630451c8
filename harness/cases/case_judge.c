/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel gave against what the case says of it. */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cases/case_judge.h"

#define VALUE_MOST 4096 /* bytes of a value: what decides is a number or a few words */

/* --- values -------------------------------------------------------------------------------------------------------- */
static void put(json_t **in, const char *name, const char *text)
{
	if (!*in)
		*in = json_object();
	json_object_set_new(*in, name, json_string(text));
}

/* Plain, and without the blanks around it. */
static void value_put(struct case_facts *f, const char *name, const char *text, size_t len)
{
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	auto_free char *value =
		len > VALUE_MOST ? xasprintf("%.*s...", VALUE_MOST, text) : xasprintf("%.*s", (int)len, text);
	text_plain(value);
	put(&f->values, name, value);
}

void case_value_set(struct case_facts *f, const char *name, const char *text)
{
	value_put(f, name, text, strlen(text));
}

const char *case_value(const struct case_facts *f, const char *name)
{
	return json_string_value(json_object_get(f->values, name));
}

void case_facts_free(struct case_facts *f)
{
	json_decref(f->values);
	json_decref(f->absent);
	json_decref(f->files);
	f->values = f->absent = f->files = NULL;
}

static bool about_its_end(const char *name)
{
	return !strcmp(name, "end") || !strcmp(name, "panic");
}

static bool from_file(const struct case_file *c, const char *name)
{
	return json_object_get(json_object_get(c->json, "values"), name);
}

/* "NAME VALUE..." as the program prints it. Other lines are the program's own. */
static void take_line(const struct case_file *c, const char *line, size_t len, struct case_facts *f)
{
	size_t n = 0, at;

	while (n < len && (isalnum((unsigned char)line[n]) || strchr("_.-", line[n])))
		n++;
	if (!n || n == len || line[n] != ' ')
		return;
	for (at = n; at < len && isspace((unsigned char)line[at]);)
		at++;
	if (at == len)
		return;
	auto_free char *name = xasprintf("%.*s", (int)n, line);
	if (!about_its_end(name) && !from_file(c, name))
		value_put(f, name, line + at, len - at);
}

/* A 0 byte ends C's strings, and hides nothing here. */
static void without_zeroes(const struct text *from, struct text *to)
{
	text_add(to, text_str(from), from->len);
	for (char *s = to->s, *end = s + to->len; (s = memchr(s, 0, (size_t)(end - s)));)
		*s = '?';
}

/* Files of values: what the program wrote, the console, and what was sampled. */
struct seen {
	const struct records *rec;
	const json_t *files;
	struct text out, err, console;
};

static const char *file_of(const struct case_value *v, const struct seen *seen)
{
	const struct records *rec = seen->rec;
	const json_t *phases = json_object_get(seen->files, v->file);

	if (!strcmp(v->file, "stdout"))
		return text_str(&seen->out);
	if (!strcmp(v->file, "stderr"))
		return text_str(&seen->err);
	if (!strcmp(v->file, "console"))
		return text_str(&seen->console);
	for (size_t i = rec->phases; i--;) {
		const char *text = rawset_get(&rec->phase[i].raw, v->file);

		if (text && (!v->phase || !strcmp(v->phase, rec->phase[i].name)))
			return text;
	}
	return json_string_value(json_object_get(phases, v->phase ? v->phase : "end"));
}

static void take_found(const struct case_value *v, const char *text, struct case_facts *f)
{
	auto_free char *why = text ? xasprintf("\"find\" matches nothing in %s", v->file)
				   : xasprintf("%s is not there%s%s", v->file, v->phase ? " in phase " : "",
					       v->phase ? v->phase : "");
	regmatch_t m[2];
	regex_t re;

	if (!text || regcomp(&re, v->find, REG_EXTENDED | REG_NEWLINE)) {
		put(&f->absent, v->name, why);
		return;
	}
	if (!regexec(&re, text, 2, m, 0) && m[1].rm_so >= 0)
		value_put(f, v->name, text + m[1].rm_so, (size_t)(m[1].rm_eo - m[1].rm_so));
	else
		put(&f->absent, v->name, why);
	regfree(&re);
}

void case_values(const struct case_file *c, const struct records *rec, const struct text *console,
		 struct case_facts *f)
{
	struct seen seen = { .rec = rec, .files = f->files };

	without_zeroes(&rec->out[0], &seen.out);
	without_zeroes(&rec->out[1], &seen.err);
	without_zeroes(console, &seen.console);
	for (const char *s = text_str(&seen.out); *s;) {
		size_t n = strcspn(s, "\n");

		take_line(c, s, n, f);
		s += n + (s[n] == '\n');
	}
	for (size_t i = 0; i < c->values; i++)
		take_found(&c->value[i], file_of(&c->value[i], &seen), f);
	text_free(&seen.out);
	text_free(&seen.err);
	text_free(&seen.console);
}

/* --- the answer ------------------------------------------------------------------------------------------------------ */
struct judging {
	const struct case_facts *f;
	char why[300]; /* the first thing that is not known */
};

static void not_known(struct judging *j, const struct case_want *w, const char *value)
{
	const char *absent = json_string_value(json_object_get(j->f->absent, w->name));

	if (j->why[0])
		return;
	if (value)
		snprintf(j->why, sizeof(j->why), "%s is \"%.100s\": want a number for its condition", w->name,
			 value);
	else if (absent)
		snprintf(j->why, sizeof(j->why), "there is no value \"%.60s\": %.200s", w->name, absent);
	else
		snprintf(j->why, sizeof(j->why), "it did not print \"%.200s\"", w->name);
}

static enum case_truth want_holds(struct judging *j, const struct case_want *w)
{
	const char *value = case_value(j->f, w->name);
	enum case_truth t = value ? case_want_holds(w, value) : CASE_UNKNOWN;

	if (!value && !strcmp(w->name, "panic"))
		return CASE_FALSE;
	if (t == CASE_UNKNOWN)
		not_known(j, w, value);
	return t;
}

/* One that is false decides, whatever else is not known. How it ended is known first: who was killed says no more. */
static enum case_truth rule_holds(struct judging *j, const struct case_rule *r)
{
	struct judging quiet = *j;
	bool own_end = false, unknown = false;

	for (size_t i = 0; i < r->wants; i++) {
		enum case_truth t = want_holds(&quiet, &r->want[i]);

		if (t == CASE_FALSE)
			return CASE_FALSE;
		own_end = own_end || about_its_end(r->want[i].name);
		unknown = unknown || t == CASE_UNKNOWN;
	}
	if (!own_end && strcmp(j->f->end, "exit 0") != 0)
		return CASE_FALSE;
	if (unknown)
		*j = quiet;
	return unknown ? CASE_UNKNOWN : CASE_TRUE;
}

static enum case_truth rules_hold(struct judging *j, const struct case_rules *r)
{
	enum case_truth all = CASE_FALSE;

	for (size_t i = 0; i < r->n; i++) {
		enum case_truth t = rule_holds(j, &r->rule[i]);

		if (t == CASE_TRUE)
			return t;
		all = t == CASE_UNKNOWN ? t : all;
	}
	return all;
}

/* The names that rules name, each once, in the order of the file. */
static json_t *named(const struct case_file *c)
{
	json_t *names = json_object();

	for (enum case_answer a = CASE_SHOWS; a < CASE_ANSWERS; a++)
		for (size_t i = 0; i < c->rules[a].n; i++)
			for (size_t k = 0; k < c->rules[a].rule[i].wants; k++)
				json_object_set_new(names, c->rules[a].rule[i].want[k].name, json_true());
	return names;
}

bool case_names(const struct case_file *c, const char *name)
{
	auto_json json_t *names = named(c);

	return json_object_get(names, name);
}

/* What it said of those that rules name. */
static void show_values(const struct case_file *c, const struct case_facts *f, char *to, size_t size)
{
	auto_json json_t *names = named(c);
	auto_text struct text t = { 0 };
	const char *name;
	json_t *unused;

	json_object_foreach (names, name, unused) {
		const char *value = case_value(f, name);

		if (value)
			text_printf(&t, "%s%s %s", t.len ? ", " : "", name, value);
	}
	snprintf(to, size, "%s", text_str(&t));
	if (t.len >= size)
		memcpy(to + size - 4, "...", 4);
}

void case_judge(const struct case_file *c, const struct case_facts *f, struct case_verdict *v)
{
	struct judging shows_j = { .f = f }, not_j = { .f = f };
	enum case_truth shows = rules_hold(&shows_j, &c->rules[CASE_SHOWS]),
			not = rules_hold(&not_j, &c->rules[CASE_DOES_NOT]);

	*v = (struct case_verdict){ .answer = CASE_CANNOT_TELL };
	show_values(c, f, v->values, sizeof(v->values));
	if (f->end[0] && shows == CASE_TRUE && not != CASE_TRUE) {
		v->answer = CASE_SHOWS;
	} else if (f->end[0] && shows == CASE_FALSE && not == CASE_TRUE) {
		v->answer = CASE_DOES_NOT;
	} else if (!f->end[0] || (strcmp(f->end, "exit 0") != 0 && shows != CASE_TRUE && not != CASE_TRUE)) {
		snprintf(v->why, sizeof(v->why), "%s", f->why);
	} else if (shows == CASE_TRUE) {
		snprintf(v->why, sizeof(v->why), "%.400s: meets both shows and does_not", v->values);
	} else if (shows_j.why[0] || not_j.why[0]) {
		snprintf(v->why, sizeof(v->why), "%s", shows_j.why[0] ? shows_j.why : not_j.why);
	} else {
		snprintf(v->why, sizeof(v->why), "%.400s: meets neither shows nor does_not", v->values);
	}
}
