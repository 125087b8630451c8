/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/execute.h"

#include <string.h>

#include "plugin/cached.h"
#include "plugin/count.h"
#include "plugin/cpu.h"
#include "plugin/cpus.h"
#include "plugin/registers.h"
#include "plugin/space.h"

#define unlikely(x) __builtin_expect(!!(x), 0)
#define PF_INSTR 16 /* its error code: the fetch faulted, no block had begun */

/* The instruction of the block at this address, or b->n. */
static unsigned insn_at(const struct block *b, uint64_t at)
{
	unsigned i = 0;

	while (i < b->n && b->insn[i].at != (at & 4095))
		i++;
	return i;
}

/*
 * A fault comes in: the block before has not come to its end. Takes back the instruction that faulted, which will run
 * again, and those behind it. `c->block` is still that block.
 */
static void cut_by_fault(struct cpu *c, const struct block *b)
{
	const uint8_t *bytes = cpu_memory(cpu_rsp(), 16);
	uint64_t frame[2];
	unsigned i;

	if (!bytes || !c->block) {
		trace.unmatched++;
		return;
	}
	memcpy(frame, bytes, sizeof(frame));
	if (b->vector == PAGE_FAULT && frame[0] & PF_INSTR)
		return;
	i = insn_at(c->block, frame[b->error_code]);
	if (i < c->block->n)
		count_insns(c, i, -1);
	else
		trace.unmatched++;
}

static void begin(struct cpu *c, const struct block *b)
{
	c->block = b;
	if (unlikely(c->space) && b->mode == MODE_USER)
		c->block_at = cpu_rip();
	count_insns(c, 0, 1);
	if (trace.cached)
		cached_block(c, b);
}

void block_begin(unsigned index, void *data, void *env);
void block_begin_flagged(unsigned index, void *data, void *env);

/*
 * TCG keeps the CPU's state in %rbp while its code runs, so that the caller's %rbp tells whether the CPU is the one
 * of the block before; which CPU it is, its register says (cpu.c). What %rbp holds is never looked at. On another kind of
 * host, each block reads the register.
 */
__attribute__((used, visibility("hidden"))) void block_begin(unsigned index, void *data, void *env)
{
	const struct block *b = data;
	struct cpu *c;

	(void)index;
	if (unlikely(env != trace.env || !env) && !cpu_look(env)) {
		trace.lost++;
		return;
	}
	c = trace.cpu;
	if (unlikely(c->space || trace.cached)) {
		begin(c, b);
		return;
	}
	c->block = b;
	c->n[b->mode][KIND_FETCH][b->node] += b->n;
}

__attribute__((used, visibility("hidden"))) void block_begin_flagged(unsigned index, void *data, void *env)
{
	const struct block *b = data;

	(void)index;
	if ((b->flags & BLOCK_GS) && !cpu_is_still() && env == trace.env && env) {
		trace.by_register = true; /* %rbp is not what it is taken for */
		trace.env = NULL;
	}
	if ((env != trace.env || !env) && !cpu_look(env)) {
		trace.lost++;
		return;
	}
	struct cpu *c = trace.cpu;
	if (b->flags & BLOCK_FAULT)
		cut_by_fault(c, b);
	begin(c, b);
	if (b->flags & BLOCK_CR3) {
		c->cr3_known = false;
		trace.env = NULL;
	}
}

#if defined(__x86_64__) && !defined(TRACE_BY_REGISTER)
#define ENTRY(name, to)                                       \
	__attribute__((naked)) void name(unsigned i, void *d) \
	{                                                     \
		__asm__("mov %rbp, %rdx\n\tjmp " #to);        \
	}
#else
#define ENTRY(name, to)                \
	void name(unsigned i, void *d) \
	{                              \
		to(i, d, NULL);        \
	}
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
ENTRY(on_block, block_begin)
ENTRY(on_block_flagged, block_begin_flagged)
#pragma GCC diagnostic pop

/* --- accesses ------------------------------------------------------------------------------------------------------------ */
/*
 * Not memory. A device's register in the midst of a block: QEMU stops there and translates the instruction anew, alone,
 * with callbacks for its accesses only, then goes on behind it.
 */
static void device_access(struct cpu *c, const struct block *b)
{
	unsigned i;

	if (b == c->block || !c->block)
		return;
	i = insn_at(c->block, b->insn[0].at);
	if (i == c->block->n) {
		trace.unmatched++;
		return;
	}
	count_insns(c, i, -1);
	c->block = b;
	count_insns(c, 0, 1);
}

static inline unsigned column_of(uint64_t physical)
{
	uint64_t piece = physical >> TRACE_PHYS_SHIFT;

	return piece < trace.pieces ? trace.node_of[piece] : TRACE_NONE;
}

/* One access: everything that counts accesses hangs here. */
static inline void accessed(struct cpu *c, const struct block *b, enum kind kind, unsigned column,
			    uint64_t physical, uint64_t at)
{
	c->n[b->mode][kind][column]++;
	if (unlikely(trace.spaces)) {
		if (c->space)
			space_access(c, kind, b->mode, column, at);
		if (kind == KIND_STORE && b->mode == MODE_KERNEL)
			space_stored(physical);
	}
}

/* Of an access that crosses into another page each part is cached where it is. */
static void cache(struct cpu *c, const struct block *b, enum kind kind, unsigned column, uint64_t physical,
		  uint32_t info, uint64_t at)
{
	unsigned bytes = 1u << qemu_plugin_mem_size_shift(info), room = 4096 - (at & 4095);
	struct qemu_plugin_hwaddr *h;

	cached_access(c, b->mode, kind, column, physical, bytes < room ? bytes : room);
	if (bytes <= room)
		return;
	h = qemu_plugin_get_hwaddr(info, at + room);
	if (!h) {
		trace.lost++;
		return;
	}
	physical = qemu_plugin_hwaddr_phys_addr(h);
	cached_access(c, b->mode, kind, column_of(physical), physical, bytes - room);
}

static inline void accessed_at(enum kind kind, uint32_t info, uint64_t at, const struct block *b)
{
	struct qemu_plugin_hwaddr *h = qemu_plugin_get_hwaddr(info, at);
	struct cpu *c = trace.cpu;
	uint64_t physical;
	unsigned column;

	if (unlikely(!h || !c)) {
		trace.lost++;
		return;
	}
	physical = qemu_plugin_hwaddr_phys_addr(h);
	column = column_of(physical);
	if (unlikely(column == TRACE_NONE))
		device_access(c, b);
	accessed(c, b, kind, column, physical, at);
	if (unlikely(trace.cached))
		cache(c, b, kind, column, physical, info, at);
}

void on_load(unsigned index, uint32_t info, uint64_t at, void *data)
{
	(void)index;
	accessed_at(KIND_LOAD, info, at, data);
}

void on_store(unsigned index, uint32_t info, uint64_t at, void *data)
{
	(void)index;
	accessed_at(KIND_STORE, info, at, data);
}

/* iretq reads the frame by a helper, whose callbacks are told which CPU it is. */
void on_iret_load(unsigned index, uint32_t info, uint64_t at, void *data)
{
	if (unlikely(!trace.cpu || trace.cpu->index != (int)index))
		cpu_index_is(index);
	accessed_at(KIND_LOAD, info, at, data);
}

/* --- marks ----------------------------------------------------------------------------------------------------------------- */
static void mark_name(char name[MARK_NAME_MAX + 1])
{
	uint64_t at = cpu_rdi();
	unsigned n = 0;

	for (const uint8_t *c; n < MARK_NAME_MAX && (c = cpu_memory(at + n, 1)) && *c; n++)
		name[n] = (char)(*c > ' ' && *c < 127 ? *c : '_');
	name[n] = 0;
}

/* What is behind the mark in its block was counted when the block began: it is the next interval's. */
void on_mark(unsigned index, void *data)
{
	const struct mark *m = data;
	struct cpu *c = trace.cpu;
	char name[MARK_NAME_MAX + 1];

	(void)index;
	if (!c || c->block != m->block) {
		trace.lost++;
		return;
	}
	count_insns(c, m->insn + 1, -1);
	mark_name(name);
	switch (m->op) {
	case MARK_BEGIN:
		count_begin();
		break;
	case MARK_CLOSE:
	case MARK_STEP:
		count_close(name, m->op == MARK_STEP);
		break;
	case MARK_REGION:
		space_region(cpu_cr3(), name, cpu_rsi(), cpu_rdx());
		c->space = space_of(cpu_cr3());
		c->cr3_known = true;
		/* somewhere in the block */
		c->block_at = cpu_rip();
		c->block_at -= (c->block_at - m->block->insn[0].at) & 4095;
		break;
	case MARK_STOP:
		count_stop();
		break;
	}
	count_insns(c, m->insn + 1, 1);
}
