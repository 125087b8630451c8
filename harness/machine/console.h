/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's kernel wrote to its console. */
#ifndef NUMARIG_MACHINE_CONSOLE_H
#define NUMARIG_MACHINE_CONSOLE_H

#define CONSOLE_MOST (16u << 20) /* bytes of a console log that are looked at */

/* The line of a kernel's panic in a console log, malloc'ed; NULL when there is none. */
char *console_panic(const char *path);

#endif
