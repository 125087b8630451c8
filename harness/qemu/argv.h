/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line. It is a pure function of struct argv_spec: the same struct gives the same list.
 *
 * The options that make the machine (topology, engine, shift) are the same when a snapshot is saved and when it is restored, and
 * are part of a run's inputs; paths and descriptors are not. tests/topologies/expected/NAME.args has them for every topology.
 * All options are known to QEMU 8.2 to 10.0 (qemu-options.hx).
 */
#ifndef NUMARIG_QEMU_ARGV_H
#define NUMARIG_QEMU_ARGV_H

#include <stdbool.h>

#include "base/text.h"
#include "topo/topo.h"

enum engine { ENGINE_EXACT, ENGINE_FAST, ENGINE_KVM };

const char *engine_name(enum engine e);
/* The engine of that name, or -1. */
int engine_find(const char *name);

/* The machine type has a version, so that a newer QEMU shows the guest the same hardware. The oldest QEMU supported is 8.2. */
#define ARGV_MACHINE "pc-q35-8.1"

/* The kernel command line of every guest; arguments of the user, the topology and the plan follow it. */
extern const char argv_append_base[];

struct argv_spec {
	const struct topo *topo;
	enum engine engine;
	unsigned shift;		     /* of the instruction clock (-icount shift=); engine exact only */
	const char *qemu;	     /* program */
	const char *firmware;	     /* path of qboot.rom, or of SeaBIOS */
	const char *kernel, *initrd; /* NULL on a restore: the machine's memory has them already */
	const char *append;	     /* kernel arguments after argv_append_base; may be NULL */
	const char *const *ram;	     /* exact: a file for each of layout_pieces(); NULL: plain memory */
	bool ram_shared;	     /* what the guest writes goes into the files: while a snapshot is made */
	bool ram_unwritable;	     /* the files can't be opened for writing (they are mapped privately) */
	const char *job;	     /* fw_cfg file; NULL: job_text */
	const char *job_text;
	const char *files;		  /* fw_cfg file with exec's archive, or NULL */
	const char *records, *console;	  /* output files */
	const char *gdb;		  /* -gdb argument, or NULL */
	const char *plugin, *plugin_conf; /* the access trace's and its conf=; or NULL */
	int qmp_fd;			  /* -1: none */
	bool sandbox;			  /* QEMU was built with seccomp */
	bool incoming;			  /* wait for a saved state */
	bool terminal;			  /* the serial port is the user's terminal */
};

/* The argument of -sandbox for that engine. */
const char *argv_sandbox(enum engine e);

void argv_build(const struct argv_spec *s, struct strlist *out);

/* The options that make the machine, one a line with its value and with paths as @NAME@; for expected texts and digests. */
void argv_machine_text(const struct topo *t, enum engine e, unsigned shift, struct text *out);

/* The list as a shell command, one option a line, words quoted where necessary. */
void argv_shell(const struct strlist *argv, struct text *out);

#endif
