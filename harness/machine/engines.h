/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the engine: the one that was asked for, or one that works on this host. */
#ifndef NUMARIG_MACHINE_ENGINES_H
#define NUMARIG_MACHINE_ENGINES_H

#include "machine/setup.h"

/* Seconds of host time in which a KVM guest must start its agent; when KVM works, it takes 1 to 2. */
#define KVM_PROBE_S 15

/*
 * Sets r->engine to "exact" (also for NULL), "fast", "kvm", or for "auto" to kvm where it works, else exact. kvm is used only when
 * a boot of this guest under KVM succeeded within a deadline: on some hosts /dev/kvm can be opened and every kernel hangs. The
 * result of that boot is remembered until the host is rebooted.
 */
int engine_choose(const char *asked, struct setup *r, struct err *err);

/* For doctor: the reason why kvm does not work here, "" when it does. Boots a guest when this is not known yet. */
int engine_kvm_verdict(struct setup *r, char *why, size_t size, struct err *err);

#endif
