/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests/agent/agent.h"

#define TRACING "/sys/kernel/tracing"

/* What the file reads is what we want: "0", or "[never]" among others. */
static bool reads(const char *path, const char *value)
{
	char text[512], bracket[128];
	ssize_t n = read_small(path, text, sizeof(text));

	if (n <= 0)
		return false;
	if (text[n - 1] == '\n')
		text[n - 1] = 0;
	snprintf(bracket, sizeof(bracket), "[%s]", value);
	return !strcmp(text, value) || strstr(text, bracket);
}

static void apply_one(struct channel *c, const char *name, const char *pattern, const char *value)
{
	glob_t g;
	int r = 0;

	if (glob(pattern, 0, NULL, &g)) {
		channel_say(c, FRAME_KNOB, name, "!%s: %s", pattern, strerror(ENOENT));
		return;
	}
	for (size_t i = 0; !r && i < g.gl_pathc; i++) {
		if (reads(g.gl_pathv[i], value))
			continue;
		r = write_file(g.gl_pathv[i], value);
		if (r)
			channel_say(c, FRAME_KNOB, name, "!%s: \"%s\" was refused: %s", g.gl_pathv[i], value,
				    strerror(-r));
	}
	globfree(&g);
}

void knobs_apply(struct channel *c, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "write"))
			apply_one(c, job->line[i].word[1], job->line[i].word[2], job->line[i].word[3]);
}

void knobs_report(struct channel *c, const struct job *job)
{
	char text[1024];

	for (size_t i = 0; i < job->n; i++) {
		char *const *w = job->line[i].word;

		if (strcmp(w[0], "read") != 0)
			continue;
		ssize_t n = read_small(w[2], text, sizeof(text));
		if (n < 0)
			channel_say(c, FRAME_KNOB, w[1], "!%s: %s", w[2], strerror((int)-n));
		else
			channel_send(c, FRAME_KNOB, w[1], text,
				     n && text[n - 1] == '\n' ? (size_t)n - 1 : (size_t)n);
	}
}

void events_start(struct channel *c, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		if (strcmp(job->line[i].word[0], "event") != 0)
			continue;
		int r = write_file(TRACING "/set_event", job->line[i].word[1]);
		if (r)
			channel_say(c, FRAME_BROKEN, "events", "trace event \"%s\" can't be switched on: %s",
				    job->line[i].word[1], strerror(-r));
	}
}

/* The trace buffer of all CPUs, in pieces below a frame's limit, as file "trace". */
void events_report(struct channel *c, const struct job *job)
{
	static char buf[262144];
	ssize_t n = 0;
	int fd;

	if (!job_get(job, "event", NULL))
		return;
	write_file(TRACING "/tracing_on", "0");
	fd = open(TRACING "/trace", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		channel_say(c, FRAME_ABSENT, "trace", "%s", strerror(errno));
		return;
	}
	c->quota = 0; /* asked for by the user; its size is bounded by the kernel's ring buffer */
	do {
		size_t used = 0;

		while (used < sizeof(buf) && (n = read(fd, buf + used, sizeof(buf) - used)) > 0)
			used += (size_t)n;
		if (used)
			channel_send(c, FRAME_OUT, "trace", buf, used);
	} while (n > 0);
	close(fd);
}
