/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Booting a machine: what making a snapshot and running a job have in common. */
#ifndef NUMARIG_MACHINE_BOOT_H
#define NUMARIG_MACHINE_BOOT_H

#include <errno.h>

#include "qemu/vm.h"
#include "machine/setup.h"
#include "machine/watch.h"

/*
 * The limit for a boot, in seconds of QEMU's CPU time. 64 CPUs take 80 s; beyond them QEMU's turns, which go round all CPUs, take
 * most of the time.
 */
#define BOOT_LIMIT_S(cpus) ((cpus) > 64 ? 300 + 20 * ((cpus)-64) : 300)

/* QEMU's options for the machine of this setup, with kernel and initramfs; the caller adds memory and what else it needs. */
struct argv_spec boot_spec(const struct setup *r, const char *job, const char *records, const char *console);

/* The same for a machine that runs a shell on the user's terminal, without a control channel. */
struct argv_spec boot_shell_spec(const struct setup *r);

/* Leaves RAM that is in files out of the saved state: sets the migration capability x-ignore-shared (since QEMU 4.0). */
int boot_ignore_shared(struct qmp *q, struct err *err);

/*
 * Finds the cause of a failed boot. When the guest's console has a kernel panic, or its records a BROKEN of the agent, this replaces
 * the message in err. Returns err->code; after a panic it is BOOT_DIED.
 */
#define BOOT_DIED (-EOWNERDEAD)
int boot_why(const char *console, const char *records, struct err *err);

/*
 * Watches a boot of a machine with so many CPUs until the QMP event comes. The caller sets vm, records, console and start_ns of `w`;
 * the other members are set here. 0 when the event came, else the result of boot_why().
 */
int boot_watch(struct watch *w, const char *event, unsigned cpus, struct err *err);

#endif
