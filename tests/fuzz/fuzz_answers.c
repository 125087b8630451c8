/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `repro --from` reads: rows of answers, as text and as a table. Beyond not crashing: what is printed has no control
 * characters, whatever a file says; no more answers are counted than there are rows.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/parse.h"
#include "report/cases.h"

#define MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_plain(const struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->s[i] != '\n' && iscntrl((unsigned char)t->s[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_text struct text t = { 0 }, table = { 0 };
	struct err err = ERR_INIT;
	struct cases_count n;
	auto_json json_t *rows = parse_text((const char *)data, size, MOST, &err);

	if (!json_is_array(rows))
		return 0;
	cases_text(rows, &t);
	int bad = cases_markdown(rows, &table, &err);
	if (bad != err.code || (bad && (bad > 0 || !*err.msg)))
		abort();
	must_be_plain(&t);
	must_be_plain(&table);
	cases_count(rows, &n);
	size_t all = 0;
	for (unsigned i = 0; i < CASE_ANSWERS; i++)
		all += n.of[i];
	if (all > json_array_size(rows) || n.differ > all || n.untold > all)
		abort();
	return 0;
}
