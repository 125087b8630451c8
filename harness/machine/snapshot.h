/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot: a booted machine that was saved, always at the same instruction, in a folder of the cache. It has a file for each
 * piece of memory, one with the devices' state, and the records of the boot.
 *
 * There is one snapshot for each value of setup_inputs(). The first process that needs it makes it, in a workspace that is then
 * renamed; others wait for that. A shared lock keeps it in the cache while it is used. Its file `seal` has each file's digest, and
 * inode, size and change time for a quick check: when these differ, the file is compared by its digest, and a snapshot that was
 * changed is dropped and made anew.
 */
#ifndef NUMARIG_MACHINE_SNAPSHOT_H
#define NUMARIG_MACHINE_SNAPSHOT_H

#include "machine/setup.h"
#include "topo/layout.h"
#include "wire/rawset.h"

struct snapshot {
	char *dir;
	char *ram[LAYOUT_PIECES]; /* for each of layout_pieces() */
	int lock;
	bool fresh;	  /* snapshot_get() made it just now */
	uint64_t boot_ns; /* host time that its boot took; 0 when it was in the cache */
};

int snapshot_get(const struct setup *r, struct snapshot *out, struct err *err);
void snapshot_free(struct snapshot *s);
#define auto_snapshot __attribute__((cleanup(snapshot_free)))

/* Compares every file with its digest in the seal. When one differs, removes the snapshot and returns -EBADMSG. */
int snapshot_verify(const struct setup *r, struct snapshot *s, struct err *err);

/*
 * The same by checksums (base/sum.h), which takes about 10 ms. It is done after every run, since damage by a bad disk or bad memory
 * changes no time stamp, and a machine with a changed byte may well run to its end, with other results.
 */
int snapshot_look(const struct setup *r, struct snapshot *s, struct err *err);

/*
 * Writes the devices' state to `to`, changed for a job whose shift is another than that of the boot. The shift is no part of the
 * state, but the clock's bias is; it is changed so that virtual time stays the same: time = bias + (icount << shift). (QEMU's
 * system/cpu-timers.c, vmstate "timer/icount": version u32, qemu_icount_bias i64, qemu_icount i64, big-endian.)
 */
int snapshot_state(const struct snapshot *s, unsigned boot_shift, unsigned job_shift, const char *to,
		   struct err *err);

/* Changes the bytes of such a state in place. Pure. -EBADMSG when they do not have the section. */
int state_patch_shift(char *state, size_t n, unsigned from, unsigned to, struct err *err);

#endif
