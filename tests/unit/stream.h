/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Record streams made by hand, as the guest's agent writes them (wire/frame.h). */
#ifndef NUMARIG_TESTS_STREAM_H
#define NUMARIG_TESTS_STREAM_H

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wire/frame.h"

struct stream {
	struct text t;
	uint64_t seq; /* of the next frame */
};

static inline void stream_free(struct stream *s)
{
	text_free(&s->t);
}
#define auto_stream __attribute__((cleanup(stream_free)))

/* Frame N has the virtual time 1000 x (N + 1). */
static inline void stream_bytes(struct stream *s, enum frame_type type, const char *name, const void *payload,
				size_t n)
{
	struct frame f = {
		.type = type, .seq = s->seq, .vns = 1000 * (s->seq + 1), .payload = payload, .len = n
	};
	char head[FRAME_HEAD_MAX];

	snprintf(f.name, sizeof(f.name), "%s", name);
	text_add(&s->t, head, frame_head(&f, head));
	text_add(&s->t, payload, n);
	text_add(&s->t, "\n", 1);
	s->seq++;
}

static inline void stream_add(struct stream *s, enum frame_type type, const char *name, const char *payload)
{
	stream_bytes(s, type, name, payload, strlen(payload));
}

static inline void stream_end(struct stream *s)
{
	stream_add(s, FRAME_END, "end", "");
}

#endif
