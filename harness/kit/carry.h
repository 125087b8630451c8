/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packs a program of this machine's user, and all that it needs, for the guest. */
#ifndef NUMARIG_KIT_CARRY_H
#define NUMARIG_KIT_CARRY_H

#include "base/err.h"
#include "base/text.h"

struct carried {
	struct strlist command; /* the words of the command, as the guest runs it */
	char *library_path;	/* LD_LIBRARY_PATH of the guest; NULL: not needed */
};

/*
 * Writes a newc archive to `to`: the command and whatever of its words is a program of this machine (behind `numactl -m 1`, say),
 * each with its libraries; `files`; and the folder `cwd`. All get the paths that they have here. A command without a '/' that
 * the guest has itself is the guest's. -ENOENT: there is no such program; -EINVAL: one of `files` is no regular file.
 */
int carry(char **argv, const struct strlist *files, const char *cwd, const char *to, struct carried *out,
	  struct err *err);
void carried_free(struct carried *c);
#define auto_carried __attribute__((cleanup(carried_free)))

#endif
