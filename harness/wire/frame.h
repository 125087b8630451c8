/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream of records that the guest writes to QEMU's isa-debugcon.
 *
 * A frame is a line of text, a payload of any bytes, and a newline:
 *
 *	NRG <type> <seq> <virtual ns> <length> <crc> <name>\n<payload>\n
 *
 * `seq` counts from 0 without a gap; `crc` is CRC-32 (IEEE 802.3, 8 hex digits) over "<type> <seq> <ns> <length>
 * <name>" and the payload. The last frame is of type end. So a stream that was cut, reordered or altered is noticed
 * and becomes an error (BROKEN), never a shorter result.
 *
 * The guest's agent is linked with frame.c, which therefore uses libc only.
 */
#ifndef NUMARIG_WIRE_FRAME_H
#define NUMARIG_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* One row a type of frame: constant, name in the stream, meaning of name and payload. */
#define FRAME_TYPES(X)                                                                                \
	X(HELLO, hello, "name: agent version; payload empty: the agent lives")                        \
	X(FILE, file, "name: path; payload: the whole text")                                          \
	X(DELTA, delta, "name: path; payload: 'LINE TEXT' of each changed line, LINE from 0")         \
	X(ABSENT, absent, "name: path; payload: why it can't be read")                                \
	X(PHASE, phase, "name: phase; payload: time stamp counter; the files behind it belong to it") \
	X(VALUE, value, "name: metric; payload: 'NID VALUE', NID -1 for none")                        \
	X(KNOB, knob, "name: knob; payload: effective value, or '!' and why there is none")           \
	X(LEFT, left, "name: knob the workload left changed; payload: what it reads now")             \
	X(NOTE, note, "name: topic; payload: words")                                                  \
	X(SKIP, skip, "name: workload; payload: why it does not apply here")                          \
	X(BROKEN, broken, "name: object; payload: why it could not be found out")                     \
	X(OUT, out, "name: 1 or 2 (the file descriptor); payload: what the program wrote")            \
	X(CUT, cut, "name: out; payload: 'KEPT CUT', bytes of its output passed on and dropped")      \
	X(EXIT, exit, "name: code or signal; payload: number, 'NUMBER'")                              \
	X(END, end, "name: end; payload empty: nothing follows")

enum frame_type {
#define X(id, name, about) FRAME_##id,
	FRAME_TYPES(X)
#undef X
		FRAME_TYPE_COUNT
};

#define FRAME_NAME_MAX 255
#define FRAME_HEAD_MAX 512
#define FRAME_PAYLOAD_MAX (8u << 20)

struct frame {
	enum frame_type type;
	uint64_t seq;
	uint64_t vns; /* CLOCK_MONOTONIC of the guest: virtual time */
	char name[FRAME_NAME_MAX + 1];
	const char *payload; /* inside the buffer that was read; not ended by a 0 */
	size_t len;
};

const char *frame_type_name(enum frame_type t);

/* Continues a CRC-32 (start with 0). */
uint32_t frame_crc(uint32_t crc, const void *bytes, size_t n);

/*
 * Writes the head line of a frame (with its newline) into `head`, at least FRAME_HEAD_MAX bytes. f->payload and
 * f->len are covered by the CRC. Blanks and control characters in the name become '_'. Returns the head's length.
 */
size_t frame_head(const struct frame *f, char *head);

/*
 * Reads the frame at *pos of the n bytes and moves *pos past it. 1: a frame was read. 0: the bytes end exactly where a frame
 * does. -1: the frame is incomplete or damaged, or its seq is not want_seq; `why` has the reason.
 */
int frame_next(const char *bytes, size_t n, size_t *pos, uint64_t want_seq, struct frame *f, char *why,
	       size_t why_size);

#endif
