/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The versions of the distribution's packages that a run's inputs come from: QEMU and its firmware, and what the guest's programs
 * are made of. Digests say that two hosts differ, these say in what.
 */
#ifndef NUMARIG_KIT_PACKAGES_H
#define NUMARIG_KIT_PACKAGES_H

#include "base/json.h"

/* dpkg's own (dpkg(1), FILES) */
#define PACKAGES_STATUS "/var/lib/dpkg/status"

/*
 * {"libc6": "2.36-9+deb12u13", ...} of those that are installed, by dpkg's status file. NULL where the file cannot be read, as on a
 * host without dpkg: nothing is known of its packages then. New reference.
 */
json_t *packages_read(const char *status);

#endif
