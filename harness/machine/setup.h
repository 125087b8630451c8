/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setup of a machine: QEMU, firmware, kernel, guest, topology and engine, each found and identified by its digest. */
#ifndef NUMARIG_MACHINE_SETUP_H
#define NUMARIG_MACHINE_SETUP_H

#include "base/json.h"
#include "qemu/argv.h"
#include "kit/cache.h"
#include "kit/guest.h"
#include "kit/kernel.h"

/* 8.2 is the first QEMU with `file:` migration; several CPUs under icount work since 8.1 (7.2 hangs when it starts them). */
#define QEMU_OLDEST_MAJOR 8
#define QEMU_OLDEST_MINOR 2

struct qemu {
	char *path, *version; /* "10.0.2 (Debian 1:10.0.2+ds-2...)" */
	struct sha256 sha256;
	char *firmware; /* qboot.rom */
	/*
	 * SeaBIOS, for topologies with devices: unlike qboot it sets up PCI buses of additional host bridges and their address
	 * windows in ACPI. NULL: not installed on this host
	 */
	char *bios;
	struct sha256 bios_sha256;
	struct sha256 roms; /* of all ROM files a boot may read */
	bool sandbox;	    /* it was built with seccomp: `-sandbox on` works here */
};

/* Finds $NUMARIG_QEMU, or qemu-system-x86_64 in $PATH. Errors: it is missing (the message names the package) or too old, or has no
 * firmware. */
int qemu_find(const struct cache *c, struct qemu *out, struct err *err);
void qemu_free(struct qemu *q);

struct setup {
	struct cache cache;
	struct qemu qemu;
	struct topo *topo;
	struct kernel kernel;
	struct guest guest;
	enum engine engine;
	char *append;	     /* kernel arguments of boot knobs, after argv_append_base; "" for none */
	unsigned boot_shift; /* shift of the instruction clock while booting */
	unsigned job_shift;  /* and from the instant on */
	unsigned
		own_s; /* $NUMARIG_DEADLINE in seconds, in place of every limit of qemu/patience.h; 0: not set */
	/* build/steady.so, preloaded into an exact QEMU, so that host timing does not reach the guest (preload/steady.c) */
	char *steady;
	struct sha256 steady_sha256;
	char *trace; /* build/trace.so, the plugin of the access trace; NULL: no trace was asked for */
	struct sha256 trace_sha256;
	char *trace_lacks;  /* the reason why this QEMU can't load the plugin; NULL: it can */
	char *tree, *build; /* place_data(), place_built() */
};

/* Virtual seconds at 31 M instructions, for the balancer's periods. */
#define JOB_SHIFT 5
#define SHIFT_AUTO 255 /* asked for no shift: setup_job_shift() finds it */

/*
 * The shifts of a machine with so many CPUs. A tick comes every 4 ms to each CPU that is not idle, and all CPUs share one clock
 * of instructions: at shift 5 these 4 ms are 125,000 instructions, and 64 ticks, of 2,000 to 4,000 each, are more: a guest with 64
 * CPUs did nothing else. While booting, all CPUs tick; the fastest shifts are known by measurement: each step up halves the
 * instructions of idle loops, and makes ticks more expensive.
 */
unsigned setup_boot_shift(unsigned cpus);
unsigned setup_job_shift(unsigned asked, unsigned cpus); /* `asked`: by the user, or SHIFT_AUTO */

void setup_free(struct setup *r);
#define auto_setup __attribute__((cleanup(setup_free)))

/* The firmware that this topology needs; NULL when it is not installed on this host. */
const char *setup_firmware(const struct setup *r);

/* All that a snapshot depends on, as JSON: it makes the snapshot's key, and is a part of a run's inputs. New reference. */
json_t *setup_inputs(const struct setup *r);

#endif
