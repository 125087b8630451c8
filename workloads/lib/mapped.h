/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of what a waiter (lib/waiter.h) maps, and where it must lie. The metrics are RUN_KIND, for a
 * process that wl_maps() sent as RUN in the phase RUN. Host only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_MAPPED_H
#define NUMARIG_WORKLOADS_LIB_MAPPED_H

#include "workloads/workload.h"

/* clang-format off */
#define MAPPED_AT(phase, run, kind, source, which, what) \
	{ run "_" kind, "pages", source, which, NULL, phase, .about = what " (" run ")", .process = run }
#define MAPPED(run, kind, source, which, what) MAPPED_AT(run, run, kind, source, which, what)
#define MAPPED_TEXTS(run)                                                                  \
	MAPPED(run, "program", WL_MAPS_TEXT, "/bin/waiter", "the program's text"),         \
	MAPPED(run, "libc", WL_MAPS_TEXT, "/libc.so.6", "libc's text"),                    \
	MAPPED(run, "loader", WL_MAPS_TEXT, "/ld-linux-x86-64.so.2", "the loader's text"), \
	MAPPED(run, "text", WL_MAPS_TEXT, NULL, "all files' text"),                        \
	MAPPED(run, "file", WL_MAPS_FILE, NULL, "all page cache")
#define MAPPED_OWN(run)                                                                    \
	MAPPED(run, "heap", WL_MAPS_ANON, "[heap]", "heap"),                               \
	MAPPED(run, "stack", WL_MAPS_ANON, "[stack]", "stack"),                            \
	MAPPED(run, "data", WL_MAPS_ANON, "/bin/waiter", "the program's data"),            \
	MAPPED(run, "anon", WL_MAPS_ANON, NULL, "all anonymous pages and private copies")
/* Rows of wants: some pages of each kind, all of them on the node that the metric `node` names. */
#define MAPPED_WANT(run, kind, node) { run "_" kind, ">= 1", "only on " node }
#define MAPPED_WANT_TEXTS(run, node) \
	MAPPED_WANT(run, "program", node), MAPPED_WANT(run, "libc", node), MAPPED_WANT(run, "loader", node)
#define MAPPED_WANT_OWN(run, node)                                              \
	MAPPED_WANT(run, "heap", node), MAPPED_WANT(run, "stack", node),        \
	MAPPED_WANT(run, "data", node), MAPPED_WANT(run, "anon", node)
/* clang-format on */

#endif
