/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case describes a reported kernel bug in a file (docs/cases.md): what to run on which machine, what a kernel with the bug
 * shows, what one without it shows, and which kernels are known to have it. This parses cases; cases/case_judge.h judges them, and
 * cases/repro.h runs them.
 */
#ifndef NUMARIG_CASES_CASE_H
#define NUMARIG_CASES_CASE_H

#include "base/json.h"
#include "base/text.h"
#include "cases/case_range.h"
#include "cases/case_want.h"

#define CASE_FILE_MAX (1u << 20) /* bytes of a case.json */
#define CASE_KNOBS_MOST 256	 /* checking them for duplicates takes quadratic time */
#define CASE_TIMEOUT_S 30	 /* seconds of virtual time, unless the case has another */

enum case_answer { CASE_CANNOT_TELL, CASE_SHOWS, CASE_DOES_NOT, CASE_ANSWERS };

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

/* The answer that the case expects of a kernel of this upstream version; CASE_ANSWERS: none. */
enum case_answer case_expected(const struct case_file *c, const unsigned version[3]);
/* The same for a kernel whose last number is not known: the answer that holds for its whole series. */
enum case_answer case_expected_series(const struct case_file *c, const unsigned version[3]);

#endif
