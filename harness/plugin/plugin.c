/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading, translation, and QEMU's callbacks. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/trace.h"
#include "wire/mark.h"

#define EXPORT __attribute__((visibility("default")))
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Linux has its IDT there on every x86-64 since 4.15, read-only (arch/x86/include/asm/cpu_entry_area.h). */
#define IDT 0xfffffe0000000000ull
#define VECTORS 32
#define PAGE_FAULT 14
#define PF_INSTR 16 /* its error code: the fetch faulted, no block had begun */

struct trace trace;
EXPORT int qemu_plugin_version = API_VERSION;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

struct mark {
	struct block *block;
	unsigned insn;
	enum mark_op op;
};

/* --- records of blocks: given back when QEMU forgets all its translations ------------------------------------------------ */
static struct chunk {
	struct chunk *next;
	size_t used;
	char bytes[1 << 20];
} * chunk;

static void *keep(size_t n)
{
	n = (n + 7) & ~(size_t)7;
	if (!chunk || chunk->used + n > sizeof(chunk->bytes)) {
		struct chunk *c = malloc(sizeof(*c));

		if (!c)
			abort();
		c->next = chunk;
		c->used = 0;
		chunk = c;
	}
	void *p = chunk->bytes + chunk->used;
	chunk->used += n;
	return p;
}

static void on_flush(uint64_t id)
{
	(void)id;
	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	for (unsigned i = 0; i < cpu_count(); i++)
		cpu_at(i)->block = NULL;
}

/* --- executing ---------------------------------------------------------------------------------------------------------- */
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
#define ENTRY(name, to)                                              \
	__attribute__((naked)) static void name(unsigned i, void *d) \
	{                                                            \
		__asm__("mov %rbp, %rdx\n\tjmp " #to);               \
	}
#else
#define ENTRY(name, to)                       \
	static void name(unsigned i, void *d) \
	{                                     \
		to(i, d, NULL);               \
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

static void on_load(unsigned index, uint32_t info, uint64_t at, void *data)
{
	(void)index;
	accessed_at(KIND_LOAD, info, at, data);
}

static void on_store(unsigned index, uint32_t info, uint64_t at, void *data)
{
	(void)index;
	accessed_at(KIND_STORE, info, at, data);
}

/* iretq reads the frame by a helper, whose callbacks are told which CPU it is. */
static void on_iret_load(unsigned index, uint32_t info, uint64_t at, void *data)
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
static void on_mark(unsigned index, void *data)
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

/* --- translating ------------------------------------------------------------------------------------------------------------ */
static uint64_t entry_of[VECTORS]; /* of vectors that are faults */
static const uint32_t faults =
	1u << 0 | 1u << 5 | 1u << 6 | 1u << 7 | 0x1fu << 10 | 1u << 16 | 1u << 17 | 1u << 19;
static const uint32_t error_codes = 0x1fu << 10 | 1u << 17;

static void learn_machine(void)
{
	static bool known;
	const uint8_t *idt;

	if (known)
		return;
	known = true;
	cpu_registers();
	idt = cpu_memory(IDT, VECTORS * 16ul);
	for (unsigned i = 0; idt && i < VECTORS; i++) {
		uint16_t low, middle;
		uint32_t high;

		memcpy(&low, idt + i * 16ul, 2);
		memcpy(&middle, idt + i * 16ul + 6, 2);
		memcpy(&high, idt + i * 16ul + 8, 4);
		if (faults >> i & 1)
			entry_of[i] = (uint64_t)high << 32 | (uint64_t)middle << 16 | low;
	}
	if (!idt || !entry_of[PAGE_FAULT])
		trace.lost++; /* faults could not be seen */
}

static void flag_entry(struct block *b, uint64_t at)
{
	for (unsigned i = 0; i < VECTORS; i++)
		if (entry_of[i] && entry_of[i] == at) {
			b->flags |= BLOCK_FAULT;
			b->vector = (uint8_t)i;
			b->error_code = error_codes >> i & 1;
		}
}

/* The operation of a mark, or 0. */
static unsigned mark_of(const uint8_t *code, size_t n)
{
	static const uint8_t nop[4] = { 0x0f, 0x1f, 0x84, 0x00 };
	uint32_t word;

	if (n != 8 || memcmp(code, nop, sizeof(nop)) != 0)
		return 0;
	memcpy(&word, code + 4, sizeof(word));
	return (word & ~0xffu) == MARK_MAGIC ? word & 0xff : 0;
}

static bool is_swapgs(const uint8_t *code, size_t n)
{
	return n == 3 && code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf8;
}

static bool loads_cr3(const uint8_t *code, size_t n)
{
	unsigned rex = n == 4 && code[0] >> 4 == 4;

	return n == 3 + rex && code[rex] == 0x0f && code[rex + 1] == 0x22 && (code[rex + 2] >> 3 & 7) == 3;
}

static bool is_iretq(const uint8_t *code, size_t n)
{
	return n == 2 && code[0] == 0x48 && code[1] == 0xcf;
}

static void translate_insn(struct block *b, unsigned i, struct qemu_plugin_insn *insn)
{
	uint8_t code[16];
	size_t n = qemu_plugin_insn_data(insn, code, sizeof(code));
	unsigned op = mark_of(code, n);

	b->insn[i] = (struct insn){ .at = qemu_plugin_insn_vaddr(insn) & 4095,
				    .node = conf_host_column(qemu_plugin_insn_haddr(insn)),
				    .bytes = (uint8_t)qemu_plugin_insn_size(insn) };
	b->bytes = (uint16_t)(b->bytes + b->insn[i].bytes);
	if (b->piece)
		cached_translate(b, i, qemu_plugin_insn_haddr(insn));
	if (b->insn[i].node != b->insn[0].node)
		b->flags |= BLOCK_SPLIT;
	if (is_swapgs(code, n))
		b->flags |= BLOCK_GS;
	if (loads_cr3(code, n))
		b->flags |= BLOCK_CR3;
	if (op) {
		struct mark *m = keep(sizeof(*m));

		*m = (struct mark){ b, i, op };
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, CB_R_REGS, m);
	}
	if (is_iretq(code, n))
		qemu_plugin_register_vcpu_mem_cb(insn, on_iret_load, CB_R_REGS, MEM_R, b);
	else
		qemu_plugin_register_vcpu_mem_cb(insn, on_load, CB_NO_REGS, MEM_R, b);
	qemu_plugin_register_vcpu_mem_cb(insn, on_store, CB_NO_REGS, MEM_W, b);
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	struct block *b = keep(sizeof(*b) + n * sizeof(*b->insn));

	(void)id;
	learn_machine();
	*b = (struct block){ .n = (uint16_t)n, .mode = at >> 63 ? MODE_KERNEL : MODE_USER };
	if (trace.cached)
		b->piece = keep(BLOCK_PIECES * sizeof(*b->piece));
	if (b->mode == MODE_KERNEL)
		flag_entry(b, at);
	for (unsigned i = 0; i < n; i++)
		translate_insn(b, i, qemu_plugin_tb_get_insn(tb, i));
	b->node = n ? b->insn[0].node : TRACE_NONE;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, b->flags ? on_block_flagged : on_block, CB_R_REGS, b);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc == 1 && !strcmp(argv[0], "probe=on")) { /* it was loaded: that is all that was asked */
		printf("%d\n", API_VERSION);
		fflush(stdout);
		_exit(0);
	}
	if (argc != 1 || strncmp(argv[0], "conf=", 5) != 0) {
		fprintf(stderr, "trace: wants conf=FILE\n");
		return -1;
	}
	if (!conf_read(argv[0] + 5))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_flush_cb(id, on_flush);
	return 0;
}
