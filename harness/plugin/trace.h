/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access trace: a plugin of QEMU's that counts who fetched, read and wrote whose memory. docs/trace.md says what is
 * counted and how; this, how the plugin is put together.
 *
 *	plugin.c	loading, translation, QEMU's callbacks
 *	conf.c		what the host tells it: nodes, memory, CPUs, regions
 *	cpu.c		which CPU executes
 *	count.c		counters, intervals, the file it leaves
 *	space.c		address spaces, regions, pages
 *	cached.c	what the cache model is fed with (caches.c)
 *
 * Everything runs in QEMU's one thread for all virtual CPUs; nothing here locks, waits, starts a thread or a timer, or
 * changes anything of the guest's. Memory: bounded by the limits below, and a block's record (40 bytes and 4 an
 * instruction) for each block that QEMU keeps translated, less than QEMU's own code for it.
 */
#ifndef NUMARIG_PLUGIN_TRACE_H
#define NUMARIG_PLUGIN_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "plugin/api.h"

#define TRACE_NODES 64		      /* TOPO_NODES_MAX */
#define TRACE_FILES (2 * TRACE_NODES) /* LAYOUT_PIECES */
#define TRACE_NONE TRACE_NODES	      /* the column of what is no node's memory: devices, ROM */
#define TRACE_COLUMNS (TRACE_NODES + 1)
#define TRACE_CPUS 256
#define TRACE_INTERVALS 64
#define TRACE_REGIONS 64
#define TRACE_SPACES 4096
#define TRACE_PROGRAMS 256
#define TRACE_PAGES (1u << 20) /* at most: a row of a page, a CPU's node and a memory's node, 56 bytes */
#define TRACE_PHYS_SHIFT 21    /* TOPO_MEM_STEP: no node ends within such a piece */

enum kind { KIND_LOAD, KIND_STORE, KIND_FETCH, KINDS };
enum mode { MODE_KERNEL, MODE_USER, MODES };

/* One instruction of a block. */
struct insn {
	uint16_t at;  /* offset in its page */
	uint8_t node; /* column of its first byte */
	uint8_t bytes;
};

enum block_flag {
	BLOCK_SPLIT = 1, /* its instructions are not all of one node */
	BLOCK_FAULT = 2, /* where a fault of this vector enters the kernel */
	BLOCK_CR3 = 4,	 /* loads CR3: another address space runs from the next block on */
	BLOCK_GS = 8,	 /* swapgs: comes or leaves the kernel */
};

/* Code of a block, for the cache model. */
struct piece {
	uint64_t physical;
	uint16_t bytes;
	uint8_t column;
};
#define BLOCK_PIECES 2 /* a block lies in two pages at most */

/* A translated block. The same may run at several virtual addresses, at the same offset in its page. */
struct block {
	uint16_t n;
	uint8_t mode, node, flags, vector;
	bool error_code; /* lies in front of its frame */
	uint16_t bytes;
	uint8_t pieces; /* 0 without the cache model */
	struct piece *piece;
	struct insn insn[];
};

/* An address space: what CR3 points at. */
struct space {
	uint64_t cr3;
	bool named;	  /* `program` is known */
	bool agent;	  /* it is the guest's PID 1: no program of the user's */
	uint16_t program; /* TRACE_PROGRAMS: none */
	unsigned ranges;
	struct range {
		uint64_t from, to;
		unsigned region;
	} * range;
};

struct cpu {
	uint64_t n[MODES][KINDS][TRACE_COLUMNS]; /* of the running interval */
	const struct block *block;		 /* begun last */
	uint64_t block_at;			 /* its virtual address; known when `space` */
	struct space *space;			 /* of which more is asked; NULL: none */
	uint64_t base;				 /* of its per-CPU memory: what it is known by */
	bool cr3_known;
	int index; /* QEMU's; -1: not yet known */
	uint8_t column;
};

struct trace {
	/* the fast path's */
	void *env;		/* what a block of the CPU now executing is called with; NULL: look */
	struct cpu *cpu;	/* it */
	const uint8_t *node_of; /* column by physical address >> TRACE_PHYS_SHIFT */
	uint64_t pieces;	/* of node_of */
	bool spaces;		/* address spaces are told apart */
	bool cached;		/* there is a cache model */
	/* conf.c's */
	char *out;
	unsigned nodes;
	int nid[TRACE_NODES];	       /* by column */
	uint8_t column_of[TRACE_CPUS]; /* by QEMU's index; TRACE_NONE: not told */
	struct file {
		char *path;
		uint8_t column;
		unsigned ranges;
		struct ram {
			uint64_t from, to;
		} ram[2]; /* where the file's bytes are, one after the other */
	} file[TRACE_FILES];
	unsigned files;
	bool pages; /* of programs that run */
	/* what went wrong; any makes the trace one that is not believed */
	uint64_t lost;	    /* accesses or blocks that could not be placed */
	uint64_t unmatched; /* faults whose instruction is not in the block before */
	bool full;	    /* a table's limit was met */
	bool by_register;   /* each block reads its CPU's register */
};

extern struct trace trace;

/* --- conf.c ------------------------------------------------------------------------------------------------------- */
/* Reads the host's file; false with a line on stderr. */
bool conf_read(const char *path);
/* Where QEMU has mapped the nodes' files; later looks cost nothing. The column of a host address. */
uint8_t conf_host_column(const void *host);
/* The guest's physical address of it; false where it is no node's memory. */
bool conf_host_physical(const void *host, uint64_t *physical);

/* --- cpu.c -------------------------------------------------------------------------------------------------------- */
void cpu_registers(void); /* finds the registers' handles; in a vCPU's context */
uint64_t cpu_rsp(void);
uint64_t cpu_rip(void);
uint64_t cpu_rdi(void);
uint64_t cpu_rsi(void);
uint64_t cpu_rdx(void);
uint64_t cpu_cr3(void);
/* Looks who executes: sets trace.cpu, and trace.env to `env`. False when it can't be told. */
bool cpu_look(void *env);
/* QEMU's index of the CPU that executes, from a callback that is told the right one. */
void cpu_index_is(unsigned index);
/* All that were seen. */
unsigned cpu_count(void);
struct cpu *cpu_at(unsigned i);
/* False when another CPU than trace.cpu executes. */
bool cpu_is_still(void);
/* Makes each look anew at its address space. */
void cpu_forget_spaces(void);
/* Guest memory of the CPU that executes; NULL when it is not mapped. Valid until the next call. */
const uint8_t *cpu_memory(uint64_t at, size_t n);

/* --- count.c ------------------------------------------------------------------------------------------------------ */
/* Adds (or with -1 takes back) the instructions from `first` on of the CPU's block. */
void count_insns(struct cpu *c, unsigned first, int sign);
/* What the marks of those names say. */
void count_begin(void);
void count_close(const char *name, bool next);
void count_stop(void);
/* Between a begin and its close. */
bool count_inside(void);
/* Whether anything still counts. */
bool count_stopped(void);
/* The region of that name, made when it is new; TRACE_REGIONS: there can be no more. */
unsigned region_find(const char *name);
/* The running interval's numbers of a region: a row for each CPU's node, mode and kind, a column a memory's node. */
uint64_t *region_row(unsigned region, const struct cpu *c, enum mode mode, enum kind kind);
/* Position of a node's column among those that are there. */
static inline unsigned column_at(unsigned column)
{
	return column < trace.nodes ? column : trace.nodes;
}

/* --- space.c ------------------------------------------------------------------------------------------------------ */
/* From now on spaces are told apart. */
void space_watch(void);
/* The space that the CPU's CR3 shows; NULL when nothing is asked of it. */
struct space *space_of(uint64_t cr3);
/* MARK_REGION; cr3 0: in every space. */
void space_region(uint64_t cr3, const char *name, uint64_t from, uint64_t bytes);
/* Instructions of the CPU's block: counts them for regions and pages. */
void space_insns(struct cpu *c, unsigned first, int sign);
void space_access(struct cpu *c, enum kind kind, enum mode mode, unsigned column, uint64_t at);
/* A store to a page that may be a page table's root: a new address space is made there. */
void space_stored(uint64_t physical);
void space_print(FILE *f);

/* --- cached.c ----------------------------------------------------------------------------------------------------- */
/* "BYTES WAYS" of L1i, L1d, L2, LLC, then a line's bytes; when nodes and CPUs are known. */
bool cached_setup(const char *words);
/* The block's instruction i, whose code is there; those before it were told. */
void cached_translate(struct block *b, unsigned i, const void *host);
void cached_block(const struct cpu *c, const struct block *b);
/* All in one page. */
void cached_access(const struct cpu *c, enum mode mode, enum kind kind, unsigned column, uint64_t physical,
		   unsigned bytes);
/* What was counted since the last time is this interval's. */
void cached_flush(unsigned interval);
void cached_print(FILE *f, unsigned interval);

#endif
