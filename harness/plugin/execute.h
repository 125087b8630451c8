/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's callbacks while the guest executes. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_EXECUTE_H
#define NUMARIG_PLUGIN_EXECUTE_H

#include "plugin/trace.h"
#include "wire/mark.h"

#define PAGE_FAULT 14

struct mark {
	struct block *block;
	unsigned insn;
	enum mark_op op;
};

/* A block begins; flagged: one with any of enum block_flag. `data` is its struct block. */
void on_block(unsigned index, void *data);
void on_block_flagged(unsigned index, void *data);
/* An access of the block `data`; iret: one by iretq, whose callbacks are told the right CPU. */
void on_load(unsigned index, uint32_t info, uint64_t at, void *data);
void on_store(unsigned index, uint32_t info, uint64_t at, void *data);
void on_iret_load(unsigned index, uint32_t info, uint64_t at, void *data);
/* A mark (wire/mark.h); `data` is its struct mark. */
void on_mark(unsigned index, void *data);

#endif
