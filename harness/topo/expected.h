/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest with a topology must show of it. */
#ifndef NUMARIG_TOPO_EXPECTED_H
#define NUMARIG_TOPO_EXPECTED_H

#include "topo/topo.h"

/* The distance that the guest must show: that of expect_guest, or, where the file has no expect_guest, that of distances. */
unsigned topo_expected_distance(const struct topo *t, unsigned from, unsigned to);

#endif
