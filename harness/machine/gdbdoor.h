/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address at which a halted machine waits for gdb. Whoever can connect to QEMU's gdb stub can use QEMU's monitor, too (gdb's
 * `monitor`, packet qRcmd), which can't be disabled, and with the monitor read and write files of the user who runs QEMU. So
 * the access to the stub is restricted: by default it is a Unix socket in a folder with mode 0700 below $XDG_RUNTIME_DIR, $TMPDIR
 * or /tmp. TCP is used only when the user gives an address; then every user of this host can connect.
 *
 * Life cycle: gdb_door_open() before the run; gdb_door_close() after it removes the folder. Each machine has its own.
 */
#ifndef NUMARIG_MACHINE_GDBDOOR_H
#define NUMARIG_MACHINE_GDBDOOR_H

#include "base/err.h"

struct gdb_door {
	char *folder; /* of the socket; NULL: TCP */
	char *device; /* the argument of QEMU's -gdb */
	char *target; /* the argument of gdb's `target remote` */
};

/* 0 for "HOST:PORT" or "[::1]:PORT", neither part empty; else -EINVAL, and the message says what would be right. */
int gdb_address_check(const char *address, struct err *err);

/* `address` must have passed gdb_address_check(); NULL makes a Unix socket. */
int gdb_door_open(struct gdb_door *d, const char *address, struct err *err);
void gdb_door_close(struct gdb_door *d);
#define auto_gdb_door __attribute__((cleanup(gdb_door_close)))

#endif
