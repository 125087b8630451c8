/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a halted machine waits for gdb. QEMU's stub hands everyone who reaches it the machine's monitor, too (gdb's
 * `monitor`, the packet qRcmd), and can't be told not to: with the monitor files of the user who runs QEMU are read and
 * written. So the door is who can reach the stub: by default a Unix socket in a folder of its own with mode 0700, below
 * $XDG_RUNTIME_DIR, $TMPDIR or /tmp. TCP only where an address is given: there every user of this host has it.
 *
 * Life cycle: gdb_door_open before the run, gdb_door_close behind it, which removes the folder; each is a machine's own.
 */
#ifndef NUMARIG_MACHINE_GDBDOOR_H
#define NUMARIG_MACHINE_GDBDOOR_H

#include "base/err.h"

struct gdb_door {
	char *folder; /* NULL: TCP */
	char *device; /* for QEMU's -gdb */
	char *target; /* behind gdb's `target remote` */
};

/* "HOST:PORT", "[::1]:PORT"; neither may be empty. -EINVAL: what would be right. */
int gdb_address_check(const char *address, struct err *err);

/* `address` is one that was checked; NULL: a socket. */
int gdb_door_open(struct gdb_door *d, const char *address, struct err *err);
void gdb_door_close(struct gdb_door *d);
#define auto_gdb_door __attribute__((cleanup(gdb_door_close)))

#endif
