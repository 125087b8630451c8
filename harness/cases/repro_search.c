/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/repro_search.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "cases/flip.h"
#include "kit/offered.h"

struct repro_search {
	const struct repro_search_wish *wish;
	const struct repro_set *set; /* of that case alone */
	const struct offered_kernel *kernel;
	size_t n, tried;
	enum case_answer known[256];
	json_t *row[256];
	struct flip end; /* once it has ended */
};

static void search_free(struct repro_search *s)
{
	for (size_t i = 0; i < s->n; i++)
		json_decref(s->row[i]);
}
#define auto_search __attribute__((cleanup(search_free)))

static int try_one(struct repro_search *s, size_t at, struct err *err)
{
	auto_strlist struct strlist kernel = { 0 };
	auto_json json_t *rows = NULL;

	strlist_add(&kernel, "%s", s->kernel[at].abi);
	if (repro_set_run(s->set, &kernel, &rows, err))
		return err->code;
	s->row[at] = json_incref(json_array_get(rows, 0));
	s->known[at] = case_answer_of(json_string_value(json_object_get(s->row[at], "answer")));
	s->tried++;
	s->wish->tried(s->wish->ctx, s->set->v[0].c->name, s->kernel[at].abi, s->known[at]);
	return 0;
}

static json_t *end_json(const struct repro_search *s, size_t at)
{
	json_t *row = json_copy(s->row[at]);

	json_object_set_new(row, "package", json_string(s->kernel[at].package));
	return row;
}

json_t *repro_search_json(const struct repro_search *s)
{
	const struct flip *f = &s->end;
	static const char *const state[] = { "", "found", "none", "cannot_tell" };
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i}", "case", s->set->v[0].c->name, "series",
			      s->kernel[0].series, "looked_for", case_answer_key(s->wish->first), "result",
			      state[f->state], "offered", (int)s->n, "tried", (int)s->tried);
	json_t *unknown = json_array();

	if (f->state != FLIP_UNTELLABLE) {
		json_object_set_new(j, "before", end_json(s, f->before));
		json_object_set_new(j, "at", end_json(s, f->at));
		for (size_t i = f->before + 1; f->state == FLIP_FOUND && i < f->at; i++)
			json_array_append_new(unknown, json_string(s->kernel[i].abi));
	}
	json_object_set_new(j, "unknown", unknown);
	return j;
}

static void end_text(const struct repro_search *s, size_t at, const char *which, struct text *out)
{
	auto_free char *decides = xstrdup(json_word(s->row[at], "decides"));

	text_plain(decides);
	text_printf(out, "  %-12s %-28s %-22s %-12s %s\n", which, s->kernel[at].abi, s->kernel[at].package,
		    case_answer_words(s->known[at]), decides);
}

void repro_search_text(const struct repro_search *s, struct text *out)
{
	const struct flip *f = &s->end;
	bool good = s->wish->first == CASE_DOES_NOT;

	text_printf(out, "%s, %s: ", s->set->v[0].c->name, s->kernel[0].series);
	if (f->state == FLIP_UNTELLABLE) {
		text_printf(out, "cannot tell: no two of %zu kernels could\n", s->n);
		return;
	}
	text_printf(out, "%s; tried %zu of the %zu kernels there are\n",
		    f->state == FLIP_NONE ? "no such change between the oldest and the newest"
		    : good		  ? "the first good one"
					  : "the first bad one",
		    s->tried, s->n);
	end_text(s, f->before, f->state == FLIP_NONE ? "oldest" : good ? "last bad" : "last good", out);
	end_text(s, f->at, f->state == FLIP_NONE ? "newest" : good ? "first good" : "first bad", out);
	for (size_t i = f->before + 1; f->state == FLIP_FOUND && i < f->at; i++) {
		auto_free char *why = xstrdup(json_word(s->row[i], "why"));

		text_plain(why);
		text_printf(out, "  %-12s %-28s %-22s cannot tell  %s\n", "between", s->kernel[i].abi,
			    s->kernel[i].package, why);
	}
}

static int search_one(struct repro_search *s, bool *found, struct err *err)
{
	for (size_t i = 0; i < s->n; i++)
		s->known[i] = CASE_ANSWERS;
	while ((s->end = flip_next(s->known, s->n, s->wish->first)).state == FLIP_TRY)
		if (try_one(s, s->end.at, err))
			return err->code;
	*found = *found || s->end.state == FLIP_FOUND;
	s->wish->ended(s->wish->ctx, s);
	return 0;
}

static bool wanted(const struct strlist *series, const char *name)
{
	for (size_t i = 0; i < series->n; i++)
		if (!strcmp(series->v[i], name))
			return true;
	return !series->n;
}

/* The case on every series that is wanted. */
static int search_case(const struct repro_set *one, const struct offered *o,
		       const struct repro_search_wish *wish, bool *found, struct err *err)
{
	unsigned searched = 0;

	for (size_t i = 0, n; i < o->n; i += n) {
		auto_search struct repro_search s = { .set = one, .kernel = &o->v[i], .wish = wish };

		for (n = 1; i + n < o->n && !strcmp(o->v[i + n].series, o->v[i].series); n++)
			;
		if (!wanted(wish->series, o->v[i].series))
			continue;
		s.n = n < ARRAY_SIZE(s.known) ? n : ARRAY_SIZE(s.known);
		searched++;
		if (search_one(&s, found, err))
			return err->code;
	}
	return searched
		       ? 0
		       : err_set(err, -EINVAL,
				 "-k %s: the archive has no such series: want 6.1, say; a single kernel can't be searched",
				 wish->series->v[0]);
}

int repro_search(const struct repro_set *set, const struct repro_search_wish *wish, bool *found,
		 struct err *err)
{
	auto_offered struct offered o = { 0 };

	*found = false;
	if (set->progress)
		set->progress("asking the archive which kernels there are", 0, 0);
	if (offered_get(&set->cache, set->tree, &o, err))
		return err->code;
	for (size_t i = 0; i < set->n; i++) {
		struct repro_set one = *set;

		one.v = &set->v[i];
		one.n = 1;
		if (search_case(&one, &o, wish, found, err))
			return err->code;
	}
	return 0;
}
