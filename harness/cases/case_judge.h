/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges a case (cases/case.h). Pure: from text and records it makes an answer and the values that decide it. */
#ifndef NUMARIG_CASES_CASE_JUDGE_H
#define NUMARIG_CASES_CASE_JUDGE_H

#include "base/json.h"
#include "base/text.h"
#include "cases/case.h"
#include "result/records.h"

/* What a run of the case showed. */
struct case_facts {
	char end[32]; /* "exit 0", "signal 9", "deadline", "panic", "hang"; "" when the program did not end: see why */
	char why[512];	/* the reason, when it did not end with code 0 */
	json_t *values; /* name to text; also `end`, and `panic` with the kernel's message */
	json_t *absent; /* for values that the case takes from files: the reason why there is none */
	json_t *files;	/* files that are not sampled: path to { "start": text, "end": text } */
};

void case_facts_free(struct case_facts *f);
#define auto_case_facts __attribute__((cleanup(case_facts_free)))

/*
 * Collects the values that the program printed (a line "NAME VALUE" each; of one name the last counts) and those that the case takes
 * from sampled files, where "stdout", "stderr" and "console" are files, too. When the expression of a value from a file matches
 * nothing, there is no such value, even if the program printed one. A program can't print `end` or `panic`. Blanks around a value
 * are dropped.
 */
void case_values(const struct case_file *c, const struct records *rec, const struct text *console,
		 struct case_facts *f);
void case_value_set(struct case_facts *f, const char *name, const char *text);
/* The value of that name, or NULL. */
const char *case_value(const struct case_facts *f, const char *name);
/* True when a rule of the case has a condition on that name. */
bool case_names(const struct case_file *c, const char *name);

struct case_verdict {
	enum case_answer answer;
	char values
		[512]; /* the values that the rules name: "status -14, moved 512"; ends in "..." when it was cut */
	char why[512]; /* the reason for CASE_CANNOT_TELL */
};

/*
 * CASE_SHOWS when a rule of `shows` holds; CASE_DOES_NOT when a rule of `does_not` holds and all rules of `shows` are known to be
 * false; else CASE_CANNOT_TELL. A condition on a value that the program did not report is unknown. An exception is `panic`, which
 * has a value only after a panic: without one, its conditions are false.
 */
void case_judge(const struct case_file *c, const struct case_facts *f, struct case_verdict *v);

#endif
