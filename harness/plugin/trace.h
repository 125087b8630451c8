/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access trace: a QEMU plugin that counts instruction fetches, loads and stores by the CPU's node and the memory's node.
 * docs/trace.md describes what is counted and how. The plugin's files are:
 *
 *	plugin.c	loading and translation
 *	execute.c	QEMU's callbacks while the guest executes
 *	conf.c		the configuration from the host: nodes, memory, CPUs, regions
 *	count.c		counters, intervals, the output file
 *	cpu.c		finds out which virtual CPU executes
 *	space.c		address spaces, and what is counted in them
 *	cached.c	passes accesses to the cache model (trace/caches.h)
 *	region.c	the counters of regions
 *	cpus.c		the virtual CPUs that were seen
 *	registers.c	registers and memory of the executing CPU
 *	host.c		host addresses of the nodes' memory
 *
 * Each uses only those below it.
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
	bool inside;		/* an interval is open, and counting has not ended */
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

/* A mode, a kind and a column as the output file has them. */
extern const char trace_modes[MODES], trace_kinds[KINDS];
int trace_nid(unsigned column);

/* The index of a column in an array over the memory's nodes. */
static inline unsigned column_at(unsigned column)
{
	return column < trace.nodes ? column : trace.nodes;
}

#endif
