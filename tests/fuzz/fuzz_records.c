/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record stream (result/records.h), twice: as it stands, and with each frame's number, length and checksum put
 * right, since no fuzzer guesses a CRC and what lies behind it is to be reached as well.
 *
 * Beyond not crashing: success means a whole stream that refuses to lose its last byte, an error is -EBADMSG with
 * one line; nodes are ids that a set can hold.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/idset.h"
#include "result/records.h"
#include "wire/frame.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *bytes, size_t n)
{
	auto_free char *exact = xcalloc(n, 1); /* exactly: a read behind it is seen */
	auto_records struct records r = { 0 }, less = { 0 };
	struct err err = ERR_INIT;

	memcpy(exact, bytes, n);
	int code = records_parse(exact, n, NULL, &r, &err);
	if (code)
		must(code == -EBADMSG && err.code == code && *err.msg && !strchr(err.msg, '\n'));
	else
		must(r.complete && records_parse(exact, n - 1, NULL, &less, &err) == -EBADMSG);
	for (size_t i = 0; i < r.phases; i++)
		must(r.phase[i].name && *r.phase[i].name);
	/* of every phase, the last first: an earlier text must not be made from what a later one is */
	for (size_t k = r.phases; k-- > 0;) {
		const char *path;

		for (size_t i = 0; (path = rawset_path(&r.phase[k].raw, i)); i++)
			must(rawset_get(&r.phase[k].raw, path) || k + 1 < r.phases);
	}
	size_t sum = 0;
	for (size_t i = 0; i < r.pieces; i++)
		sum += r.piece[i].len;
	must(sum == r.out[0].len + r.out[1].len);
	for (size_t i = 0; i < r.values; i++)
		must(r.value[i].nid >= -1 && r.value[i].nid < IDSET_MAX);
}

static enum frame_type type_of(const char *word, size_t n)
{
	for (int t = 0; t < FRAME_TYPE_COUNT; t++)
		if (strlen(frame_type_name((enum frame_type)t)) == n &&
		    !memcmp(word, frame_type_name((enum frame_type)t), n))
			return (enum frame_type)t;
	return FRAME_FILE;
}

/* One frame out of "NRG type ... name\npayload": all but type, name and payload is made anew. */
static void put_right(const char *p, size_t n, uint64_t seq, struct text *out)
{
	const char *nl = memchr(p, '\n', n);
	size_t line = nl ? (size_t)(nl - p) : n, from = line;
	struct frame f = { .seq = seq, .vns = seq };
	char head[FRAME_HEAD_MAX];

	while (from > 0 && p[from - 1] != ' ')
		from--;
	size_t len = line - from < FRAME_NAME_MAX ? line - from : FRAME_NAME_MAX;
	memcpy(f.name, p + from, len);
	const char *space = line > 4 ? memchr(p + 4, ' ', line - 4) : NULL;
	f.type = space ? type_of(p + 4, (size_t)(space - p - 4)) : FRAME_FILE;
	f.payload = p + (nl ? line + 1 : line);
	f.len = n - (size_t)(f.payload - p);
	text_add(out, head, frame_head(&f, head));
	text_add(out, f.payload, f.len);
	text_add(out, "\n", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\nNRG ";
	const char *p = (const char *)data, *end = p + size;
	auto_text struct text right = { 0 };

	check(p, size);
	for (uint64_t seq = 0; p < end; seq++) {
		const char *next = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1);

		put_right(p, (size_t)((next ? next : end) - p), seq, &right);
		p = next ? next + 1 : end;
	}
	check(text_str(&right), right.len);
	return 0;
}
