/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/busy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

pid_t busy_start(struct busy *b)
{
	pid_t pid = b->n < BUSY_MAX ? fork() : -1;

	if (pid < 0)
		wl_broken(b->w, "busy task %u: %s", b->n, b->n < BUSY_MAX ? strerror(errno) : "too many");
	if (pid)
		b->pid[b->n++] = pid;
	return pid;
}

void busy_spin(void)
{
	for (;;)
		__asm__ volatile(".rept 256\n\tnop\n\t.endr");
}

void busy_end(struct busy *b, unsigned n)
{
	int sig;

	while (b->n > n) {
		pid_t pid = b->pid[--b->n];

		kill(pid, SIGKILL);
		wl_wait(b->w, pid, &sig);
	}
}

/* Field 39 of /proc/PID/stat, counted from behind the name. */
unsigned busy_cpu(struct busy *b, unsigned i)
{
	char path[64], text[1024] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)b->pid[i]);
	auto_fclose FILE *f = fopen(path, "re");
	char *p = f && fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	for (unsigned field = 2; p && field < 39; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		wl_broken(b->w, "%s: tells no CPU", path);
	return (unsigned)strtoul(p, NULL, 10);
}
