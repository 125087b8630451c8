/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files stay open and are read again at offset 0: no fork, no path walk, no allocation in the steady state. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guests/agent/agent.h"

#define LARGEST (4u << 20)

ssize_t read_small(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	buf[n > 0 ? n : 0] = 0;
	return n;
}

/* The whole text into s->buf; -errno. seq_file gives at most a page or a few records a read. */
static ssize_t slurp(struct sampler *s, int fd)
{
	size_t len = 0;

	for (;;) {
		if (s->cap - len < 65536) {
			if (s->cap >= LARGEST)
				return -EFBIG;
			char *more = realloc(s->buf, s->cap * 2 + 65536);
			if (!more)
				return -ENOMEM;
			s->buf = more;
			s->cap = s->cap * 2 + 65536;
		}
		ssize_t n = pread(fd, s->buf + len, s->cap - len - 1, (off_t)len);
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	s->buf[len] = 0;
	return (ssize_t)len;
}

static void watch(struct sampler *s, const char *pattern, const char *path, const char *name, int fd,
		  bool ends_only)
{
	s->v = realloc(s->v, (s->n + 1) * sizeof(*s->v));
	if (!s->v)
		abort();
	s->v[s->n++] = (struct watched){ .pattern = strdup(pattern),
					 .path = strdup(path),
					 .name = strdup(name),
					 .fd = fd,
					 .ends_only = ends_only };
}

void sampler_add(struct sampler *s, const char *pattern, bool ends_only)
{
	glob_t g;

	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].pattern, pattern))
			return;
	if (glob(pattern, 0, NULL, &g)) {
		channel_say(s->channel, FRAME_ABSENT, pattern, "%s", strerror(ENOENT));
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++) {
		int fd = open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			watch(s, pattern, g.gl_pathv[i], g.gl_pathv[i], fd, ends_only);
		else
			channel_say(s->channel, FRAME_ABSENT, g.gl_pathv[i], "%s", strerror(errno));
	}
	globfree(&g);
}

void sampler_add_process(struct sampler *s, const char *pattern, pid_t pid)
{
	char path[256];
	const char *at = strstr(pattern, "PID");

	snprintf(path, sizeof(path), "%.*s%d%s", (int)(at - pattern), pattern, (int)pid, at + 3);
	watch(s, pattern, path, pattern, -1, false);
}

void sampler_close(struct sampler *s)
{
	while (s->n) {
		struct watched *w = &s->v[--s->n];

		if (w->fd >= 0)
			close(w->fd);
		free(w->pattern);
		free(w->path);
		free(w->name);
		free(w->last);
	}
	if (s->refresh > 0)
		close(s->refresh);
	free(s->v);
	free(s->buf);
}

/*
 * Lines of `now` that differ from `last`, as "LINE TEXT\n"; NULL when the number of lines differs or a delta would
 * not be shorter. Ends without newline count as lines too.
 */
static char *delta(const char *last, const char *now, size_t now_len, size_t *out_len)
{
	char *out = malloc(now_len + 64);
	size_t used = 0, line = 0;

	while (out && *last && *now) {
		size_t a = strcspn(last, "\n"), b = strcspn(now, "\n");

		if (last[a] != now[b])
			break; /* one ends without a newline */
		if (a != b || memcmp(last, now, a) != 0) {
			if (used + b + 24 > now_len)
				break;
			used += (size_t)sprintf(out + used, "%zu ", line); /* NOLINT: 24 bytes left */
			memcpy(out + used, now, b);
			used += b;
			out[used++] = '\n';
		}
		last += a + (last[a] == '\n');
		now += b + (now[b] == '\n');
		line++;
	}
	if (out && !*last && !*now) {
		*out_len = used;
		return out;
	}
	free(out);
	return NULL;
}

static void send_one(struct sampler *s, struct watched *w)
{
	/* /proc/PID/maps and its kin belong to the mm at open(2): after an exec an old descriptor shows nothing */
	int fd = w->fd >= 0 ? w->fd : open(w->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : slurp(s, fd);
	size_t d_len;
	char *d;

	if (w->fd < 0 && fd >= 0)
		close(fd);
	if (n < 0) {
		channel_say(s->channel, FRAME_ABSENT, w->name, "%s", strerror((int)-n));
		return;
	}
	if (w->last && w->last_len == (size_t)n && !memcmp(w->last, s->buf, (size_t)n))
		return;
	d = w->last ? delta(w->last, s->buf, (size_t)n, &d_len) : NULL;
	if (d)
		channel_send(s->channel, FRAME_DELTA, w->name, d, d_len);
	else
		channel_send(s->channel, FRAME_FILE, w->name, s->buf, (size_t)n);
	free(d);
	w->last = realloc(w->last, (size_t)n + 1);
	if (!w->last)
		abort();
	memcpy(w->last, s->buf, (size_t)n + 1);
	w->last_len = (size_t)n;
}

void sampler_take(struct sampler *s, const char *phase, bool all)
{
	channel_say(s->channel, FRAME_PHASE, phase, "%llu", (unsigned long long)now_tsc());
	/* per-CPU counters are folded every second only; vm.stat_refresh folds them now */
	if (!s->refresh)
		s->refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	if (s->refresh > 0 && pwrite(s->refresh, "1", 1, 0) != 1)
		channel_say(s->channel, FRAME_NOTE, "stat_refresh", "%s", strerror(errno));
	for (size_t i = 0; i < s->n; i++)
		if (all || !s->v[i].ends_only)
			send_one(s, &s->v[i]);
}

void sampler_once(struct sampler *s, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : slurp(s, fd);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		channel_say(s->channel, FRAME_ABSENT, name, "%s", strerror((int)-n));
	else
		channel_send(s->channel, FRAME_FILE, name, s->buf, (size_t)n);
}
