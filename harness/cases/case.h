/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case describes a reported kernel bug in a file (docs/cases.md): what to run on which machine, what a kernel with the bug
 * shows, what one without it shows, and which kernels are known to have it. This parses and judges cases; cases/repro.h runs them.
 *
 * All functions are pure: from text and records they make an answer and the values that decide it.
 */
#ifndef NUMARIG_CASES_CASE_H
#define NUMARIG_CASES_CASE_H

#include "base/condition.h"
#include "base/json.h"
#include "base/text.h"
#include "result/records.h"

#define CASE_FILE_MAX (1u << 20) /* bytes of a case.json */
#define CASE_KNOBS_MOST 256	 /* checking them for duplicates takes quadratic time */
#define CASE_TIMEOUT_S 30	 /* seconds of virtual time, unless the case has another */

enum case_answer { CASE_CANNOT_TELL, CASE_SHOWS, CASE_DOES_NOT, CASE_ANSWERS };

/* Whether a condition holds; unknown when there is no value, or a number is needed and the value is none. */
enum case_truth { CASE_FALSE, CASE_TRUE, CASE_UNKNOWN };

/* One condition on one value: base/condition.h. */
struct case_want {
	const char *name;
	enum condition_op op;
	char *text;	    /* CONDITION_IS, CONDITION_NOT, CONDITION_LIKE */
	long double lo, hi; /* exact for every 64-bit number; `lo` where there is one */
};

/* Conditions that all have to hold. A rule that names neither "end" nor "panic" also needs the program to end with code 0. */
struct case_rule {
	struct case_want *want;
	size_t wants;
};

struct case_rules { /* one of them has to hold */
	struct case_rule *rule;
	size_t n;
};

/* A value that is taken from a sampled file: what the first parentheses of the regular expression `find` match. */
struct case_value {
	const char *name, *file, *find;
	const char *phase; /* NULL: the last phase that shows the file */
};

/* Upstream versions from .. to, both included. */
struct case_range {
	unsigned from[3], to[3];
};

struct case_ranges {
	struct case_range *v;
	size_t n;
};

struct case_file {
	char *name; /* the name of its folder, or of the file */
	char *dir;  /* the folder from which paths in the case start */
	json_t *json;
	/* these point into json */
	const char *about, *source, *topology, *program, *note;
	struct strlist command; /* the guest runs this; empty: the program without arguments */
	struct strlist libs;	/* libraries that its program is linked with, beside libnuma: "m" */
	struct strlist files;	/* files of the case's folder that the guest gets, beside the program */
	struct strlist knobs;	/* "thp.enabled=never" */
	struct strlist control; /* knobs of a second run, which must not show the bug */
	unsigned timeout_s;
	struct case_value *value;
	size_t values;
	struct case_rules rules[CASE_ANSWERS];	 /* of CASE_SHOWS and CASE_DOES_NOT */
	struct case_ranges expect[CASE_ANSWERS]; /* kernels for which the answer is known */
};

/* The answer in words: "shows it", "does not", "cannot tell". */
const char *case_answer_words(enum case_answer a);
/* The answer as JSON has it: "shows", "does_not", "cannot_tell". */
const char *case_answer_key(enum case_answer a);
/* The answer of such a word, or CASE_ANSWERS when it is none. */
enum case_answer case_answer_of(const char *key);

/* Parses a case.json. An error is one line, "NAME: shows: status: ...", with the nearest known key; *out is NULL then. */
int case_parse(const char *text, size_t len, const char *name, const char *dir, struct case_file **out,
	       struct err *err);
void case_free(struct case_file *c);

static inline void auto_case_(struct case_file **c)
{
	case_free(*c);
}
#define auto_case __attribute__((cleanup(auto_case_)))

/* --- kernels ------------------------------------------------------------------------------------------------------- */
/* Parses ranges of versions: "6.1" (the whole series), "6.12.43..6.12.95", "6.7..", "..6.6", or several separated by commas. */
int case_ranges_parse(const char *text, struct case_ranges *out, struct err *err);
bool case_ranges_have(const struct case_ranges *r, const unsigned version[3]);
/* The answer that the case expects of a kernel of this upstream version; CASE_ANSWERS: none. */
enum case_answer case_expected(const struct case_file *c, const unsigned version[3]);
/* The same for a kernel whose last number is not known: the answer that holds for its whole series. */
enum case_answer case_expected_series(const struct case_file *c, const unsigned version[3]);

/* --- judging --------------------------------------------------------------------------------------------------------- */
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

/* Parses one condition of a case file. For case_parse() and tests. */
int case_want_parse(const char *text, struct case_want *out, struct err *err);
/* Whether a value meets the condition. */
enum case_truth case_want_holds(const struct case_want *w, const char *value);
/* -EINVAL for a condition on `end` that no program's end can meet. */
int case_end_check(const struct case_want *w, struct err *err);

#endif
