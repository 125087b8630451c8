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

/* The text is what we want: "0", or "[never]" among others. */
static bool reads(const char *text, const char *value)
{
	char bracket[128];
	size_t n = strlen(value);

	if (!strncmp(text, value, n) && (!text[n] || !strcmp(text + n, "\n")))
		return true;
	snprintf(bracket, sizeof(bracket), "[%s]", value);
	return strstr(text, bracket);
}

/* A number in debugfs can't be read at a place (nonseekable_open() in fs/libfs.c): it is opened each time. */
static void look(struct knob_file *f)
{
	char text[1024];
	ssize_t n = f->fd < 0 ? -f->error : pread(f->fd, text, sizeof(text) - 1, 0);

	if (n < 0 && f->fd >= 0)
		n = errno == ESPIPE ? read_small(f->path, text, sizeof(text)) : -errno;
	free(f->text);
	f->text = n < 0 ? NULL : strndup(text, (size_t)n);
	f->error = n < 0 ? (int)-n : 0;
}

static struct knob_file *find(struct knobs *k, const char *path)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->v[i].path, path))
			return &k->v[i];
	return NULL;
}

static struct knob_file *learn(struct knobs *k, const char *path)
{
	k->v = realloc(k->v, (k->n + 1) * sizeof(*k->v));
	if (!k->v)
		abort();
	struct knob_file *f = &k->v[k->n++];
	*f = (struct knob_file){ .path = strdup(path), .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (f->fd < 0)
		f->error = errno;
	look(f);
	return f;
}

void knobs_learn(struct knobs *k, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "read") && !find(k, job->line[i].word[2]))
			learn(k, job->line[i].word[2]);
}

static void apply_one(struct knobs *k, struct channel *c, const char *name, const char *pattern,
		      const char *value)
{
	char text[512];
	glob_t g;
	int r = 0;

	if (glob(pattern, 0, NULL, &g)) {
		channel_say(c, FRAME_KNOB, name, "!%s: %s", pattern, strerror(ENOENT));
		return;
	}
	for (size_t i = 0; !r && i < g.gl_pathc; i++) {
		if (read_small(g.gl_pathv[i], text, sizeof(text)) > 0 && reads(text, value))
			continue;
		k->stale = true;
		r = write_file(g.gl_pathv[i], value);
		if (r)
			channel_say(c, FRAME_KNOB, name, "!%s: \"%s\" was refused: %s", g.gl_pathv[i], value,
				    strerror(-r));
	}
	globfree(&g);
}

void knobs_apply(struct knobs *k, struct channel *c, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		char *const *w = job->line[i].word;
		const struct knob_file *f = strcmp(w[0], "write") ? NULL : find(k, w[2]);

		/* one of ours may change what another reads: from the first on nothing known counts */
		if (!strcmp(w[0], "write") && (k->stale || !f || !f->text || !reads(f->text, w[3])))
			apply_one(k, c, w[1], w[2], w[3]);
	}
}

void knobs_report(struct knobs *k, struct channel *c, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		char *const *w = job->line[i].word;
		struct knob_file *f;

		if (strcmp(w[0], "read") != 0)
			continue;
		f = find(k, w[2]);
		if (!f)
			f = learn(k, w[2]);
		else if (k->stale)
			look(f);
		if (!f->text)
			channel_say(c, FRAME_KNOB, w[1], "!%s: %s", w[2], strerror(f->error));
		else
			channel_send(c, FRAME_KNOB, w[1], f->text, strcspn(f->text, "\n"));
	}
	k->stale = false;
}

void knobs_report_left(struct knobs *k, struct channel *c, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		char *const *w = job->line[i].word;
		struct knob_file *f = strcmp(w[0], "read") ? NULL : find(k, w[2]);
		char *before = f && f->text ? strdup(f->text) : NULL;

		if (before)
			look(f);
		if (before && (!f->text || strcmp(f->text, before) != 0))
			channel_say(c, FRAME_LEFT, w[1], "%.*s", f->text ? (int)strcspn(f->text, "\n") : 0,
				    f->text ? f->text : "");
		free(before);
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
