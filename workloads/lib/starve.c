/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/starve.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"

static void read_of(struct wl *w, pid_t pid, const char *file, char *buf, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n <= 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	buf[n] = 0;
}

void kthread_find(struct wl *w, const char *prefix, pid_t pid[WL_NODES])
{
	size_t len = strlen(prefix);
	DIR *d = opendir("/proc");
	struct dirent *e;
	char comm[32];

	memset(pid, 0, WL_NODES * sizeof(*pid));
	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		read_of(w, atoi(e->d_name), "comm", comm, sizeof(comm));
		int nid = atoi(comm + len);
		if (!strncmp(comm, prefix, len) && isdigit((unsigned char)comm[len]) && nid < WL_NODES)
			pid[nid] = atoi(e->d_name);
	}
	if (d)
		closedir(d);
	idset_foreach (nid, &w->mem_nodes) {
		if (!pid[nid])
			wl_broken(w, "there is no %s%u", prefix, nid);
	}
}

char kthread_state(struct wl *w, pid_t pid)
{
	char buf[512];

	read_of(w, pid, "stat", buf, sizeof(buf));
	const char *after = strrchr(buf, ')');
	return after && after[1] ? after[2] : '?';
}

int64_t kthread_runs(struct wl *w, pid_t pid)
{
	char buf[128];
	long long runs;

	if (access("/proc/self/schedstat", F_OK))
		wl_skip(w, "needs a kernel with CONFIG_SCHED_INFO (SCHEDSTATS or TASK_DELAY_ACCT)");
	/* on a CPU ns, waiting for one ns, how often */
	read_of(w, pid, "schedstat", buf, sizeof(buf));
	if (sscanf(buf, "%*u %*u %lld", &runs) != 1)
		wl_broken(w, "/proc/%d/schedstat: \"%.40s\"", (int)pid, buf);
	return runs;
}

void kthread_settle(struct wl *w, pid_t pid)
{
	int64_t runs = kthread_runs(w, pid), before;
	int n = 0;

	do {
		if (n++ > 40)
			wl_broken(w, "process %d does not come to rest", (int)pid);
		before = runs;
		wl_sleep_ms(250);
		runs = kthread_runs(w, pid);
	} while (runs != before);
}

/* Spins on the CPU at real-time priority; returns once it does. */
static pid_t hog_start(struct wl *w, unsigned cpu)
{
	struct sched_param first = { .sched_priority = 1 };
	int fd[2];
	char c;

	if (pipe(fd))
		wl_broken(w, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (!pid) {
		wl_pin_cpu(w, cpu);
		if (sched_setscheduler(0, SCHED_FIFO, &first))
			wl_broken(w, "sched_setscheduler: %s", strerror(errno));
		if (write(fd[1], "", 1) != 1)
			_exit(1);
		for (;;)
			__asm__ volatile(".rept 256\n\tnop\n\t.endr");
	}
	close(fd[1]);
	if (pid < 0 || read(fd[0], &c, 1) != 1)
		wl_broken(w, "no process that spins");
	close(fd[0]);
	return pid;
}

static void starve_on(struct wl *w, struct starve *s, pid_t thread, unsigned cpu)
{
	cpu_set_t one;

	*s = (struct starve){ .thread = thread, .fair_ns = -1 };
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_getaffinity(thread, sizeof(s->found), &s->found) ||
	    sched_setaffinity(thread, sizeof(one), &one))
		wl_broken(w, "sched_setaffinity of %d: %s", (int)thread, strerror(errno));
	/* real-time processes leave a CPU 5 % of each second, until they are told otherwise */
	s->rt_us = wl_read_number(w, RT_RUNTIME);
	wl_write_number(w, RT_RUNTIME, -1);
	/* and in later kernels (6.12 has it, 6.1 not) so does a deadline server for what they starve */
	snprintf(s->fair, sizeof(s->fair), "/sys/kernel/debug/sched/fair_server/cpu%u/runtime", cpu);
	if (!access(s->fair, F_OK)) {
		s->fair_ns = wl_read_number(w, s->fair);
		wl_write_number(w, s->fair, 0);
	}
}

void starve_start(struct wl *w, struct starve *s, pid_t thread, unsigned cpu)
{
	starve_on(w, s, thread, cpu);
	s->hog = hog_start(w, cpu);
}

void starve_by_self(struct wl *w, struct starve *s, pid_t thread, unsigned cpu)
{
	struct sched_param first = { .sched_priority = 1 };

	starve_on(w, s, thread, cpu);
	wl_pin_cpu(w, cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		wl_broken(w, "sched_setscheduler: %s", strerror(errno));
}

void starve_end(struct wl *w, struct starve *s)
{
	struct sched_param none = { 0 };
	int sig;

	if (s->hog) {
		kill(s->hog, SIGKILL);
		wl_wait(w, s->hog, &sig);
	} else if (sched_setscheduler(0, SCHED_OTHER, &none)) {
		wl_broken(w, "sched_setscheduler: %s", strerror(errno));
	}
	if (s->fair_ns >= 0)
		wl_write_number(w, s->fair, s->fair_ns);
	wl_write_number(w, RT_RUNTIME, s->rt_us);
	if (sched_setaffinity(s->thread, sizeof(s->found), &s->found))
		wl_broken(w, "sched_setaffinity of %d: %s", (int)s->thread, strerror(errno));
}
