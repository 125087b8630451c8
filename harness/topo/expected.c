/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/expected.h"

unsigned topo_expected_distance(const struct topo *t, unsigned from, unsigned to)
{
	return t->expects_distance ? t->expect_distance[from][to] : t->distance[from][to];
}
