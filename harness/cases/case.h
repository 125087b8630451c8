/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case: a reported bug as a file (docs/cases.md) that says what to run, on which machine, what a kernel that shows the
 * bug gives and what one gives that does not, and which kernels are known to. Parsed and judged here; run by cases/repro.h.
 *
 * All of it is pure: text and records in, an answer with the values that decide out.
 */
#ifndef NUMARIG_CASES_CASE_H
#define NUMARIG_CASES_CASE_H

#include "base/condition.h"
#include "base/json.h"
#include "base/text.h"
#include "result/records.h"

#define CASE_FILE_MAX (1u << 20) /* bytes of a case.json */
#define CASE_KNOBS_MOST 256	 /* each is looked for among all */
#define CASE_TIMEOUT_S 30	 /* virtual, where the case does not say */

enum case_answer { CASE_CANNOT_TELL, CASE_SHOWS, CASE_DOES_NOT, CASE_ANSWERS };

/* A number is asked for and the value is none, or there is no value: not known. */
enum case_truth { CASE_FALSE, CASE_TRUE, CASE_UNKNOWN };

/* One condition on one value: base/condition.h. */
struct case_want {
	const char *name;
	enum condition_op op;
	char *text;	    /* CONDITION_IS, CONDITION_NOT, CONDITION_LIKE */
	long double lo, hi; /* exact for every 64-bit number; `lo` where there is one */
};

/* All of them have to hold. One that does not name "end" or "panic" wants the program to end with code 0, too. */
struct case_rule {
	struct case_want *want;
	size_t wants;
};

struct case_rules { /* any of them */
	struct case_rule *rule;
	size_t n;
};

/* A value out of a file that was sampled: the first parentheses of the expression. */
struct case_value {
	const char *name, *file, *find;
	const char *phase; /* NULL: the last that shows the file */
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
	char *name; /* of its folder, or of the file */
	char *dir;  /* what paths in it start from */
	json_t *json;
	/* into json */
	const char *about, *source, *topology, *program, *note;
	struct strlist command; /* empty: the program */
	struct strlist libs;	/* what its program is linked with, beside libnuma: "m" */
	struct strlist files;	/* beside the case, taken to the guest beside the program */
	struct strlist knobs,
		control; /* "thp.enabled=never"; control: of a second run that must not show it */
	unsigned timeout_s;
	struct case_value *value;
	size_t values;
	struct case_rules rules[CASE_ANSWERS];	 /* of CASE_SHOWS and CASE_DOES_NOT */
	struct case_ranges expect[CASE_ANSWERS]; /* kernels of which it is known */
};

/* "shows it", "does not", "cannot tell"; and as a word for JSON: "shows", "does_not", "cannot_tell" */
const char *case_answer_words(enum case_answer a);
const char *case_answer_key(enum case_answer a);
/* CASE_ANSWERS for a word that is none. */
enum case_answer case_answer_of(const char *key);

/* Errors are one line: "NAME: shows: status: ...", with the nearest known key. *out is NULL then. */
int case_parse(const char *text, size_t len, const char *name, const char *dir, struct case_file **out,
	       struct err *err);
void case_free(struct case_file *c);

static inline void auto_case_(struct case_file **c)
{
	case_free(*c);
}
#define auto_case __attribute__((cleanup(auto_case_)))

/* --- kernels ------------------------------------------------------------------------------------------------------- */
/* "6.1", "6.12.43..6.12.95", "6.7..", "..6.6", several with commas. A series is all of it. */
int case_ranges_parse(const char *text, struct case_ranges *out, struct err *err);
bool case_ranges_have(const struct case_ranges *r, const unsigned version[3]);
/* What is known of a kernel of this upstream version; CASE_ANSWERS: nothing. */
enum case_answer case_expected(const struct case_file *c, const unsigned version[3]);
/* The same of one whose last number nobody knows: what holds for all of its series. */
enum case_answer case_expected_series(const struct case_file *c, const unsigned version[3]);

/* --- judging --------------------------------------------------------------------------------------------------------- */
/* How it went, and what it said. */
struct case_facts {
	char end[32]; /* "exit 0", "signal 9", "deadline", "panic", "hang"; "" when it came to no end: see why */
	char why[512];	/* in words, where it did not end with code 0 */
	json_t *values; /* name: text; `end`, and `panic` with the kernel's words, among them */
	json_t *absent; /* of those the case takes from files: why there is none */
	json_t *files;	/* beside what is sampled: path to { "start": text, "end": text } */
};

void case_facts_free(struct case_facts *f);
#define auto_case_facts __attribute__((cleanup(case_facts_free)))

/*
 * What the program printed ("NAME VALUE" a line, the last of a name counts) and what the case takes from sampled files;
 * "stdout", "stderr" and "console" are files as well. One whose expression finds nothing is no value, whatever the program
 * printed. `end` and `panic` are not the program's to print. Blanks around a value are not part of it.
 */
void case_values(const struct case_file *c, const struct records *rec, const struct text *console,
		 struct case_facts *f);
void case_value_set(struct case_facts *f, const char *name, const char *text);
/* NULL: there is none. */
const char *case_value(const struct case_facts *f, const char *name);
/* Whether a rule has a condition on it. */
bool case_names(const struct case_file *c, const char *name);

struct case_verdict {
	enum case_answer answer;
	char values[512]; /* "status -14, moved 512": those that the rules name; cut, it ends in "..." */
	char why[512];	  /* of CASE_CANNOT_TELL */
};

/*
 * What shows it holds: it shows it; what does not holds, and what shows it is known not to: it does not. A condition on a value
 * that never came is neither true nor false, but for `panic`, which comes with a panic alone.
 */
void case_judge(const struct case_file *c, const struct case_facts *f, struct case_verdict *v);

/* One condition, from the text of a case file; and whether a value meets it. For case_parse and tests. */
int case_want_parse(const char *text, struct case_want *out, struct err *err);
enum case_truth case_want_holds(const struct case_want *w, const char *value);
/* Refuses a condition on `end` that no end can meet. */
int case_end_check(const struct case_want *w, struct err *err);

#endif
