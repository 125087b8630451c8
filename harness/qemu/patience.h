/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a process is waited for: measured in the CPU time that it uses, not in wall clock time. On a slow or loaded host the
 * same work takes longer, and that must not change a verdict.
 *
 * A limit counts the CPU time that the process has used since the wait began (clock_getcpuclockid(3)). The wait ends, too, when the
 * process makes no progress: it uses less than PATIENCE_MOVES_NS of CPU time in PATIENCE_STALL_S seconds of wall clock time.
 * Without a process (engine kvm, where not all work is done in QEMU) the limit counts wall clock time.
 *
 * $NUMARIG_DEADLINE, in seconds, takes the place of every limit and of PATIENCE_STALL_S.
 */
#ifndef NUMARIG_QEMU_PATIENCE_H
#define NUMARIG_QEMU_PATIENCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PATIENCE_STALL_S 120
#define PATIENCE_MOVES_NS 100000000ull

/* What all waits for one machine have in common. Plain memory. */
struct patience_rule {
	pid_t pid;	/* the process whose CPU time counts; 0: wall clock time counts */
	unsigned own_s; /* $NUMARIG_DEADLINE; 0: not set */
};

struct patience {
	struct patience_rule rule;
	uint64_t limit_ns, stall_ns;
	uint64_t began_ns; /* on the clock that counts */
	/* when progress was last seen: in wall clock time, and on the clock that counts */
	uint64_t moved_at_ns, moved_ns;
};

enum patience_state {
	PATIENCE_WAIT,	  /* wait on */
	PATIENCE_SPENT,	  /* the limit is reached */
	PATIENCE_STALLED, /* it makes no progress */
};

void patience_begin(struct patience *p, const struct patience_rule *rule, unsigned limit_ms);
/* To be called at least once a second while waiting. */
enum patience_state patience_look(struct patience *p);
/* Milliseconds after which patience_look() should be called again: at most 1000. */
int patience_poll_ms(const struct patience *p);
/* Nanoseconds since the wait began, on the clock that counts. */
uint64_t patience_used_ns(const struct patience *p);
/*
 * How the wait ended, as the end of a message, with the limit and the way to raise it: "it has used 600 s of CPU time, the limit;
 * ...". buf always ends in a 0.
 */
const char *patience_words(const struct patience *p, enum patience_state state, char *buf, size_t size);

#endif
