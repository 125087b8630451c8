/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/frame.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
#define X(id, name, about) #name,
	FRAME_TYPES(X)
#undef X
};

const char *frame_type_name(enum frame_type t)
{
	return (unsigned)t < FRAME_TYPE_COUNT ? type_names[t] : "?";
}

uint32_t frame_crc(uint32_t crc, const void *bytes, size_t n)
{
	/* a nibble at a time: 64 bytes of table, fast enough for 200 kB */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const unsigned char *p = bytes;

	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

/* Over the part of the head that the CRC covers (without "NRG", the CRC itself and the newline) and the payload. */
static uint32_t covered(const struct frame *f)
{
	char text[FRAME_HEAD_MAX];
	int n = snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64 " %zu %s", frame_type_name(f->type),
			 f->seq, f->vns, f->len, f->name);

	return frame_crc(frame_crc(0, text, (size_t)n), f->payload, f->len);
}

size_t frame_head(const struct frame *f, char *head)
{
	struct frame clean = *f;

	for (char *c = clean.name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			*c = '_';
	if (!clean.name[0])
		strcpy(clean.name, "-"); /* NOLINT: two bytes into 256 */
	return (size_t)snprintf(head, FRAME_HEAD_MAX, "NRG %s %" PRIu64 " %" PRIu64 " %zu %08" PRIx32 " %s\n",
				frame_type_name(clean.type), clean.seq, clean.vns, clean.len, covered(&clean),
				clean.name);
}

static int number(char **p, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return -1;
	*v = strtoull(*p, &end, 10);
	if (*end != ' ')
		return -1;
	*p = end + 1;
	return 0;
}

/* The CRC itself is left to frame_next. */
static int head_parse(char *line, struct frame *f)
{
	char *p = line, *space;
	uint64_t len;

	if (strncmp(p, "NRG ", 4) != 0)
		return -1;
	p += 4;
	space = strchr(p, ' ');
	if (!space)
		return -1;
	*space = 0;
	for (f->type = 0; f->type < FRAME_TYPE_COUNT && strcmp(p, type_names[f->type]) != 0;)
		f->type++;
	p = space + 1;
	if (f->type == FRAME_TYPE_COUNT || number(&p, &f->seq) || number(&p, &f->vns) || number(&p, &len))
		return -1;
	if (len > FRAME_PAYLOAD_MAX || strlen(p) < 10 || p[8] != ' ' || strlen(p + 9) > FRAME_NAME_MAX)
		return -1;
	if (p[strspn(p, "0123456789abcdef")] != ' ')
		return -1;
	f->len = (size_t)len;
	snprintf(f->name, sizeof(f->name), "%s", p + 9);
	return 0;
}

int frame_next(const char *bytes, size_t n, size_t *pos, uint64_t want_seq, struct frame *f, char *why,
	       size_t why_size)
{
	char line[FRAME_HEAD_MAX];

	if (*pos == n)
		return 0;
	const char *start = bytes + *pos;
	size_t left = n - *pos;
	const char *nl = memchr(start, '\n', left < sizeof(line) ? left : sizeof(line));
	if (!nl || memchr(start, 0, (size_t)(nl - start))) {
		snprintf(why, why_size, "record %" PRIu64 " at byte %zu: %s", want_seq, *pos,
			 nl || left >= sizeof(line) ? "is no record" : "its head is cut off");
		return -1;
	}
	snprintf(line, sizeof(line), "%.*s", (int)(nl - start), start);
	if (head_parse(line, f)) {
		snprintf(why, why_size, "record %" PRIu64 " at byte %zu: is no record: \"%.*s\"", want_seq,
			 *pos, (int)(nl - start < 40 ? nl - start : 40), start);
		return -1;
	}
	size_t head = (size_t)(nl + 1 - start);
	left -= head;
	if (left < f->len + 1) {
		snprintf(why, why_size, "record %" PRIu64 " (%s %s): is cut off, %zu of %zu bytes came",
			 want_seq, type_names[f->type], f->name, left, f->len + 1);
		return -1;
	}
	f->payload = nl + 1;
	/* the head, CRC included, is what frame_head writes of it: not the same numbers in other words either */
	if (f->payload[f->len] != '\n' || frame_head(f, line) != head || memcmp(line, start, head) != 0) {
		snprintf(why, why_size, "record %" PRIu64 " (%s %s): its checksum is wrong", want_seq,
			 type_names[f->type], f->name);
		return -1;
	}
	if (f->seq != want_seq) {
		snprintf(why, why_size,
			 "record %" PRIu64 " is missing: %" PRIu64 " (%s %s) stands in its place", want_seq,
			 f->seq, type_names[f->type], f->name);
		return -1;
	}
	*pos = (size_t)(f->payload + f->len + 1 - bytes);
	return 1;
}
