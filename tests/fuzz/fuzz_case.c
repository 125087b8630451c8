/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Case files, and their judging. The input is a case.json; what stands behind a 0 byte in it, if there is one, is what its
 * program printed.
 *
 * Beyond not crashing: an error has one line of message and leaves nothing behind; a case that was taken has an answer, and
 * one that cannot tell says why.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cases/case.h"
#include "tests/fuzz/must.h"
#include "cases/case_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const struct case_file *c, const char *printed, size_t n)
{
	static const char *const ends[] = { "exit 0", "exit 1", "panic", "" };
	struct records rec = { .out = { { 0 } } };
	auto_text struct text console = { 0 };

	text_add(&rec.out[0], printed, n);
	text_add(&console, printed, n);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		auto_case_facts struct case_facts f = { .why = "because" };
		struct case_verdict v;

		case_values(c, &rec, &console, &f);
		memcpy(f.end, ends[i], strlen(ends[i]) + 1);
		case_value_set(&f, "end", ends[i]);
		case_judge(c, &f, &v);
		must(v.answer < CASE_ANSWERS && !strpbrk(v.values, "\r\n"));
		must((v.answer == CASE_CANNOT_TELL) == (v.why[0] != 0));
	}
	text_free(&rec.out[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of exactly that size, so that the sanitizer sees a read beyond it */
	auto_free char *copy = xcalloc(1, size + 1);
	auto_case struct case_file *c = NULL;
	struct err err = ERR_INIT;
	unsigned version[3] = { 6, 1, 100 };

	if (size)
		memcpy(copy, data, size);
	size_t len = strlen(copy);
	if (case_parse(copy, len, "fuzz", "/", &c, &err)) {
		must(!c && err.code < 0 && err.msg[0] && !strpbrk(err.msg, "\r\n"));
		return 0;
	}
	must(c->rules[CASE_SHOWS].n && c->rules[CASE_DOES_NOT].n && (c->program || c->command.n));
	must(case_expected(c, version) <= CASE_ANSWERS);
	judge(c, len < size ? copy + len + 1 : "", len < size ? size - len - 1 : 0);
	return 0;
}
