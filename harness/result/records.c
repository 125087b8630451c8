/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result/records.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/idset.h"
#include "wire/frame.h"

#define STREAM_MOST (64u << 20)

struct parser {
	struct records *out;
	struct err *err;
};

static void pairs_add(struct pairs *p, const char *name, const char *text, size_t len)
{
	p->v = xrealloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n++] = (struct pair){ xstrdup(name), xasprintf("%.*s", (int)len, text) };
}

static void pairs_free(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].text);
	}
	free(p->v);
	*p = (struct pairs){ 0 };
}

const char *pairs_get(const struct pairs *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].name, name))
			return p->v[i].text;
	return NULL;
}

/* The files so far belong to the phase at hand: it ends when the next begins, and with the stream. */
static void close_phase(struct parser *p)
{
	struct records *r = p->out;

	if (r->phases && !r->phase[r->phases - 1].raw.n)
		rawset_copy(&r->phase[r->phases - 1].raw, &p->out->last);
}

static int bad(struct parser *p, const struct frame *f, const char *why)
{
	return err_set(p->err, -EBADMSG, "record %" PRIu64 " (%s %s): %s", f->seq, frame_type_name(f->type),
		       f->name, why);
}

/* Puts the changed lines into the last text of that file. */
static int take_delta(struct parser *p, const struct frame *f)
{
	const char *old = rawset_get(&p->out->last, f->name);
	auto_free char *changes = xasprintf("%.*s", (int)f->len, f->payload);
	auto_text struct text now = { 0 };
	uint64_t line = 0;
	char *c = changes;

	if (!old)
		return bad(p, f, "changes a file that was never sent");
	for (; *old; line++) {
		size_t len = strcspn(old, "\n");
		char *text;
		uint64_t at = *c ? strtoull(c, &text, 10) : UINT64_MAX;

		if (*c && (!isdigit((unsigned char)*c) || *text != ' ' || at < line))
			return bad(p, f, "has a change without its line number in order");
		if (at == line) {
			size_t n = strcspn(++text, "\n");

			text_add(&now, text, n);
			c = text + n + (text[n] == '\n');
		} else {
			text_add(&now, old, len);
		}
		if (old[len])
			text_add(&now, "\n", 1);
		old += len + (old[len] == '\n');
	}
	if (*c)
		return bad(p, f, "changes a line behind the file's end");
	rawset_put(&p->out->last, f->name, text_str(&now), now.len);
	return 0;
}

static int take_phase(struct parser *p, const struct frame *f, const char *payload)
{
	struct records *r = p->out;

	close_phase(p);
	r->phase = xrealloc(r->phase, (r->phases + 1) * sizeof(*r->phase));
	r->phase[r->phases++] =
		(struct phase){ .name = xstrdup(f->name), .vns = f->vns, .tsc = strtoull(payload, NULL, 10) };
	return 0;
}

static int take_value(struct parser *p, const struct frame *f, const char *payload)
{
	struct records *r = p->out;
	struct record_value v = { 0 };
	char *value, *end;

	errno = 0;
	long long nid = strtoll(payload, &value, 10);
	if (value == payload || *value != ' ' || nid < -1 || nid >= IDSET_MAX)
		return bad(p, f, "is no node and number");
	v.nid = (int)nid;
	v.value = strtoll(++value, &end, 10);
	if (end == value || *end || errno)
		return bad(p, f, "is no node and number");
	v.name = xstrdup(f->name);
	r->value = xrealloc(r->value, (r->values + 1) * sizeof(*r->value));
	r->value[r->values++] = v;
	return 0;
}

static int take_exit(struct parser *p, const struct frame *f, const char *payload)
{
	static const char *const kinds[] = { "", "code", "signal", "deadline", "flood" };

	for (int i = 1; i < (int)ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i], f->name) != 0)
			continue;
		p->out->end = (enum record_end)i;
		p->out->end_number = strtoull(payload, NULL, 10);
		return 0;
	}
	return bad(p, f, "is no way to end");
}

static int take(struct parser *p, const struct frame *f)
{
	struct records *r = p->out;
	auto_free char *payload = xasprintf("%.*s", (int)f->len, f->payload);

	switch (f->type) {
	case FRAME_FILE:
		rawset_put(&p->out->last, f->name, f->payload, f->len);
		return 0;
	case FRAME_DELTA:
		return take_delta(p, f);
	case FRAME_PHASE:
		return take_phase(p, f, payload);
	case FRAME_VALUE:
		return take_value(p, f, payload);
	case FRAME_KNOB:
		pairs_add(&r->knobs, f->name, f->payload, f->len);
		return 0;
	case FRAME_LEFT:
		pairs_add(&r->left, f->name, f->payload, f->len);
		return 0;
	case FRAME_ABSENT: /* a file of a process that ended keeps its last text; one never seen has none */
	case FRAME_NOTE:
		pairs_add(&r->notes, f->name, f->payload, f->len);
		return 0;
	case FRAME_BROKEN:
		pairs_add(&r->broken, f->name, f->payload, f->len);
		return 0;
	case FRAME_SKIP:
		free(r->skip);
		r->skip = take_ptr(payload);
		return 0;
	case FRAME_OUT:
		text_add(!strcmp(f->name, "trace") ? &r->trace : &r->out[!strcmp(f->name, "2")], f->payload,
			 f->len);
		return 0;
	case FRAME_EXIT:
		return take_exit(p, f, payload);
	case FRAME_END:
		r->complete = true;
		return 0;
	case FRAME_HELLO:
	case FRAME_TYPE_COUNT:
		break;
	}
	return 0;
}

int records_parse(const char *bytes, size_t n, const struct rawset *base, struct records *out,
		  struct err *err)
{
	struct parser p = { .out = out, .err = err };
	struct frame f;
	char why[320];
	size_t pos = 0;
	uint64_t seq = 0;
	int r = 0, got = 1;

	*out = (struct records){ 0 };
	if (base)
		rawset_copy(&out->last, base);
	while (!r && !out->complete && (got = frame_next(bytes, n, &pos, seq++, &f, why, sizeof(why))) > 0)
		r = take(&p, &f);
	close_phase(&p);
	if (r)
		return r;
	if (got < 0)
		return err_set(err, -EBADMSG, "%s", why);
	if (!out->complete)
		return err_set(err, -EBADMSG,
			       "the record stream stops after %" PRIu64 " records, without its end", seq - 1);
	if (pos != n)
		return err_set(err, -EBADMSG, "the record stream goes on for %zu bytes behind its end",
			       n - pos);
	return 0;
}

int records_read(const char *path, const char *boot_path, struct records *out, struct err *err)
{
	auto_text struct text t = { 0 };
	auto_records struct records boot = { 0 };

	*out = (struct records){ 0 };
	if (boot_path && path_exists(boot_path) && records_read(boot_path, NULL, &boot, err))
		return err_prefix(err, "boot");
	if (file_read(path, STREAM_MOST, &t, err))
		return err->code;
	return records_parse(text_str(&t), t.len, &boot.last, out, err);
}

void records_free(struct records *r)
{
	for (size_t i = 0; i < r->phases; i++) {
		free(r->phase[i].name);
		rawset_free(&r->phase[i].raw);
	}
	free(r->phase);
	for (size_t i = 0; i < r->values; i++)
		free(r->value[i].name);
	free(r->value);
	pairs_free(&r->knobs);
	pairs_free(&r->left);
	pairs_free(&r->notes);
	pairs_free(&r->broken);
	free(r->skip);
	text_free(&r->out[0]);
	text_free(&r->out[1]);
	text_free(&r->trace);
	rawset_free(&r->last);
	*r = (struct records){ 0 };
}

const struct phase *records_phase(const struct records *r, const char *name)
{
	for (size_t i = r->phases; i-- > 0;)
		if (!strcmp(r->phase[i].name, name))
			return &r->phase[i];
	return NULL;
}
