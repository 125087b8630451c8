/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/procfs.h"

#include <stdlib.h>

#include "wire/procfs_fields.h"
#include "wire/procfs_scan.h"

void smaps_free(struct smaps *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].vmflags);
		counters_free(&s->v[i].field);
	}
	free(s->v);
	*s = (struct smaps){ 0 };
}

/* Fields begin with a capital letter, headers with a lower-case hex digit. */
static bool is_head(const struct scan *s)
{
	return !scan_end(s) && ((*s->p >= '0' && *s->p <= '9') || (*s->p >= 'a' && *s->p <= 'f'));
}

/* "VmFlags: rd wr mr mw me ac sd ": two letters or digits each, a space behind each. */
static bool smap_vmflags(struct scan *s, struct smap *m)
{
	char flag[3];
	const char *from;

	if (!scan_text(s, "VmFlags: "))
		return false;
	from = s->p;
	while (!scan_end(s))
		if (!scan_name(s, ' ', flag, sizeof(flag)) || !flag[1] || !scan_text(s, " "))
			return false;
	m->vmflags = scan_copy(from, s->p > from ? (size_t)(s->p - from) - 1 : 0);
	return true;
}

static int smaps_head(struct scan *s, struct smaps *out, struct err *err)
{
	const char *name;
	size_t name_len;
	struct smap m = { 0 };

	if (!scan_mapping(s, &m, &name, &name_len))
		return scan_fail(s, err, "want \"START-END rwxp OFFSET MAJOR:MINOR INODE NAME\"");
	out->v = scan_grow(out->v, out->n, sizeof(*out->v));
	m.name = name_len ? scan_copy(name, name_len) : NULL;
	out->v[out->n++] = m;
	return 0;
}

static int smaps_field(struct scan *s, struct smap *m, struct err *err)
{
	/* flags close a mapping: what follows them belongs to another one, whose header is missing */
	if (!m || m->vmflags)
		return scan_fail(s, err,
				 "a field outside any mapping, want \"START-END rwxp ...\" before it");
	if (scan_peek(s, "VmFlags:"))
		return smap_vmflags(s, m)
			       ? 0
			       : scan_fail(s, err, "want \"VmFlags: rd wr ... \", two letters each");
	if (!scan_field(s, &m->field))
		return scan_fail(s, err, "want \"Name: 123 kB\" or \"Name: 123\"");
	return 0;
}

static int smaps_lines(const char *text, struct smaps *out, struct err *err)
{
	struct scan s;
	int r;

	scan_init(&s, "smaps", text);
	while ((r = scan_line(&s, err)) > 0) {
		struct smap *last = out->n ? &out->v[out->n - 1] : NULL;

		if (!is_head(&s))
			r = smaps_field(&s, last, err);
		else if (last && !last->field.n)
			r = scan_fail(&s, err, "the mapping before shows nothing, want its \"Size: 123 kB\"");
		else
			r = smaps_head(&s, out, err);
		if (r)
			return r;
	}
	if (!r && out->n && !out->v[out->n - 1].field.n)
		return scan_fail(&s, err, "the last mapping shows nothing, want its \"Size: 123 kB\"");
	return r;
}

int smaps_parse(const char *text, struct smaps *out, struct err *err)
{
	*out = (struct smaps){ 0 };
	int r = smaps_lines(text, out, err);

	if (r)
		smaps_free(out);
	return r;
}

int maps_parse(const char *text, struct smaps *out, struct err *err)
{
	struct scan s;
	int r;

	*out = (struct smaps){ 0 };
	scan_init(&s, "maps", text);
	while ((r = scan_line(&s, err)) > 0) {
		r = smaps_head(&s, out, err);
		if (r)
			break;
	}
	if (r)
		smaps_free(out);
	return r;
}
