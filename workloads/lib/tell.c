/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/mark.h"

/* Messages to the agent: guests/agent/child.c reads them. */
__attribute__((format(printf, 3, 0))) static void vtell(struct wl *w, bool wait, const char *fmt, va_list ap)
{
	char text[1536], answer[8];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	/* a workload whose agent is gone has nobody to tell it to */
	if (send(w->control, text, (size_t)n, MSG_NOSIGNAL) < 0 ||
	    (wait && recv(w->control, answer, sizeof(answer), 0) <= 0))
		_exit(3);
}

__attribute__((format(printf, 3, 4))) static void tell(struct wl *w, bool wait, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vtell(w, wait, fmt, ap);
	va_end(ap);
}

void wl_phase(struct wl *w, const char *name)
{
	MARK(MARK_CLOSE, name, 0, 0);
	tell(w, true, "phase %s", name);
	MARK(MARK_BEGIN, NULL, 0, 0);
}

void wl_mark(struct wl *w, const char *name)
{
	(void)w;
	MARK(MARK_STEP, name, 0, 0);
}

void wl_region(struct wl *w, const char *name, const void *p, size_t bytes)
{
	(void)w;
	MARK(MARK_REGION, name, p, bytes);
}

void wl_value(struct wl *w, const char *metric, int nid, int64_t value)
{
	tell(w, false, "value %s %d %lld", metric, nid, (long long)value);
}

void wl_values(struct wl *w, const char *metric, const uint64_t value[WL_NODES])
{
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, metric, (int)nid, (int64_t)value[nid]);
	}
}

void wl_note(struct wl *w, const char *topic, const char *words, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, words);
	vsnprintf(text, sizeof(text), words, ap);
	va_end(ap);
	tell(w, false, "note %s %s", topic, text);
}

void wl_maps(struct wl *w, const char *name, pid_t pid)
{
	tell(w, true, "maps %d %s", (int)pid, name);
}

void wl_skip(struct wl *w, const char *why, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	tell(w, false, "skip %s", text);
	_exit(0);
}

void wl_broken(struct wl *w, const char *why, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	tell(w, false, "broken %s", text);
	_exit(0);
}
