/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "guests/agent/agent.h"

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t now_tsc(void)
{
	return __rdtsc();
}

void channel_start(struct channel *c, uint64_t quota)
{
	*c = (struct channel){ .quota = quota };
}

static bool always(enum frame_type t)
{
	return t == FRAME_NOTE || t == FRAME_BROKEN || t == FRAME_EXIT || t == FRAME_END || t == FRAME_KNOB;
}

void channel_send(struct channel *c, enum frame_type type, const char *name, const void *payload, size_t n)
{
	char head[FRAME_HEAD_MAX];
	struct frame f = { .type = type, .seq = c->seq, .vns = now_ns(), .payload = payload, .len = n };

	if (c->quota && c->sent + n > c->quota && !always(type)) {
		if (!c->flooded) {
			c->flooded = true;
			channel_say(
				c, FRAME_BROKEN, "channel",
				"more than %llu bytes of records (at %s %s): the workload floods the channel",
				(unsigned long long)c->quota, frame_type_name(type), name);
		}
		return;
	}
	snprintf(f.name, sizeof(f.name), "%s", name);
	size_t head_len = frame_head(&f, head);
	port_bytes(head, head_len);
	port_bytes(payload, n);
	port_bytes("\n", 1);
	c->seq++;
	c->sent += head_len + n + 1;
}

void channel_say(struct channel *c, enum frame_type type, const char *name, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	channel_send(c, type, name, text, strlen(text));
}
