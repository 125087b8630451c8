/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in a guest, one kind a name: `fault KIND [WORD...]`. Built static by the scripts beside it. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

#define PORT_RECORDS 0xe9 /* harness/wire/job.h */

static int kind_code(int argc, char **argv)
{
	return argc ? atoi(argv[0]) : 0;
}

static int kind_signal(int argc, char **argv)
{
	raise(argc ? atoi(argv[0]) : SIGSEGV);
	return 1;
}

/* Its words as they came, each in brackets. */
static int kind_args(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("%d [%s]\n", i, argv[i]);
	return 0;
}

/*
 * Every CPU taken for good, at a priority above the agent's and without the share the kernel keeps for others: what
 * a hung kernel looks like from outside. (A cli of a user's program is ignored since Linux 5.5.)
 */
static int kind_hang(int argc, char **argv)
{
	struct sched_param most = { .sched_priority = 99 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	FILE *f = fopen("/proc/sys/kernel/sched_rt_runtime_us", "w");
	cpu_set_t one;

	(void)argc;
	(void)argv;
	if (!f || fputs("-1", f) < 0 || fclose(f) || sched_setscheduler(0, SCHED_FIFO, &most))
		return 2;
	for (long cpu = cpus - 1; cpu >= 0; cpu--) {
		if (cpu && fork())
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			return 3;
		for (;;)
			__asm__ volatile("");
	}
	return 4;
}

/* Words of its own between the agent's frames. */
static int kind_garbage(int argc, char **argv)
{
	const char *words = argc ? argv[0] : "NRG file 0 0 garbage\n";

	if (ioperm(PORT_RECORDS, 1, 1))
		return 2;
	for (; *words; words++)
		outb((unsigned char)*words, PORT_RECORDS);
	return 0;
}

static int kind_forks(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (;;)
		if (fork() < 0)
			sched_yield();
	return 0;
}

/* Touches so many MiB, a byte a page, then waits so many virtual seconds. */
static int kind_touch(int argc, char **argv)
{
	size_t bytes = argc ? (size_t)atoi(argv[0]) << 20 : 1 << 20;
	volatile char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
	sleep(argc > 1 ? (unsigned)atoi(argv[1]) : 0);
	return 0;
}

/* Ends, and leaves a child that keeps its output open. */
static int kind_orphan(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (!fork())
		sleep(100000);
	puts("left a child");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} kinds[] = {
	{ "code", kind_code },	 { "signal", kind_signal },   { "args", kind_args },
	{ "hang", kind_hang },	 { "garbage", kind_garbage }, { "forks", kind_forks },
	{ "touch", kind_touch }, { "orphan", kind_orphan },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, argv[1]))
			return kinds[i].run(argc - 2, argv + 2);
	fprintf(stderr, "fault: no such kind\n");
	return 64;
}
