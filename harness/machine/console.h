/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest's kernel wrote to its console. */
#ifndef NUMARIG_MACHINE_CONSOLE_H
#define NUMARIG_MACHINE_CONSOLE_H

#define CONSOLE_MOST (16u << 20) /* the most bytes of a console log that are read */

/* The line of a console log with the kernel's panic, malloc'ed; NULL when there is none. */
char *console_panic(const char *path);

#endif
