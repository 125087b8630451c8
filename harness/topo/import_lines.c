/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_lines.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define SHOWN 60 /* bytes of a line in a message */
#define PREFIX_MOST 160

void lines_free(struct lines *l)
{
	text_free(&l->text);
	free(l->line);
}

/* --- words ----------------------------------------------------------------------------------- */

/* In lower case; ' ' is blanks or a line's end, '~' perhaps blanks, '#' a number, '?' a word. */
static const struct {
	const char *form;
	enum word word;
	bool exact; /* an upper case letter is no match */
} words[] = {
	{ "available: # node", WORD_NODES, false },
	{ "node # cpus~:", WORD_CPUS, false },
	{ "numa node~# cpu(s)~:", WORD_LSCPU_CPUS, false },
	{ "node#/cpulist:", WORD_LSCPU_CPUS, false },
	{ "node # size~:", WORD_SIZE, false },
	{ "node # memtotal:", WORD_TOTAL, false },
	{ "node # free~:", WORD_OTHER, false },
	{ "node # plugged:", WORD_OTHER, false },
	{ "node distances~:", WORD_DISTANCES, false },
	{ "no distance information", WORD_OTHER, false },
	{ "per-node system memory usage", WORD_NUMASTAT, false },
	{ "per-node ", WORD_OTHER, false },
	{ "no numa available", WORD_NO_NUMA, false },
	{ "no numa support", WORD_NO_NUMA, false },
	{ "numa node(s)~:", WORD_LSCPU_NODES, false },
	{ "on-line cpu(s) list~:", WORD_ONLINE, false },
	{ "thread(s) per core~:", WORD_THREADS, false },
	{ "node # ?~:", WORD_UNKNOWN, true },
};

/* The bytes that have the form, or 0. */
static size_t form_len(const char *form, const char *text, bool exact, unsigned long *id)
{
	const char *p = text;
	char *end;

	for (; *form; form++) {
		if (*form == ' ' || *form == '~') {
			if (*form == ' ' && !isspace((unsigned char)*p))
				return 0;
			p += strspn(p, " \t\n");
		} else if (*form == '#') {
			if (!isdigit((unsigned char)*p))
				return 0;
			*id = strtoul(p, &end, 10);
			p = end;
		} else if (*form == '?') {
			if (!islower((unsigned char)*p))
				return 0;
			while (isalpha((unsigned char)*p))
				p++;
		} else if (*form == (exact ? *p : tolower((unsigned char)*p))) {
			p++;
		} else {
			return 0;
		}
	}
	return (size_t)(p - text);
}

bool lines_find(const char *text, size_t from, struct found *out)
{
	for (size_t at = from; text[at]; at++) {
		if (!strchr("aAnNpPoOtT", text[at]) || (at && isalnum((unsigned char)text[at - 1])))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			size_t n = form_len(words[i].form, text + at, words[i].exact, &out->id);

			if (!n)
				continue;
			out->word = words[i].word;
			out->at = at;
			out->end = at + n;
			return true;
		}
	}
	return false;
}

/* --- what stands before ---------------------------------------------------------------------- */

/* What stood before the first words: others have it with other digits and letters. */
struct prefix {
	char like[PREFIX_MOST];
	bool known;	  /* a line with such words was there */
	bool numbered;	  /* it is the line's number, and blanks or marks */
	bool marked;	  /* with such a mark, or a tab */
	size_t column;	  /* where the number ends, without one */
	unsigned long at; /* the number of the last line */
};

static const char *run(const char *p, int (*is)(int))
{
	while (is((unsigned char)*p))
		p++;
	return p;
}

static const char *blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static const char *like_skip(const char *like, const char *p)
{
	while (*like) {
		int (*is)(int) = isdigit((unsigned char)*like)	 ? isdigit
				 : isalpha((unsigned char)*like) ? isalpha
								 : NULL;

		if (*like == ' ' || *like == '\t') {
			like = blanks(like);
			p = blanks(p);
		} else if (is) {
			p = blanks(p);
			if (!is((unsigned char)*p))
				return NULL;
			like = run(like, is);
			p = run(p, is);
		} else if (*like++ != *p++) {
			return NULL;
		}
	}
	return p;
}

/*
 * Behind the prefix, or NULL when the line does not have it. A list that goes on and a row of distances begin with numbers, too:
 * a line's number is one more than that of the line before, and ends in the same column; or there is a mark behind it, and it is
 * more.
 */
static const char *prefix_skip(struct prefix *f, const char *line)
{
	const char *p = like_skip(f->like, line), *number = blanks(line), *end = run(number, isdigit);
	unsigned long n = strtoul(number, NULL, 10);

	if (!p || !f->numbered)
		return p;
	if (f->marked ? *end != f->like[f->column] || n <= f->at
		      : (size_t)(end - line) != f->column || n != f->at + 1)
		return NULL;
	f->at = n;
	return p;
}

static void prefix_learn(struct prefix *f, const char *line, size_t n)
{
	const char *number = blanks(line), *end = run(number, isdigit);

	*f = (struct prefix){ .known = true };
	if (n >= PREFIX_MOST)
		return;
	memcpy(f->like, line, n);
	f->column = (size_t)(end - line);
	f->numbered = end > number && f->column <= n &&
		      !f->like[f->column + strspn(f->like + f->column, " \t:.|)-+")];
	f->marked = f->numbered && f->like[f->column] != ' ';
	f->at = strtoul(number, NULL, 10);
}

/* Marks of quoting, of comments and of the parts of tables. */
static const char *marks(const char *p)
{
	return p + strspn(p, " \t>|#*+`\"':/;%~");
}

/* --- lines ----------------------------------------------------------------------------------- */

static void line_add(struct lines *l, const char *p, const char *raw, unsigned number)
{
	struct line *one;

	l->line = xgrow(l->line, l->n, sizeof(*l->line));
	one = &l->line[l->n++];
	*one = (struct line){ l->text.len, number, (unsigned)strlen(raw), p == raw };
	/* A line ends where its last visible character does, and that of a table or a string before its mark. */
	size_t n = strlen(p);
	while (n && strchr(" \t|\\\"'`", p[n - 1]))
		n--;
	text_add(&l->text, p, n);
	text_add(&l->text, "\n", 1);
}

static void line_read(struct lines *l, struct prefix *f, const char *raw, unsigned number)
{
	struct found first;
	bool found = lines_find(raw, 0, &first);
	const char *p = prefix_skip(f, raw);

	if (found && (!f->known || first.word == WORD_NODES || first.word == WORD_LSCPU_NODES) &&
	    (!p || p < raw + first.at)) {
		prefix_learn(f, raw, first.at);
		p = raw + first.at;
	}
	line_add(l, marks(p ? p : raw), raw, number);
}

/* Quoted-printable mail breaks a line anywhere and ends it in '='; a line of nothing but '=' is an ornament. */
static bool goes_on(const char *p, size_t n)
{
	return n >= 2 && p[n - 1] == '=' && p[n - 2] != '=';
}

void lines_read(const char *plain, struct lines *out)
{
	struct prefix prefix = { 0 };
	unsigned number = 1;

	while (*plain) {
		auto_text struct text line = { 0 };
		unsigned first = number;

		for (bool more = true; more && *plain; number++) {
			size_t n = strcspn(plain, "\n");

			more = goes_on(plain, n);
			text_add(&line, plain, n - more);
			plain += n + (plain[n] == '\n');
		}
		line_read(out, &prefix, text_str(&line), first);
	}
	text_add(&out->text, "", 0);
}

size_t lines_at(const struct lines *l, size_t at)
{
	size_t low = 0, high = l->n;

	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (l->line[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return low;
}

int lines_bad(const struct lines *l, size_t at, struct err *err, const char *want)
{
	const struct line *line = &l->line[lines_at(l, at)];
	const char *s = l->text.s + line->at;
	size_t n = strcspn(s, "\n"), shown = n;

	if (n > SHOWN)
		for (shown = SHOWN; shown && ((unsigned char)s[shown] & 0xc0) == 0x80; shown--)
			;
	return err_set(err, -EINVAL, "line %u: \"%.*s%s\": want %s", line->number, (int)shown, s,
		       shown < n ? "..." : "", want);
}
