/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses a stream of records (wire/frame.h): phases with their raw files, values, knobs, and how the program ended.
 *
 * Everything is copied; records_free() frees it. A stream that is incomplete, damaged or has no END record is -EBADMSG, with the
 * record's number in the message. What came before is filled in nevertheless, for reports, but never used for a verdict.
 *
 * Memory and time grow with the bytes of the stream, not with the number of files and phases: phases share their files
 * (wire/rawset.h). A stream whose samples have more than 2 GiB of text in all is refused.
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

/* The largest value that is accepted. No real count is larger, and sums of a thousand of them fit into an int64_t. */
#define RECORD_VALUE_MOST (1ll << 53)

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
	struct pairs knobs; /* name and effective value, or "!" and the reason why there is none */
	struct pairs left;  /* knobs that the workload left changed, with their value after it */
	struct pairs notes;
	struct pairs broken;	 /* object, and the reason why it could not be found out */
	char *skip;		 /* why the workload does not apply; NULL: it does */
	struct text out[2];	 /* what the program wrote to its standard output and error */
	struct out_piece *piece; /* of both streams, in the order in which they came */
	size_t pieces;
	uint64_t out_cut;  /* bytes that the program wrote after its limit and that were dropped */
	struct text trace; /* the kernel's trace events */
	enum record_end end;
	uint64_t end_number; /* by `end`: exit code, signal, deadline in nanoseconds, quota in bytes */
	bool complete;	     /* the END record came */
	struct rawset last;  /* every file as it was sent last */
};

/* `base`: the files that were sent before this stream began, to which it may refer by changes; may be NULL. */
int records_parse(const char *bytes, size_t n, const struct rawset *base, struct records *out,
		  struct err *err);
/*
 * The same for a file of at most 64 MiB. `boot_path` has the records of the boot that the machine was restored from, which are its
 * base. It may be NULL or not exist, for a machine that was booted.
 */
int records_read(const char *path, const char *boot_path, struct records *out, struct err *err);
void records_free(struct records *r);
#define auto_records __attribute__((cleanup(records_free)))

/* The last phase of that name, or NULL. */
const struct phase *records_phase(const struct records *r, const char *name);
const char *pairs_get(const struct pairs *p, const char *name);

#endif
