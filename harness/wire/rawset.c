/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rawset.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void rawset_free(struct rawset *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].text);
	}
	free(s->v);
	*s = (struct rawset){ 0 };
}

static struct rawfile *find(const struct rawset *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].path, path))
			return &s->v[i];
	return NULL;
}

void rawset_put(struct rawset *s, const char *path, const char *text, size_t len)
{
	struct rawfile *f = find(s, path);

	if (!f) {
		s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
		f = &s->v[s->n++];
		*f = (struct rawfile){ .path = xstrdup(path) };
	}
	f->text = xrealloc(f->text, len + 1);
	if (len)
		memcpy(f->text, text, len);
	f->text[len] = 0;
	f->len = len;
}

const char *rawset_get(const struct rawset *s, const char *path)
{
	const struct rawfile *f = find(s, path);

	return f ? f->text : NULL;
}

void rawset_copy(struct rawset *to, const struct rawset *from)
{
	for (size_t i = 0; i < from->n; i++)
		rawset_put(to, from->v[i].path, from->v[i].text, from->v[i].len);
}
