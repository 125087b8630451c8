/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything a virtual machine is made of, found and identified: QEMU, firmware, kernel, guest, topology, engine. */
#ifndef NUMARIG_MACHINE_SETUP_H
#define NUMARIG_MACHINE_SETUP_H

#include "base/json.h"
#include "qemu/argv.h"
#include "kit/cache.h"
#include "kit/guest.h"
#include "kit/kernel.h"

/* `file:` migration came with 8.2; several CPUs under icount work since 8.1 (7.2 hangs in their bring-up). */
#define QEMU_OLDEST_MAJOR 8
#define QEMU_OLDEST_MINOR 2

struct qemu {
	char *path, *version; /* "10.0.2 (Debian 1:10.0.2+ds-2...)" */
	struct sha256 sha256;
	char *firmware; /* qboot.rom */
	/*
	 * SeaBIOS, which unlike qboot sets up PCI buses behind other host bridges and with them what ACPI says of their
	 * windows: for topologies with devices. NULL: not on this machine
	 */
	char *bios;
	struct sha256 bios_sha256;
	struct sha256 roms; /* of all ROM files a boot may read */
	bool sandbox;	    /* it was built with seccomp: `-sandbox on` works here */
};

/* $NUMARIG_QEMU or qemu-system-x86_64 in PATH. Errors: missing (names the package), too old, no firmware. */
int qemu_find(const struct cache *c, struct qemu *out, struct err *err);
void qemu_free(struct qemu *q);

struct setup {
	struct cache cache;
	struct qemu qemu;
	struct topo *topo;
	struct kernel kernel;
	struct guest guest;
	enum engine engine;
	char *append;	     /* boot knobs and the user's own, behind argv_append_base; "" for none */
	unsigned boot_shift; /* the instruction clock while booting */
	unsigned own_s;	     /* $NUMARIG_DEADLINE, in place of every limit of qemu/patience.h; 0: not set */
	/*
	 * build/steady.so, preloaded into an exact QEMU: the one place where its own timing reaches the guest
	 * (harness/preload/steady.c)
	 */
	char *steady;
	struct sha256 steady_sha256;
	char *trace; /* build/trace.so, the access trace's plugin; NULL: not asked for */
	struct sha256 trace_sha256;
	char *trace_lacks;  /* why this QEMU does not take it; NULL: it does */
	char *tree, *build; /* place_data(), place_built() */
};

/* Seen to be the cheapest: each step up halves idle loops of the CPUs, and makes their ticks costlier. */
#define BOOT_SHIFT(cpus) ((cpus) > 8 ? 3u : 4u)
#define JOB_SHIFT 5 /* virtual seconds at 31 M instructions, for the balancer's periods */

void setup_free(struct setup *r);
#define auto_setup __attribute__((cleanup(setup_free)))

/* What the topology's machine starts with; NULL when it is not on this machine. */
const char *setup_firmware(const struct setup *r);

/* What the machine at its exact instant depends on, as JSON: the snapshot's key and part of a run's inputs. */
json_t *setup_inputs(const struct setup *r);

#endif
