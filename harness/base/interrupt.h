/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT and SIGTERM as a fact that waits look at, so that everything is given back on the way out.
 * Every wait of this program ends with -EINTR once interrupted() is true; nothing restarts after it.
 */
#ifndef NUMARIG_BASE_INTERRUPT_H
#define NUMARIG_BASE_INTERRUPT_H

#include <stdint.h>

#include "base/err.h"

/* Installs the handlers (without SA_RESTART). Once, from main. SIGPIPE is ignored. */
void interrupt_install(void);
/* The signal's number, or 0. */
int interrupted(void);
/* err_set(err, -EINTR, "interrupted by SIGINT") when interrupted, else 0. */
int interrupt_check(struct err *err);

/* Host time for deadlines and progress only: never reaches the guest or a digest. */
uint64_t host_ns(void);

#endif
