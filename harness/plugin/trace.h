/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access trace: a QEMU plugin that counts instruction fetches, loads and stores by the CPU's node and the memory's node.
 * docs/trace.md describes what is counted and how. The plugin's files are:
 *
 *	plugin.c	loading, translation, QEMU's callbacks
 *	conf.c		the configuration from the host: nodes, memory, CPUs, regions
 *	cpu.c		finds out which virtual CPU executes
 *	count.c		counters, intervals, the output file
 *	space.c		address spaces, regions, pages
 *	cached.c	passes accesses to the cache model (trace/caches.h)
 *
 * All of it runs in QEMU's single thread for all virtual CPUs. Nothing here locks, waits, starts a thread or a timer, or changes
 * anything in the guest. Memory is bounded by the limits below; in addition each block that QEMU keeps translated has a record here
 * (40 bytes, and 4 for each instruction), which is less than QEMU's own code for the block.
 */
#ifndef NUMARIG_PLUGIN_TRACE_H
#define NUMARIG_PLUGIN_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "plugin/api.h"

#define TRACE_NODES 64		      /* TOPO_NODES_MAX */
#define TRACE_FILES (2 * TRACE_NODES) /* LAYOUT_PIECES */
#define TRACE_NONE TRACE_NODES	      /* the column of memory that belongs to no node: devices, ROM */
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
	uint16_t at;  /* its offset in the page */
	uint8_t node; /* the column of its first byte */
	uint8_t bytes;
};

enum block_flag {
	BLOCK_SPLIT = 1, /* its instructions are in memory of more than one node */
	BLOCK_FAULT = 2, /* it is the kernel's entry for faults of the block's vector */
	BLOCK_CR3 = 4,	 /* it loads CR3: another address space is used from the next block on */
	BLOCK_GS = 8,	 /* it has swapgs: the kernel is entered or left */
};

/* A part of a block's code, for the cache model. */
struct piece {
	uint64_t physical;
	uint16_t bytes;
	uint8_t column;
};
#define BLOCK_PIECES 2 /* a block is in two pages at most */

/* A translated block. It may run at several virtual addresses, always at the same offset in its page. */
struct block {
	uint16_t n;
	uint8_t mode, node, flags, vector;
	bool error_code; /* the fault's stack frame has an error code */
	uint16_t bytes;
	uint8_t pieces; /* 0 without the cache model */
	struct piece *piece;
	struct insn insn[];
};

/* An address space, identified by the value of CR3. */
struct space {
	uint64_t cr3;
	bool named;	  /* `program` is known */
	bool agent;	  /* it is that of the guest's PID 1, which is no program of the user */
	uint16_t program; /* TRACE_PROGRAMS: none */
	unsigned ranges;
	struct range {
		uint64_t from, to;
		unsigned region;
	} * range;
};

struct cpu {
	uint64_t n[MODES][KINDS][TRACE_COLUMNS]; /* counts of the current interval */
	const struct block *block;		 /* the block that began last */
	uint64_t block_at;			 /* its virtual address; valid when `space` is set */
	struct space *space; /* the address space, when its regions or pages are counted; else NULL */
	uint64_t base;	     /* address of its per-CPU memory, which identifies the CPU */
	bool cr3_known;
	int index; /* QEMU's index of the CPU; -1: not known yet */
	uint8_t column;
};

struct trace {
	/* used for every access */
	void *env; /* argument with which blocks of the executing CPU are called; NULL: not known, call cpu_look() */
	struct cpu *cpu;	/* the executing CPU */
	const uint8_t *node_of; /* the column by physical address >> TRACE_PHYS_SHIFT */
	uint64_t pieces;	/* number of elements of node_of */
	bool spaces;		/* address spaces are distinguished */
	bool cached;		/* accesses go to the cache model, too */
	/* set by conf.c */
	char *out;
	unsigned nodes;
	int nid[TRACE_NODES];	       /* by column */
	uint8_t column_of[TRACE_CPUS]; /* by QEMU's index of the CPU; TRACE_NONE: not in the configuration */
	struct file {
		char *path;
		uint8_t column;
		unsigned ranges;
		struct ram {
			uint64_t from, to;
		} ram[2]; /* guest-physical ranges of the file's bytes, in the file's order */
	} file[TRACE_FILES];
	unsigned files;
	bool pages; /* pages of programs are counted */
	/* errors; any of the three makes the trace unusable */
	uint64_t lost;	    /* accesses or blocks whose CPU or memory could not be found out */
	uint64_t unmatched; /* faults whose instruction is not in the block before */
	bool full;	    /* a limit of a table was reached */
	bool by_register;   /* each block reads a register of its CPU to find out which one it is */
};

extern struct trace trace;

/* --- conf.c ------------------------------------------------------------------------------------------------------- */
/* Reads the host's configuration file. False, with a line on stderr, when it can't be read. */
bool conf_read(const char *path);
/* The column of a host address, from where QEMU has mapped the nodes' files (looked up at the first call). */
uint8_t conf_host_column(const void *host);
/* The guest-physical address of a host address; false when it is no memory of a node. */
bool conf_host_physical(const void *host, uint64_t *physical);

/* --- cpu.c -------------------------------------------------------------------------------------------------------- */
void cpu_registers(void); /* finds the registers' handles; must be called in the context of a virtual CPU */
uint64_t cpu_rsp(void);
uint64_t cpu_rip(void);
uint64_t cpu_rdi(void);
uint64_t cpu_rsi(void);
uint64_t cpu_rdx(void);
uint64_t cpu_cr3(void);
/* Finds out which CPU executes: sets trace.cpu to it and trace.env to `env`. False when it can't be found out. */
bool cpu_look(void *env);
/* Sets QEMU's index of the executing CPU; to be called from callbacks to which QEMU passes the right index. */
void cpu_index_is(unsigned index);
/* The number of CPUs that were seen. */
unsigned cpu_count(void);
struct cpu *cpu_at(unsigned i);
/* False when another CPU than trace.cpu executes. */
bool cpu_is_still(void);
/* Makes every CPU look up its address space again. */
void cpu_forget_spaces(void);
/* n bytes of the executing CPU's virtual memory; NULL when not mapped. Valid until the next call. */
const uint8_t *cpu_memory(uint64_t at, size_t n);

/* --- count.c ------------------------------------------------------------------------------------------------------ */
/* Adds (sign 1) or subtracts (sign -1) the instructions of the CPU's block from number `first` on. */
void count_insns(struct cpu *c, unsigned first, int sign);
/* These do what the marks ask for (wire/mark.h). */
void count_begin(void);
void count_close(const char *name, bool next);
void count_stop(void);
/* True inside of an interval. */
bool count_inside(void);
/* True when counting has ended. */
bool count_stopped(void);
/* The index of the region of that name, which is added when it is new; TRACE_REGIONS when the table is full. */
unsigned region_find(const char *name);
/* The counts of a region in the current interval for the CPU's node, a mode and a kind: an array over the memory's nodes. */
uint64_t *region_row(unsigned region, const struct cpu *c, enum mode mode, enum kind kind);
/* The index of a column in such an array. */
static inline unsigned column_at(unsigned column)
{
	return column < trace.nodes ? column : trace.nodes;
}

/* --- space.c ------------------------------------------------------------------------------------------------------ */
/* Makes address spaces be distinguished from now on. */
void space_watch(void);
/* The address space of a value of CR3; NULL when neither regions nor pages are counted in it. */
struct space *space_of(uint64_t cr3);
/* Adds a region to an address space (MARK_REGION); cr3 0: to every address space. */
void space_region(uint64_t cr3, const char *name, uint64_t from, uint64_t bytes);
/* Counts instructions of the CPU's block, or an access, for regions and pages. */
void space_insns(struct cpu *c, unsigned first, int sign);
void space_access(struct cpu *c, enum kind kind, enum mode mode, unsigned column, uint64_t at);
/* To be called for a store to a page: when the page is the root of a known page table, that address space is a new one. */
void space_stored(uint64_t physical);
void space_print(FILE *f);

/* --- cached.c ----------------------------------------------------------------------------------------------------- */
/* Makes the model from "BYTES WAYS" of L1i, L1d, L2 and LLC, and the bytes of a line. Nodes and CPUs must be known. */
bool cached_setup(const char *words);
/* Adds the block's instruction i, whose code is at `host`, to the block's pieces; to be called in order. */
void cached_translate(struct block *b, unsigned i, const void *host);
/* Passes the fetch of a block's code to the model. */
void cached_block(const struct cpu *c, const struct block *b);
/* Passes an access to the model; its bytes are in one page. */
void cached_access(const struct cpu *c, enum mode mode, enum kind kind, unsigned column, uint64_t physical,
		   unsigned bytes);
/* Adds what was counted since the last call to this interval. */
void cached_flush(unsigned interval);
void cached_print(FILE *f, unsigned interval);

#endif
