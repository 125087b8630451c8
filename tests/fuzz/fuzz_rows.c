/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers of `repro --json` as `repro --from` reads them, or anything.
 *
 * Beyond not crashing: an error is one line and leaves nothing; what was taken is printed as lines that steer no terminal, every
 * answer is counted once, and neither what is kept nor what is printed is out of proportion to what was read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cases/cases.h"
#include "tests/fuzz/must.h"

/* An empty object is three bytes of text and some 300 of memory; a table has cells that no row is behind. */
#define KEPT_MOST(size) (512 * (size) + (1u << 20))
#define PRINTED_MOST(size) (32 * (size) + (1u << 20))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	size_t now, most;
} kept;

static void *keep(size_t n)
{
	size_t *p = malloc(n + 2 * sizeof(*p));

	if (!p)
		return NULL;
	*p = n;
	kept.now += n;
	kept.most = kept.now > kept.most ? kept.now : kept.most;
	return p + 2;
}

static void give_back(void *p)
{
	size_t *from = p;

	if (!p)
		return;
	kept.now -= from[-2];
	free(from - 2);
}

static void printed(const struct text *t, size_t size)
{
	must(t->len <= PRINTED_MOST(size));
	for (size_t i = 0; i < t->len; i++)
		must(t->s[i] == '\n' || (t->s[i] >= ' ' && t->s[i] < 0x7f));
}

static void read_rows(const char *text, size_t size)
{
	auto_json json_t *rows = NULL;
	auto_text struct text words = { 0 }, table = { 0 };
	struct err err = ERR_INIT;
	struct cases_count n;

	if (cases_parse(text, size, &rows, &err)) {
		must(!rows && err.code < 0 && err.msg[0] && !strpbrk(err.msg, "\r\n"));
		return;
	}
	cases_count(rows, &n);
	must(n.of[CASE_SHOWS] + n.of[CASE_DOES_NOT] + n.of[CASE_CANNOT_TELL] == json_array_size(rows));
	cases_text(rows, &words);
	printed(&words, size);
	if (cases_markdown(rows, &table, &err))
		must(err.code < 0 && err.msg[0] && !table.len);
	printed(&table, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of exactly that size, so that the sanitizer sees a read beyond it */
	auto_free char *copy = xcalloc(1, size ? size : 1);

	if (size)
		memcpy(copy, data, size);
	kept.now = kept.most = 0;
	json_set_alloc_funcs(keep, give_back);
	read_rows(copy, size);
	json_set_alloc_funcs(malloc, free);
	must(!kept.now && kept.most <= KEPT_MOST(size));
	return 0;
}
