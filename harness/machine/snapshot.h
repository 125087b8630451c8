/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine saved at its exact instant, in the cache: a file a piece of memory, the devices' state, the boot's records.
 *
 * Made once for each set of setup_inputs(), whoever asks first; others wait for it. Complete or not there (made in a
 * workspace, renamed). A shared lock keeps it while it is in use. The seal has each file's digest and, as a quick
 * look, inode, size and change time: what was written to since it was made is looked at byte by byte and, if it
 * differs, dropped and made anew.
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
	bool fresh;	  /* was made just now */
	uint64_t boot_ns; /* host time its boot took; 0 when it was there */
};

int snapshot_get(const struct setup *r, struct snapshot *out, struct err *err);
void snapshot_free(struct snapshot *s);
#define auto_snapshot __attribute__((cleanup(snapshot_free)))

/* Compares every byte with the seal; on a difference the snapshot is removed and -EBADMSG returned. */
int snapshot_verify(const struct setup *r, struct snapshot *s, struct err *err);

/*
 * The same by a checksum (base/sum.h), in some 10 ms: after every run from it, as stamps do not show what a bad disk or bad
 * memory did, and a machine with another byte may well pass, with another digest.
 */
int snapshot_look(const struct setup *r, struct snapshot *s, struct err *err);

/*
 * Writes the devices' state for the job's shift to `to`: a fixed shift is no part of the state, but the clock's bias
 * is, and has to give the same virtual time under the other one (QEMU's system/cpu-timers.c, vmstate "timer/icount":
 * version u32, qemu_icount_bias i64, qemu_icount i64, big-endian; time = bias + (icount << shift)).
 */
int snapshot_state(const struct snapshot *s, unsigned boot_shift, unsigned job_shift, const char *to,
		   struct err *err);

/* The same over bytes; pure. -EBADMSG when the section is not there. */
int state_patch_shift(char *state, size_t n, unsigned from, unsigned to, struct err *err);

#endif
