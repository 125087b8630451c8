/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks for the access trace (docs/trace.md). A mark is an instruction without effect whose displacement encodes an operation.
 * The plugin (harness/plugin) recognizes it when QEMU translates it. Without the plugin it is one instruction more, so the
 * guest executes the same instructions, traced or not.
 *
 * The instruction is nopl DISP(%rax,%rax,1), 8 bytes, DISP = MARK_MAGIC | operation. rdi points at the name, a string
 * that must be in memory (not paged out, not yet to be faulted in), rsi is an address, rdx a length.
 *
 * The guest's programs and the plugin include this file; it includes no other header of the project.
 */
#ifndef NUMARIG_WIRE_MARK_H
#define NUMARIG_WIRE_MARK_H

#include <stddef.h>
#include <stdint.h>

#define MARK_MAGIC 0x4e524700u /* "NRG" */
#define MARK_NAME_MAX 63

enum mark_op {
	MARK_BEGIN = 1,	 /* an interval begins; accesses since the last one ended belong to no interval */
	MARK_CLOSE = 2,	 /* NAME: the interval ends and is called NAME; intervals of one name are added up */
	MARK_STEP = 3,	 /* NAME: the interval ends and is called NAME, and the next one begins */
	MARK_REGION = 4, /* NAME, address, bytes: a region of the current process's address space */
	MARK_STOP = 5,	 /* later accesses are not counted; the trace is written */
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
