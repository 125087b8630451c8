/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rawset.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A file's text from one put on. */
struct version {
	size_t from;   /* of the puts into the log */
	char *text;    /* whole; NULL: not made yet from the version before and the changes */
	char *changes; /* NULL: it was put whole */
};

struct rawfile {
	char *path;
	struct version *v;
	size_t n, cap;
	size_t len, lines; /* of the last text; a change leaves the number of lines as it is */
	size_t *line_len;  /* of the last text; NULL: not looked at */
};

struct rawlog {
	unsigned sets; /* that share it */
	size_t puts;
	uint64_t bytes;
	struct rawfile *file; /* in the order in which they were first put */
	size_t n, cap;
	size_t *slot; /* open addressing by path: number of a file + 1; 0: free */
	size_t slots; /* a power of two, twice `cap` */
};

/* --- files by path ---------------------------------------------------------------------------------------------------- */
static size_t *slot_of(const struct rawlog *l, const char *path)
{
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	for (const char *c = path; *c; c++)
		h = (h ^ (unsigned char)*c) * 0x100000001b3;
	size_t i = (h ^ h >> 32) & (l->slots - 1);
	while (l->slot[i] && strcmp(l->file[l->slot[i] - 1].path, path) != 0)
		i = (i + 1) & (l->slots - 1);
	return &l->slot[i];
}

static struct rawfile *find(const struct rawlog *l, const char *path)
{
	size_t *slot = l && l->n ? slot_of(l, path) : NULL;

	return slot && *slot ? &l->file[*slot - 1] : NULL;
}

static struct rawfile *find_or_make(struct rawlog *l, const char *path)
{
	struct rawfile *f = find(l, path);

	if (f)
		return f;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->slots = 2 * l->cap;
		l->file = xrealloc(l->file, l->cap * sizeof(*l->file));
		free(l->slot);
		l->slot = xcalloc(l->slots, sizeof(*l->slot));
		for (size_t i = 0; i < l->n; i++)
			*slot_of(l, l->file[i].path) = i + 1;
	}
	*slot_of(l, path) = l->n + 1;
	l->file[l->n] = (struct rawfile){ .path = xstrdup(path) };
	return &l->file[l->n++];
}

/* The file's version in a set that sees the log's first `at` puts; NULL: it had none by then. */
static struct version *version_at(const struct rawfile *f, size_t at)
{
	size_t lo = 0, hi = f ? f->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->v[mid].from < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &f->v[lo - 1] : NULL;
}

/* --- changes ---------------------------------------------------------------------------------------------------------- */
struct line {
	const char *s;
	size_t len;
};

static char *copy_of(const char *bytes, size_t len)
{
	char *s = xrealloc(NULL, len + 1);

	if (len)
		memcpy(s, bytes, len);
	s[len] = 0;
	return s;
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text; n++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return n;
}

/* The next change of those at *c; false behind the last. They were looked at by changes_wrong(). */
static bool next_change(const char **c, size_t *line, struct line *now)
{
	char *text;

	if (!**c)
		return false;
	*line = strtoull(*c, &text, 10);
	*now = (struct line){ text + 1, strcspn(text + 1, "\n") };
	*c = now->s + now->len + (now->s[now->len] == '\n');
	return true;
}

/* Why these can't be changes of a text of so many lines; NULL. */
static const char *changes_wrong(const char *c, size_t lines)
{
	unsigned long long least = 0;

	while (*c) {
		char *text;

		errno = 0;
		unsigned long long at = isdigit((unsigned char)*c) ? strtoull(c, &text, 10) : 0;
		if (!isdigit((unsigned char)*c) || *text != ' ' || at < least || errno)
			return "has a change without its line number in order";
		if (at >= lines)
			return "changes a line behind the file's end";
		least = at + 1;
		c = text + strcspn(text, "\n");
		c += *c == '\n';
	}
	return NULL;
}

/* Lengths of the lines, and of the text, with the changes made. */
static void measure(struct rawfile *f, const char *c)
{
	const char *at =
		f->n && !f->line_len ? f->v[f->n - 1].text : NULL; /* whole: there was no change yet */
	struct line now;
	size_t i;

	if (!f->line_len)
		f->line_len = xcalloc(f->lines, sizeof(*f->line_len));
	for (i = 0; at && *at; i++) {
		f->line_len[i] = strcspn(at, "\n");
		at += f->line_len[i];
		at += *at == '\n';
	}
	while (next_change(&c, &i, &now)) {
		f->len = f->len - f->line_len[i] + now.len;
		f->line_len[i] = now.len;
	}
}

/* The text of one version out of one before it, which has its own, and the changes in between. */
static char *changed(const struct version *whole, const struct version *want)
{
	struct line *line = xcalloc(lines_of(whole->text), sizeof(*line)), now;
	auto_text struct text t = { 0 };
	const char *at = whole->text;
	size_t n = 0, i;

	for (; *at; n++) {
		line[n] = (struct line){ at, strcspn(at, "\n") };
		at += line[n].len;
		at += *at == '\n';
	}
	bool ended = at > whole->text && at[-1] == '\n';
	for (const struct version *v = whole + 1; v <= want; v++)
		for (const char *c = v->changes; next_change(&c, &i, &now);)
			line[i] = now;
	for (i = 0; i < n; i++) {
		text_add(&t, line[i].s, line[i].len);
		if (i + 1 < n || ended)
			text_add(&t, "\n", 1);
	}
	free(line);
	return copy_of(text_str(&t), t.len);
}

/* --- sets ------------------------------------------------------------------------------------------------------------- */
static void log_free(struct rawlog *l)
{
	for (size_t i = 0; i < l->n; i++) {
		for (size_t k = 0; k < l->file[i].n; k++) {
			free(l->file[i].v[k].text);
			free(l->file[i].v[k].changes);
		}
		free(l->file[i].v);
		free(l->file[i].line_len);
		free(l->file[i].path);
	}
	free(l->file);
	free(l->slot);
	free(l);
}

void rawset_free(struct rawset *s)
{
	if (s->log && !--s->log->sets)
		log_free(s->log);
	*s = (struct rawset){ 0 };
}

/* A log that only this set adds to: one that has gone on without it is copied first. */
static struct rawlog *own_log(struct rawset *s)
{
	struct rawset old = *s;

	if (old.log && old.at == old.log->puts)
		return old.log;
	s->log = xcalloc(1, sizeof(*s->log));
	s->log->sets = 1;
	s->at = 0;
	const char *path;
	for (size_t i = 0; (path = rawset_path(&old, i)); i++) {
		const char *text = rawset_get(&old, path);

		if (text)
			rawset_put(s, path, text, strlen(text));
	}
	rawset_free(&old);
	return s->log;
}

static void add(struct rawset *s, struct rawfile *f, struct version v)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 1;
		f->v = xrealloc(f->v, f->cap * sizeof(*f->v));
	}
	v.from = s->log->puts++;
	s->at = s->log->puts;
	s->log->bytes += f->len;
	f->v[f->n++] = v;
}

void rawset_put(struct rawset *s, const char *path, const char *text, size_t len)
{
	struct rawfile *f = find_or_make(own_log(s), path);

	char *copy = copy_of(text, len);
	f->len = strlen(copy);
	f->lines = lines_of(copy);
	free(f->line_len);
	f->line_len = NULL;
	add(s, f, (struct version){ .text = copy });
}

const char *rawset_change(struct rawset *s, const char *path, const char *changes, size_t len)
{
	if (!version_at(find(s->log, path), s->at))
		return "changes a file that was never sent";
	struct rawfile *f = find(own_log(s), path);
	char *copy = copy_of(changes, len);
	const char *wrong = changes_wrong(copy, f->lines);

	if (wrong) {
		free(copy);
		return wrong;
	}
	measure(f, copy);
	add(s, f, (struct version){ .changes = copy });
	return NULL;
}

const char *rawset_get(const struct rawset *s, const char *path)
{
	const struct rawfile *f = find(s->log, path);
	struct version *v = version_at(f, s->at);

	if (v && !v->text) {
		const struct version *whole = v;

		while (!whole->text)
			whole--; /* the first was put whole */
		v->text = changed(whole, v);
	}
	return v ? v->text : NULL;
}

const char *rawset_path(const struct rawset *s, size_t i)
{
	/* those of a set are the first of the log's: the others were first put later */
	return s->log && i < s->log->n && s->log->file[i].v->from < s->at ? s->log->file[i].path : NULL;
}

void rawset_share(struct rawset *to, const struct rawset *from)
{
	*to = *from;
	if (to->log)
		to->log->sets++;
}

uint64_t rawset_bytes(const struct rawset *s)
{
	return s->log ? s->log->bytes : 0;
}
