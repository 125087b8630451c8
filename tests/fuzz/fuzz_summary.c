/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `compare` and `regress` read: a baseline or a result.json, or two of them with a 0 byte between, and then against each
 * other.
 *
 * Beyond not crashing: an error has one line of message; a result that passes its check becomes a summary that passes its own;
 * one that is written and read again is the same; what is printed of a comparison has no control characters; a summary
 * against itself has nothing that got worse.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "base/text.h"
#include "judge/compare.h"
#include "judge/summary.h"
#include "report/compare.h"
#include "tests/fuzz/must.h"
#include "judge/summary_write.h"
#include "judge/summary_check.h"

#define MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_plain(const struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		must(t->s[i] == '\n' || !iscntrl((unsigned char)t->s[i]));
}

/* As harness/run/load.c: a summary, or a result of which one is made; NULL: neither. */
static json_t *load(const char *text, size_t len)
{
	struct err err = ERR_INIT;
	auto_json json_t *j = parse_text(text, len, MOST, &err);
	json_t *summary = NULL;
	auto_json json_t *results = NULL;

	if (!json_is_object(j))
		return NULL;
	err.code = 0;
	int bad = summary_check(j, &err);
	must_explain(bad, &err);
	if (!bad)
		return json_incref(j);
	err = (struct err)ERR_INIT;
	results = json_pack("[O]", j);
	bad = summary_make(results, &summary, &err);
	must_explain(bad, &err);
	must(bad || summary);
	must(!bad || !summary);
	if (!bad)
		must(!summary_check(summary, &err));
	return summary;
}

static void written(const json_t *summary)
{
	auto_text struct text t = { 0 }, again = { 0 };
	struct err err = ERR_INIT;

	summary_write(summary, &t);
	auto_json json_t *j = parse_text(text_str(&t), t.len, 64 * MOST, &err);
	must(j && !summary_check(j, &err));
	summary_write(j, &again);
	must(!strcmp(text_str(&t), text_str(&again)));
}

static void compare(const json_t *was, const json_t *is, bool same)
{
	auto_json json_t *c = NULL;
	auto_text struct text t = { 0 }, markdown = { 0 };
	struct err err = ERR_INIT;
	int bad = compare_summaries(was, is, &c, &err);

	must_explain(bad, &err);
	if (bad)
		return;
	must(!same || compare_exit_code(c) != 1); /* 3: two of its runs have one seed and other records */
	report_compare(c, "", false, &t);
	report_compare_markdown(c, "label", &markdown);
	must_be_plain(&t);
	must_be_plain(&markdown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *copy = xcalloc(1, size + 1);

	if (size)
		memcpy(copy, data, size);
	size_t len = strlen(copy);
	auto_json json_t *was = load(copy, len);
	auto_json json_t *is = len < size ? load(copy + len + 1, size - len - 1) : NULL;
	if (was) {
		written(was);
		compare(was, was, true);
	}
	if (was && is) {
		compare(was, is, false);
		compare(is, was, false);
	}
	return 0;
}
