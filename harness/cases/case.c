/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case.json: what there may be in it. docs/cases.md is its manual, cases/case.schema.json the same for editors. */
#include "cases/case.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"

static const struct {
	const char *words, *key;
} answers[] = {
	[CASE_CANNOT_TELL] = { "cannot tell", "cannot_tell" },
	[CASE_SHOWS] = { "shows it", "shows" },
	[CASE_DOES_NOT] = { "does not", "does_not" },
};

const char *case_answer_words(enum case_answer a)
{
	return answers[a].words;
}

const char *case_answer_key(enum case_answer a)
{
	return answers[a].key;
}

enum case_answer case_answer_of(const char *key)
{
	enum case_answer a = 0;

	while (a < CASE_ANSWERS && strcmp(answers[a].key, key) != 0)
		a++;
	return a;
}

void case_free(struct case_file *c)
{
	if (!c)
		return;
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++) {
		for (size_t i = 0; i < c->rules[a].n; i++) {
			for (size_t k = 0; k < c->rules[a].rule[i].wants; k++)
				free(c->rules[a].rule[i].want[k].text);
			free(c->rules[a].rule[i].want);
		}
		free(c->rules[a].rule);
		free(c->expect[a].v);
	}
	free(c->value);
	strlist_free(&c->command);
	strlist_free(&c->libs);
	strlist_free(&c->files);
	strlist_free(&c->knobs);
	strlist_free(&c->control);
	json_decref(c->json);
	free(c->name);
	free(c->dir);
	free(c);
}

/* A key's text; NULL when it is absent and need not be there. `line`: of one line. */
static int take_text(json_t *object, const char *key, bool must, const char **out, struct err *err)
{
	json_t *value = json_object_get(object, key);

	if (!value && !must)
		return 0;
	if (!value)
		return err_set(err, -EINVAL, "has no \"%s\"", key);
	if (!json_is_string(value) || !*json_string_value(value) || strpbrk(json_string_value(value), "\r\n"))
		return err_set(err, -EINVAL, "%s: want one line of text", key);
	*out = json_string_value(value);
	return 0;
}

/* A file beside the case. */
static int file_check(const char *key, const char *file, struct err *err)
{
	if (file && (*file == '/' || strstr(file, "..")))
		return err_set(err, -EINVAL, "%s \"%.*s\": want a file beside the case's", key, PARSE_SHOW,
			       file);
	return 0;
}

static int take_knobs(json_t *knobs, struct strlist *out, struct err *err)
{
	const char *name;
	json_t *value;

	if (knobs && !json_is_object(knobs))
		return err_set(err, -EINVAL, "knobs: want an object, this is %s", parse_kind(knobs));
	if (json_object_size(knobs) > CASE_KNOBS_MOST)
		return err_set(err, -EINVAL, "knobs: names %zu of them: want %d at most",
			       json_object_size(knobs), CASE_KNOBS_MOST);
	json_object_foreach (knobs, name, value) {
		if (json_is_string(value))
			strlist_add(out, "%s=%s", name, json_string_value(value));
		else if (json_is_integer(value))
			strlist_add(out, "%s=%lld", name, (long long)json_integer_value(value));
		else
			return err_set(err, -EINVAL, "knobs: %.*s: want text or a number, this is %s",
				       PARSE_SHOW, name, parse_kind(value));
	}
	return 0;
}

static int take_words(json_t *object, const char *key, struct strlist *out, struct err *err)
{
	json_t *words = json_object_get(object, key), *word;
	size_t i;

	if (!words)
		return 0;
	if (!json_is_array(words) || !json_array_size(words))
		return err_set(err, -EINVAL, "%s: want an array of words", key);
	json_array_foreach (words, i, word) {
		if (!json_is_string(word))
			return err_set(err, -EINVAL, "%s[%zu]: want text, this is %s", key, i,
				       parse_kind(word));
		strlist_add(out, "%s", json_string_value(word));
	}
	return 0;
}

/* As on a compiler's command line, -lNAME, or the name alone: no other option, and no path. What is kept is the name. */
static int take_libs(struct case_file *c, struct err *err)
{
	if (take_words(c->json, "libs", &c->libs, err))
		return err->code;
	for (size_t i = 0; i < c->libs.n; i++) {
		char *asked = c->libs.v[i], *name = asked + (strncmp(asked, "-l", 2) ? 0 : 2);

		if (!isalnum((unsigned char)*name) ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-")])
			return err_set(err, -EINVAL,
				       "libs[%zu] \"%.*s\": want a library's name, such as -lm or m", i,
				       PARSE_SHOW, asked);
		memmove(asked, name, strlen(name) + 1);
	}
	return 0;
}

static int files_check(const struct strlist *files, struct err *err)
{
	for (size_t i = 0; i < files->n; i++)
		if (!*files->v[i] || file_check("files:", files->v[i], err))
			return *files->v[i] ? err->code
					    : err_set(err, -EINVAL, "files[%zu]: is empty: want a file", i);
	return 0;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */
/* What stands at the beginning of a line the program prints. */
static int name_check(const char *name, struct err *err)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
			return err_set(err, -EINVAL,
				       "value name \"%.*s\": want letters, digits, '_', '.' and '-'",
				       PARSE_SHOW, name);
	return *name ? 0 : err_set(err, -EINVAL, "a value without a name");
}

static int find_check(const struct case_value *v, struct err *err)
{
	char why[128];
	regex_t re;
	int r = regcomp(&re, v->find, REG_EXTENDED | REG_NEWLINE);

	if (r) {
		regerror(r, &re, why, sizeof(why));
		return err_set(err, -EINVAL, "find \"%.*s\": is no expression: %s", PARSE_SHOW, v->find, why);
	}
	size_t groups = re.re_nsub;
	regfree(&re);
	return groups ? 0
		      : err_set(err, -EINVAL, "find \"%.*s\": want parentheses around what is the value",
				PARSE_SHOW, v->find);
}

/* What the program writes has no phases; and how it ended is no value of a file's. */
static int value_check(const struct case_value *v, struct err *err)
{
	static const char *const whole[] = { "stdout", "stderr", "console" };

	if (!strcmp(v->name, "end") || !strcmp(v->name, "panic"))
		return err_set(err, -EINVAL, "is how it ended: want another name");
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (v->phase && !strcmp(v->file, whole[i]))
			return err_set(err, -EINVAL, "phase \"%.*s\": %s has no phases", PARSE_SHOW, v->phase,
				       whole[i]);
	return find_check(v, err);
}

static int take_values(json_t *values, struct case_file *c, struct err *err)
{
	static const char *const keys[] = { "file", "find", "phase", NULL };
	const char *name;
	json_t *o;

	if (values && !json_is_object(values))
		return err_set(err, -EINVAL, "want an object, this is %s", parse_kind(values));
	c->value = xcalloc(json_object_size(values) + 1, sizeof(*c->value));
	json_object_foreach (values, name, o) {
		struct case_value *v = &c->value[c->values++];

		*v = (struct case_value){ .name = name };
		if (name_check(name, err))
			return err->code;
		if (parse_keys(o, keys, err) || take_text(o, "file", true, &v->file, err) ||
		    take_text(o, "find", true, &v->find, err) ||
		    take_text(o, "phase", false, &v->phase, err) || value_check(v, err))
			return err_prefix(err, "%s", name);
	}
	return 0;
}

/* --- what shows it ---------------------------------------------------------------------------------------------------- */
static int take_want(const char *name, json_t *value, struct case_want *w, struct err *err)
{
	w->name = name;
	if (name_check(name, err))
		return err->code;
	if (json_is_integer(value))
		w->text = xasprintf("%lld", (long long)json_integer_value(value));
	else if (!json_is_string(value))
		return err_set(err, -EINVAL, "%s: want text or a number, this is %s", name,
			       parse_kind(value));
	else if (case_want_parse(json_string_value(value), w, err))
		return err_prefix(err, "%s", name);
	return !strcmp(name, "end") && case_end_check(w, err) ? err_prefix(err, "%s", name) : 0;
}

static int take_rule(json_t *object, struct case_rule *r, struct err *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object) || !json_object_size(object))
		return err_set(err, -EINVAL, "want an object of values, or several of them in an array");
	r->want = xcalloc(json_object_size(object), sizeof(*r->want));
	json_object_foreach (object, name, value) {
		if (take_want(name, value, &r->want[r->wants++], err))
			return err->code;
	}
	return 0;
}

static int take_rules(struct case_file *c, enum case_answer a, struct err *err)
{
	const char *key = case_answer_key(a);
	json_t *value = json_object_get(c->json, key);
	size_t n = json_is_array(value) ? json_array_size(value) : 1;

	if (!value)
		return err_set(err, -EINVAL, "has no \"%s\": what a kernel gives that %s", key,
			       a == CASE_SHOWS ? "shows it" : "does not");
	c->rules[a].rule = xcalloc(n + 1, sizeof(*c->rules[a].rule));
	for (size_t i = 0; i < n; i++)
		if (take_rule(json_is_array(value) ? json_array_get(value, i) : value,
			      &c->rules[a].rule[c->rules[a].n++], err))
			return err_prefix(err, "%s", key);
	return n ? 0 : err_set(err, -EINVAL, "%s: want an object of values", key);
}

/* --- which kernels ---------------------------------------------------------------------------------------------------- */
/* A kernel of two answers is a mistake of the file's. */
static int overlap_check(const struct case_file *c, struct err *err)
{
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++)
		for (size_t i = 0; i < c->expect[a].n; i++)
			for (enum case_answer b = 0; b < CASE_ANSWERS; b++) {
				const unsigned *v = c->expect[a].v[i].from;

				/* where two ranges meet, one of them begins in the other */
				if (a != b && case_ranges_have(&c->expect[b], v))
					return err_set(err, -EINVAL,
						       "expect: %u.%u.%u is both of \"%s\" and of \"%s\"",
						       v[0], v[1], v[2], case_answer_key(a < b ? a : b),
						       case_answer_key(a < b ? b : a));
			}
	return 0;
}

static int take_expect(struct case_file *c, struct err *err)
{
	static const char *const keys[] = { "shows", "does_not", "cannot_tell", NULL };
	json_t *expect = json_object_get(c->json, "expect");
	const char *text;

	if (!expect)
		return 0;
	if (parse_keys(expect, keys, err))
		return err_prefix(err, "expect");
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++) {
		text = NULL;
		if (take_text(expect, case_answer_key(a), false, &text, err))
			return err_prefix(err, "expect");
		if (text && case_ranges_parse(text, &c->expect[a], err))
			return err_prefix(err, "expect: %s", case_answer_key(a));
	}
	return overlap_check(c, err);
}

static int take_control(struct case_file *c, struct err *err)
{
	static const char *const keys[] = { "knobs", NULL };
	json_t *control = json_object_get(c->json, "control");

	if (!control)
		return 0;
	if (parse_keys(control, keys, err) || take_knobs(json_object_get(control, "knobs"), &c->control, err))
		return err_prefix(err, "control");
	return c->control.n ? 0 : err_set(err, -EINVAL, "control: has no \"knobs\" of its own");
}

static int take_all(struct case_file *c, struct err *err)
{
	static const char *const keys[] = { "$schema",	"about",   "source",  "topology", "knobs",  "program",
					    "libs",	"files",   "command", "timeout",  "values", "shows",
					    "does_not", "control", "expect",  "note",	  NULL };
	long long timeout = CASE_TIMEOUT_S;
	json_t *j = c->json;

	if (parse_keys(j, keys, err) || take_text(j, "about", true, &c->about, err) ||
	    take_text(j, "source", true, &c->source, err) ||
	    take_text(j, "topology", true, &c->topology, err) ||
	    take_text(j, "program", false, &c->program, err) || file_check("program", c->program, err) ||
	    take_text(j, "note", false, &c->note, err) || take_libs(c, err) ||
	    take_words(j, "files", &c->files, err) || files_check(&c->files, err) ||
	    take_words(j, "command", &c->command, err) ||
	    take_knobs(json_object_get(j, "knobs"), &c->knobs, err) ||
	    parse_number(j, "timeout", 1, 3600, &timeout, err))
		return err->code;
	c->timeout_s = (unsigned)timeout;
	if (take_values(json_object_get(j, "values"), c, err))
		return err_prefix(err, "values");
	if (!c->program && !c->command.n)
		return err_set(err, -EINVAL, "has neither \"program\" nor \"command\": nothing to run");
	return take_rules(c, CASE_SHOWS, err) || take_rules(c, CASE_DOES_NOT, err) || take_control(c, err) ||
			       take_expect(c, err)
		       ? err->code
		       : 0;
}

int case_parse(const char *text, size_t len, const char *name, const char *dir, struct case_file **out,
	       struct err *err)
{
	auto_case struct case_file *c = xcalloc(1, sizeof(*c));

	*out = NULL;
	c->name = xstrdup(name);
	c->dir = xstrdup(dir);
	c->json = parse_text(text, len, CASE_FILE_MAX, err);
	if (!c->json || take_all(c, err))
		return err_prefix(err, "%s", name);
	*out = take_ptr(c);
	return 0;
}

enum case_answer case_expected(const struct case_file *c, const unsigned version[3])
{
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++)
		if (case_ranges_have(&c->expect[a], version))
			return a;
	return CASE_ANSWERS;
}

enum case_answer case_expected_series(const struct case_file *c, const unsigned version[3])
{
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++)
		if (case_ranges_have_series(&c->expect[a], version))
			return a;
	return CASE_ANSWERS;
}
