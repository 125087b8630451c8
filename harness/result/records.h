/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record stream (wire/frame.h) as what it tells: phases with their raw files, values, knobs, how the program ended.
 *
 * Everything is a copy; records_free gives it back. A stream that is torn, lies or has no end is -EBADMSG with the
 * record's number: what came before is filled in nevertheless, for the words in a report, never for a verdict.
 *
 * Memory and time are those of the stream's bytes, however many files and phases it has: phases share their files
 * (wire/rawset.h), and a stream whose samples would come to more than 2 GiB when each is read is refused.
 */
#ifndef NUMARIG_RESULT_RECORDS_H
#define NUMARIG_RESULT_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "wire/rawset.h"

struct phase {
	char *name;
	uint64_t vns, tsc; /* CLOCK_MONOTONIC and time stamp counter of the guest when its sample began */
	struct rawset raw; /* every file as it was then */
};

struct pair {
	char *name, *text;
};

struct pairs {
	struct pair *v;
	size_t n;
};

struct record_value {
	char *name;
	int nid; /* -1: the machine */
	int64_t value;
};

#define RECORD_VALUE_MOST \
	(1ll << 53) /* no count is larger, and sums of some thousand of them are numbers, too */

enum record_end {
	RECORD_END_NONE,
	RECORD_END_CODE,
	RECORD_END_SIGNAL,
	RECORD_END_DEADLINE,
	RECORD_END_FLOOD
};

/* A run of bytes that the program wrote to one of its streams. */
struct out_piece {
	int fd; /* 0: its standard output, 1: its standard error; an index of .out */
	size_t len;
};

struct records {
	struct phase *phase;
	size_t phases;
	struct record_value *value;
	size_t values;
	struct pairs knobs; /* effective text, or "!reason" */
	struct pairs left;  /* knobs that read otherwise after the workload than before, as they read then */
	struct pairs notes;
	struct pairs broken;	 /* object and reason: could not be found out */
	char *skip;		 /* why the workload does not apply; NULL: it does */
	struct text out[2];	 /* what the program wrote to its standard output and error */
	struct out_piece *piece; /* of both, in the order in which they came */
	size_t pieces;
	uint64_t out_cut;  /* bytes that the program wrote beyond what is kept of its output */
	struct text trace; /* the kernel's trace events */
	enum record_end end;
	uint64_t end_number; /* exit code, signal, nanoseconds, bytes */
	bool complete;	     /* the END record came */
	struct rawset last;  /* every file as sent last */
};

/* `base`: files as they were sent before this stream began, which it may send changes of; may be NULL. */
int records_parse(const char *bytes, size_t n, const struct rawset *base, struct records *out,
		  struct err *err);
/*
 * Of a file of at most 64 MiB. `boot_path`: the records of the boot that the machine was restored from, its base; may
 * be NULL or of no file, for a machine that booted itself.
 */
int records_read(const char *path, const char *boot_path, struct records *out, struct err *err);
void records_free(struct records *r);
#define auto_records __attribute__((cleanup(records_free)))

/* The last phase of that name; NULL. */
const struct phase *records_phase(const struct records *r, const char *name);
const char *pairs_get(const struct pairs *p, const char *name);

#endif
