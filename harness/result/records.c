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
#define WORDS_MOST 65536u /* of a payload that is no file and no output */
#define UNFOLDED_MOST (2048ull << 20)

struct parser {
	struct records *out;
	struct err *err;
	uint64_t vns;	 /* of the record before */
	uint64_t before; /* bytes of the files that the stream began with */
};

static void pairs_add(struct pairs *p, const char *name, const char *text, size_t len)
{
	p->v = xgrow(p->v, p->n, sizeof(*p->v));
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

	if (r->phases && !r->phase[r->phases - 1].raw.log)
		rawset_share(&r->phase[r->phases - 1].raw, &r->last);
}

static int bad(struct parser *p, const struct frame *f, const char *why)
{
	return err_set(p->err, -EBADMSG, "record %" PRIu64 " (%s %s): %s", f->seq, frame_type_name(f->type),
		       f->name, why);
}

/* Decimal digits and nothing else, up to `most`. */
static bool number(const char *s, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = isdigit((unsigned char)*s) ? strtoull(s, &end, 10) : 0;
	return isdigit((unsigned char)*s) && !*end && !errno && *out <= most;
}

static int take_phase(struct parser *p, const struct frame *f, const char *payload)
{
	struct records *r = p->out;
	uint64_t tsc;

	if (!number(payload, INT64_MAX, &tsc))
		return bad(p, f, "is no time stamp counter");
	close_phase(p);
	r->phase = xgrow(r->phase, r->phases, sizeof(*r->phase));
	r->phase[r->phases++] = (struct phase){ .name = xstrdup(f->name), .vns = f->vns, .tsc = tsc };
	return 0;
}

static int take_delta(struct parser *p, const struct frame *f)
{
	const char *wrong = rawset_change(&p->out->last, f->name, f->payload, f->len);

	return wrong ? bad(p, f, wrong) : 0;
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
	if (v.value > RECORD_VALUE_MOST || v.value < -RECORD_VALUE_MOST)
		return bad(p, f, "is a number above 2^53, the limit");
	v.name = xstrdup(f->name);
	r->value = xgrow(r->value, r->values, sizeof(*r->value));
	r->value[r->values++] = v;
	return 0;
}

static int take_exit(struct parser *p, const struct frame *f, const char *payload)
{
	static const struct {
		const char *name;
		uint64_t least, most;
	} kinds[] = { [RECORD_END_CODE] = { "code", 0, 255 },
		      [RECORD_END_SIGNAL] = { "signal", 1, 64 },
		      [RECORD_END_DEADLINE] = { "deadline", 0, INT64_MAX },
		      [RECORD_END_FLOOD] = { "flood", 0, INT64_MAX } };
	uint64_t n;

	if (p->out->end)
		return bad(p, f, "reports a second end");
	for (int i = 1; i < (int)ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, f->name) != 0)
			continue;
		if (!number(payload, kinds[i].most, &n) || n < kinds[i].least)
			return bad(p, f, "is out of range");
		p->out->end = (enum record_end)i;
		p->out->end_number = n;
		return 0;
	}
	return bad(p, f, "is no known end");
}

/* The pieces in the order in which they came, for whoever shows both streams. */
static int take_out(struct parser *p, const struct frame *f)
{
	struct records *r = p->out;
	int fd = !strcmp(f->name, "2");

	if (!strcmp(f->name, "trace")) {
		text_add(&r->trace, f->payload, f->len);
		return 0;
	}
	if (!fd && strcmp(f->name, "1") != 0)
		return bad(p, f, "is neither 1 nor 2");
	text_add(&r->out[fd], f->payload, f->len);
	if (!r->pieces || r->piece[r->pieces - 1].fd != fd) {
		r->piece = xgrow(r->piece, r->pieces, sizeof(*r->piece));
		r->piece[r->pieces++] = (struct out_piece){ .fd = fd };
	}
	r->piece[r->pieces - 1].len += f->len;
	return 0;
}

/* "KEPT CUT": bytes that the guest's agent passed on, and those that it dropped. */
static int take_cut(struct parser *p, const struct frame *f, const char *payload)
{
	char *end;

	errno = 0;
	unsigned long long kept = strtoull(payload, &end, 10);
	if (!isdigit((unsigned char)*payload) || errno || *end != ' ' ||
	    !number(end + 1, INT64_MAX, &p->out->out_cut))
		return bad(p, f, "is no two numbers");
	if (kept != p->out->out[0].len + p->out->out[1].len)
		return bad(p, f, "has another number of bytes than the output");
	return 0;
}

static int take(struct parser *p, const struct frame *f)
{
	struct records *r = p->out;
	auto_free char *payload =
		xasprintf("%.*s", (int)(f->len < WORDS_MOST ? f->len : WORDS_MOST), f->payload);

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
		return take_out(p, f);
	case FRAME_CUT:
		return take_cut(p, f, payload);
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

/* Frames leave in the order in which they are made, and the guest's monotonic clock stands in each. */
static int in_time(struct parser *p, const struct frame *f)
{
	if (f->vns > INT64_MAX)
		return bad(p, f, "its virtual time is no time");
	if (f->vns < p->vns)
		return bad(p, f, "its virtual time is before that of the record before it");
	p->vns = f->vns;
	return 0;
}

/* A few bytes of changes are a whole text for whoever reads the file at each phase. */
static int unfolds(struct parser *p, const struct frame *f)
{
	if (rawset_bytes(&p->out->last) - p->before <= UNFOLDED_MOST)
		return 0;
	return err_set(p->err, -EBADMSG,
		       "record %" PRIu64
		       " (%s %s): the texts of the samples come to more than %llu MiB: sample less often",
		       f->seq, frame_type_name(f->type), f->name, UNFOLDED_MOST >> 20);
}

int records_parse(const char *bytes, size_t n, const struct rawset *base, struct records *out,
		  struct err *err)
{
	struct parser p = { .out = out, .err = err, .before = base ? rawset_bytes(base) : 0 };
	struct frame f;
	char why[320];
	size_t pos = 0;
	uint64_t seq = 0;
	int r = 0, got = 1;

	*out = (struct records){ 0 };
	if (base)
		rawset_share(&out->last, base);
	while (!r && !out->complete && (got = frame_next(bytes, n, &pos, seq++, &f, why, sizeof(why))) > 0)
		r = in_time(&p, &f) || take(&p, &f) || unfolds(&p, &f) ? err->code : 0;
	close_phase(&p);
	if (r)
		return r;
	if (got < 0)
		return err_set(err, -EBADMSG, "%s", why);
	if (!out->complete)
		return err_set(err, -EBADMSG,
			       "the record stream stops after %" PRIu64 " records, without its end", seq - 1);
	if (pos != n)
		return err_set(err, -EBADMSG, "the record stream goes on for %zu bytes after its end",
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
	free(r->piece);
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
