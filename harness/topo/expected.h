/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest of a topology must show. */
#ifndef NUMARIG_TOPO_EXPECTED_H
#define NUMARIG_TOPO_EXPECTED_H

#include "topo/topo.h"

/* Distance the guest must show: the file's, or what expect_guest says instead. */
unsigned topo_expected_distance(const struct topo *t, unsigned from, unsigned to);

/* Appends what a guest must show, as text: ids are the file's. tests/topologies/expected/NAME.sysfs holds it. */
void topo_expected_sysfs(const struct topo *t, struct text *out);

#endif
