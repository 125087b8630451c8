/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host addresses of the nodes' memory. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_HOST_H
#define NUMARIG_PLUGIN_HOST_H

#include "plugin/trace.h"

/* The column of a host address, from where QEMU has mapped the nodes' files (looked up at the first call). */
uint8_t host_column(const void *host);
/* The guest-physical address of a host address; false when it is no memory of a node. */
bool host_physical(const void *host, uint64_t *physical);

#endif
