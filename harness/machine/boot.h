/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What making a snapshot and running a job have in common. */
#ifndef NUMARIG_MACHINE_BOOT_H
#define NUMARIG_MACHINE_BOOT_H

#include <errno.h>

#include "qemu/vm.h"
#include "machine/setup.h"
#include "machine/watch.h"

/* Seconds of QEMU's CPU time for a boot: 64 nodes take a minute. */
#define BOOT_LIMIT_S 300

/* The machine of this setup, with its kernel and initramfs; the caller adds the memory and whatever else it wants. */
struct argv_spec boot_spec(const struct setup *r, const char *job, const char *records, const char *console);

/* The same with a shell as its job, on our terminal, without control channel. */
struct argv_spec boot_shell_spec(const struct setup *r);

/* RAM in named files is not part of the saved state: capability x-ignore-shared (since QEMU 4.0). */
int boot_ignore_shared(struct qmp *q, struct err *err);

/*
 * A machine did not come to where it should, which err has: puts what the guest's console and records tell about it (kernel panic, a
 * BROKEN of the agent's) in its place, if they do. Returns err->code, which is BOOT_DIED for a kernel that died.
 */
#define BOOT_DIED (-EOWNERDEAD)
int boot_why(const char *console, const char *records, struct err *err);

/*
 * Watches a boot up to the QMP event, filling all of `w` but vm, records, console and start_ns. 0: it came there; else as boot_why.
 */
int boot_watch(struct watch *w, const char *event, struct err *err);

#endif
