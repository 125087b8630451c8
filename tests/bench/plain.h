/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people do today: `qemu-system-x86_64 -kernel bzImage -initrd initramfs` under plain TCG, all threads,
 * QEMU's default machine, CPU, firmware (SeaBIOS) and devices, the kernel's own command line but for its
 * console. Only the NUMA shape (-smp -m -object -numa), kernel and initramfs are ours, and the port the
 * agent's records leave by.
 */
#ifndef NUMARIG_BENCH_PLAIN_H
#define NUMARIG_BENCH_PLAIN_H

#include "machine/setup.h"

struct plain {
	uint64_t record_ns; /* from QEMU's start to the agent's first record: user space lives */
	uint64_t shell_ns;  /* to the prompt of a shell on the serial port */
};

/* The command line; `records` and `console` are files it writes. */
void plain_argv(const struct setup *r, const char *records, const char *console, struct strlist *argv);

/* Boots it, to the prompt, in the folder `dir`; nothing is left running. */
int plain_boot(const struct setup *r, const char *dir, struct plain *out, struct err *err);

#endif
