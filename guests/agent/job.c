/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/agent/agent.h"

static const struct {
	const char *key;
	unsigned words; /* behind the key */
} known[] = {
	{ "mode", 1 },	{ "seed", 1 },	   { "deadline", 1 }, { "quota", 1 },  { "output", 1 },
	{ "every", 1 }, { "write", 3 },	   { "read", 2 },     { "sample", 1 }, { "sample-ends", 1 },
	{ "event", 1 }, { "workload", 1 }, { "param", 2 },    { "arg", 1 },    { "env", 2 },
	{ "root", 1 },	{ "cwd", 1 },
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undoes %XX and %- in place. */
static int unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s != '%') {
			*to++ = *s;
		} else if (s[1] == '-') {
			s++;
		} else if (hex(s[1]) >= 0 && hex(s[2]) >= 0) {
			*to++ = (char)(hex(s[1]) << 4 | hex(s[2]));
			s += 2;
		} else {
			return -1;
		}
	}
	*to = 0;
	return 0;
}

static int line_parse(char *text, struct job_line *line, char *why, size_t why_size)
{
	unsigned n = 0;

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		if (n == JOB_WORDS || unescape(word)) {
			snprintf(why, why_size, "job line \"%s\": is malformed", text);
			return -1;
		}
		line->word[n++] = word;
	}
	for (size_t i = 0; n && i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].key, line->word[0]) && n == known[i].words + 1)
			return 0;
	snprintf(why, why_size, "job line \"%s\": unknown key or wrong number of words",
		 n ? line->word[0] : "");
	return -1;
}

int job_parse(char *text, struct job *job, char *why, size_t why_size)
{
	size_t lines = 1;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	*job = (struct job){ .text = text, .line = calloc(lines, sizeof(*job->line)) };
	if (!job->line)
		return -1;
	for (char *p = text; *p;) {
		char *nl = strchr(p, '\n');

		if (!nl) {
			snprintf(why, why_size, "job: its last line is cut off");
			return -1;
		}
		*nl = 0;
		if (line_parse(p, &job->line[job->n++], why, why_size))
			return -1;
		p = nl + 1;
	}
	return 0;
}

void job_free(struct job *job)
{
	free(job->line);
	free(job->text);
	*job = (struct job){ 0 };
}

const char *job_get(const struct job *job, const char *key, const char *otherwise)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], key))
			return job->line[i].word[1];
	return otherwise;
}

uint64_t job_number(const struct job *job, const char *key)
{
	return strtoull(job_get(job, key, "0"), NULL, 10);
}
