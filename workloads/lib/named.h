/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics of one kind for several things: WL_NAMED("libx", "home") is "libx_home", until the block ends. */
#ifndef NUMARIG_WORKLOADS_LIB_NAMED_H
#define NUMARIG_WORKLOADS_LIB_NAMED_H

#include <stdio.h>

#define WL_NAMED_SIZE 48
#define WL_NAMED(a, b) wl_named((char[WL_NAMED_SIZE]){ 0 }, a, b)

static inline const char *wl_named(char *buf, const char *a, const char *b)
{
	snprintf(buf, WL_NAMED_SIZE, "%s_%s", a, b);
	return buf;
}

#endif
