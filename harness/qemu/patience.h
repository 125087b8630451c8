/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a process is waited for: by what it does, not by the host's clock. On a slow or loaded host the same work takes longer,
 * and that must not become a verdict.
 *
 * A limit counts the CPU time that the process has used since the wait began (clock_getcpuclockid(3)). A process that uses less than
 * PATIENCE_MOVES_NS of it in PATIENCE_STALL_S seconds of wall clock makes no progress; then the wait ends, too. Without a process
 * (engine kvm, where the guest's work is not QEMU's alone) wall clock decides.
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

/* Whom all waits of one machine are for. Plain memory. */
struct patience_rule {
	pid_t pid;	/* 0: wall clock */
	unsigned own_s; /* $NUMARIG_DEADLINE; 0: not set */
};

struct patience {
	struct patience_rule rule;
	uint64_t limit_ns, stall_ns;
	uint64_t began_ns; /* on the clock that counts */
	uint64_t moved_at_ns,
		moved_ns; /* where that clock was, in wall clock and on itself, when it last moved */
};

enum patience_state {
	PATIENCE_WAIT,	  /* wait on */
	PATIENCE_SPENT,	  /* the limit is reached */
	PATIENCE_STALLED, /* it makes no progress */
};

void patience_begin(struct patience *p, const struct patience_rule *rule, unsigned limit_ms);
/* To be asked once a second or oftener while waiting. */
enum patience_state patience_look(struct patience *p);
/* Milliseconds after which patience_look is worth asking again: at most 1000. */
int patience_poll_ms(const struct patience *p);
/* Nanoseconds of the clock that counts since the wait began. */
uint64_t patience_used_ns(const struct patience *p);
/*
 * What the wait came to, for behind a ": ", with limit and the way to raise it: "it has used 600 s of CPU time, the limit; ...". buf
 * is always ended by 0.
 */
const char *patience_words(const struct patience *p, enum patience_state state, char *buf, size_t size);

#endif
