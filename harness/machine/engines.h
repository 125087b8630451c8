/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which engine: what was asked for, or what works here. */
#ifndef NUMARIG_MACHINE_ENGINES_H
#define NUMARIG_MACHINE_ENGINES_H

#include "machine/setup.h"

/* Host seconds in which a KVM guest must have come to its agent: a working one takes 1 to 2. */
#define KVM_PROBE_S 15

/*
 * Sets r->engine from "exact" (NULL too), "fast", "kvm" or "auto". kvm is taken only after a real boot of this guest
 * under a deadline: a /dev/kvm that opens is no proof, some hang any kernel. The verdict is remembered until the host
 * boots again. auto: kvm where it works, else exact.
 */
int engine_choose(const char *asked, struct setup *r, struct err *err);

/* Why kvm works or not, for doctor; "" when it does. Probes when that is not known yet. */
int engine_kvm_verdict(struct setup *r, char *why, size_t size, struct err *err);

#endif
