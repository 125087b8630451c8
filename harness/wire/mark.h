/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks for the access trace (docs/trace.md): an instruction that does nothing, with a displacement that stands for what
 * it means. The plugin (harness/trace) knows it when it is translated; without the plugin it costs one instruction.
 * So a guest does the same, traced or not.
 *
 * The instruction is nopl DISP(%rax,%rax,1), 8 bytes, DISP = MARK_MAGIC | operation. rdi points at the name, a string
 * that must be in memory (not paged out, not yet to be faulted in), rsi is an address, rdx a length.
 *
 * Included by the guest's programs and by the plugin: no other header of ours.
 */
#ifndef NUMARIG_WIRE_MARK_H
#define NUMARIG_WIRE_MARK_H

#include <stddef.h>
#include <stdint.h>

#define MARK_MAGIC 0x4e524700u /* "NRG" */
#define MARK_NAME_MAX 63

enum mark_op {
	MARK_BEGIN = 1,	 /* an interval begins; what ran since the last one is nobody's */
	MARK_CLOSE = 2,	 /* NAME: the interval ends, and it is NAME's; intervals of one name add up */
	MARK_STEP = 3,	 /* NAME: the same, and the next begins */
	MARK_REGION = 4, /* NAME, address, bytes: a region of the address space that runs */
	MARK_STOP = 5,	 /* nothing behind counts; the trace is written */
};

#if defined(__x86_64__)
/* The operation is part of the instruction: a macro, so that it is a constant. */
#define MARK(op, name, at, bytes)                                                               \
	do {                                                                                    \
		const char *mark_name_ = (name);                                                \
                                                                                                \
		mark_touch_(mark_name_);                                                        \
		__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c0"                    \
				 :                                                              \
				 : "i"(MARK_MAGIC | (op)), "D"(mark_name_), "S"(at), "d"(bytes) \
				 : "memory");                                                   \
	} while (0)

static inline void mark_touch_(const char *name)
{
	for (const volatile char *c = name; c && *c; c++)
		;
}
#endif

#endif
