/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line, a pure function of what is wanted: the same struct gives the same list, nothing is looked up.
 *
 * The part that makes the machine (topology, engine, shift) is the same at the saving and at the restoring side and
 * goes into a run's inputs; paths and descriptors do not. tests/topologies/expected/NAME.args hold it for every shape.
 * Options are those of QEMU 8.2 to 10.0 (qemu-options.hx).
 */
#ifndef NUMARIG_QEMU_ARGV_H
#define NUMARIG_QEMU_ARGV_H

#include <stdbool.h>

#include "base/text.h"
#include "topo/topo.h"

enum engine { ENGINE_EXACT, ENGINE_FAST, ENGINE_KVM };

const char *engine_name(enum engine e);
/* -1 when there is none of that name. */
int engine_find(const char *name);

/* The machine type is versioned, so that the guest's ABI does not follow QEMU's. Oldest QEMU: 8.2. */
#define ARGV_MACHINE "pc-q35-8.1"

/* What every guest is booted with; the user's and a topology's or plan's own come behind it. */
extern const char argv_append_base[];

struct argv_spec {
	const struct topo *topo;
	enum engine engine;
	unsigned shift;		     /* of the instruction clock; exact only */
	const char *qemu;	     /* program */
	const char *firmware;	     /* path of qboot.rom, or of SeaBIOS */
	const char *kernel, *initrd; /* NULL on a restore: the machine's memory has them already */
	const char *append;	     /* behind argv_append_base; may be NULL */
	const char *const *ram;	     /* exact: a file for each of layout_pieces(); NULL: plain memory */
	bool ram_shared;	     /* true while saving: what is written is kept */
	bool ram_unwritable;	     /* the files can only be read; what is written is private anyhow */
	const char *job;	     /* fw_cfg file; NULL: job_text */
	const char *job_text;
	const char *files;		  /* fw_cfg file with exec's archive, or NULL */
	const char *records, *console;	  /* output files */
	const char *gdb;		  /* -gdb argument, or NULL */
	const char *plugin, *plugin_conf; /* the access trace's and its conf=; or NULL */
	int qmp_fd;			  /* -1: none */
	bool sandbox;			  /* QEMU was built with seccomp */
	bool incoming;			  /* wait for a saved state */
	bool terminal;			  /* the serial port is our terminal */
};

/* -sandbox's argument for that engine. */
const char *argv_sandbox(enum engine e);

void argv_build(const struct argv_spec *s, struct strlist *out);

/* The part that makes the machine, an option a line with its value, paths as @NAME@: for goldens and digests. */
void argv_machine_text(const struct topo *t, enum engine e, unsigned shift, struct text *out);

/* The list as lines of a shell, quoted where needed, an option a line. */
void argv_shell(const struct strlist *argv, struct text *out);

#endif
