/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration from the host. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_CONF_H
#define NUMARIG_PLUGIN_CONF_H

#include "plugin/trace.h"

/* Reads the host's configuration file. False, with a line on stderr, when it can't be read. */
bool conf_read(const char *path);

#endif
