/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading and translation. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/cached.h"
#include "plugin/conf.h"
#include "plugin/cpus.h"
#include "plugin/execute.h"
#include "plugin/host.h"
#include "plugin/registers.h"

#define EXPORT __attribute__((visibility("default")))

/* Linux has its IDT there on every x86-64 since 4.15, read-only (arch/x86/include/asm/cpu_entry_area.h). */
#define IDT 0xfffffe0000000000ull
#define VECTORS 32

EXPORT int qemu_plugin_version = API_VERSION;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

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
				    .node = host_column(qemu_plugin_insn_haddr(insn)),
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
