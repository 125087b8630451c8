/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the programs of cases: what most of them do. `numarig repro` compiles with this folder in the include path, so a case
 * of yours has it from anywhere. Nothing here is needed: a program that prints "NAME VALUE" lines and ends with 0 will do.
 *
 *	value("status", "%d", status)	a line that the case's rules see
 *	CANNOT("no such file: %s", f)	ends with 77: it can't be tried here
 *	MUST(call)			the call's result; -1 ends the program with the call's text and errno
 */
#ifndef NUMARIG_CASES_REPRO_H
#define NUMARIG_CASES_REPRO_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KIB (1024ul)
#define MIB (1024ul * 1024)
#define PAGE 4096ul
#define HUGE (2 * MIB)
#ifndef MPOL_F_STATIC_NODES
#define MPOL_F_STATIC_NODES (1 << 15) /* include/uapi/linux/mempolicy.h; libnuma's header has it not */
#endif
#define UNUSED_OK __attribute__((unused))

UNUSED_OK __attribute__((format(printf, 2, 3))) static void value(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("%s ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

#define CANNOT(...)                           \
	do {                                  \
		fprintf(stderr, __VA_ARGS__); \
		fprintf(stderr, "\n");        \
		exit(77);                     \
	} while (0)

#define MUST(call)                                                           \
	({                                                                   \
		long must_ = (long)(call);                                   \
		if (must_ == -1) {                                           \
			fprintf(stderr, "%s: %s\n", #call, strerror(errno)); \
			exit(3);                                             \
		}                                                            \
		must_;                                                       \
	})

/* --- where things are ------------------------------------------------------------------------------------------------ */
/* Runs on this CPU from now on. */
UNUSED_OK static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

/* Runs on the first CPU of a node. */
UNUSED_OK static void on_node(int nid)
{
	char path[96];
	int cpu = -1;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", nid);
	FILE *f = fopen(path, "r");
	if (!f || fscanf(f, "%d", &cpu) != 1)
		CANNOT("node %d has no CPU", nid);
	fclose(f);
	on_cpu(cpu);
}

/* Anonymous memory at a multiple of `align`, not touched. */
UNUSED_OK static char *area(size_t bytes, size_t align)
{
	char *p = mmap(NULL, bytes + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
}

/* The node of a page, or -errno: -2 for one that is not there. Not by move_pages' own word on untouched ones. */
UNUSED_OK static int node_of(const void *p)
{
	void *page = (void *)((uintptr_t)p & ~(PAGE - 1));
	int status = -1;

	MUST(move_pages(0, 1, &page, NULL, &status, 0));
	return status;
}

/* How many pages of [p, p + bytes) are on each node; returns how many are on none. */
UNUSED_OK static unsigned long count_nodes(const char *p, size_t bytes, unsigned long *on, unsigned nodes)
{
	unsigned long none = 0;

	memset(on, 0, nodes * sizeof(*on));
	for (size_t i = 0; i < bytes; i += PAGE) {
		int nid = node_of(p + i);

		if (nid < 0 || nid >= (int)nodes)
			none++;
		else
			on[nid]++;
	}
	return none;
}

/* --- policies: by the system call, whose masks libnuma makes too short on some machines ------------------------------ */
UNUSED_OK static long bind_area(void *p, size_t bytes, int mode, unsigned long mask, unsigned flags)
{
	return syscall(SYS_mbind, p, bytes, mode, &mask, 64ul, flags);
}

UNUSED_OK static long bind_task(int mode, unsigned long mask)
{
	return syscall(SYS_set_mempolicy, mode, mask ? &mask : NULL, mask ? 64ul : 0ul);
}

/* --- files of the kernel --------------------------------------------------------------------------------------------- */
/* 0, or -errno. */
UNUSED_OK static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* The file's text in a buffer that the next call takes again; NULL when it can't be read. */
UNUSED_OK static char *get(const char *path)
{
	static char text[1 << 18];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	while (used < sizeof(text) - 1 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	text[used] = 0;
	return text;
}

/* The number behind a word in a file, as in "Node 0 SUnreclaim:   1234 kB"; -1 when it is not there. */
UNUSED_OK static long long number_in(const char *path, const char *word)
{
	const char *text = get(path), *at = text ? strstr(text, word) : NULL;
	long long n;

	return at && sscanf(at + strlen(word), "%*[ :\t]%lld", &n) == 1 ? n : -1;
}

/* AnonHugePages of the area that holds p, in KiB. */
UNUSED_OK static long huge_kib(const void *p)
{
	const char *text = get("/proc/self/smaps");
	unsigned long from = 0, to = 0;
	long kib;

	for (const char *l = text; l && *l; l = strchr(l, '\n') ? strchr(l, '\n') + 1 : NULL) {
		unsigned long a, b;

		if (sscanf(l, "%lx-%lx ", &a, &b) == 2) {
			from = a;
			to = b;
		}
		if ((uintptr_t)p >= from && (uintptr_t)p < to &&
		    sscanf(l, "AnonHugePages: %ld kB", &kib) == 1)
			return kib;
	}
	return -1;
}

/* The last place in the kernel's log with these words; NULL. */
UNUSED_OK static const char *in_log(const char *words)
{
	static char log[1 << 20];
	long n = syscall(SYS_syslog, 3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);
	const char *at = NULL;

	log[n > 0 ? n : 0] = 0;
	for (const char *s = strstr(log, words); s; s = strstr(s + 1, words))
		at = s;
	return at;
}

/* Reports as a value the last line of the kernel log that has these words, from the words on; nothing when no line has them. */
UNUSED_OK static void log_line_value(const char *name, const char *words)
{
	const char *at = in_log(words);

	if (at)
		value(name, "%.*s", (int)strcspn(at, "\n"), at);
}

/* Reports as a value what follows these words in that line, up to a comma. */
UNUSED_OK static void log_word_value(const char *name, const char *words)
{
	const char *at = in_log(words);

	if (at)
		value(name, "%.*s", (int)strcspn(at + strlen(words), ",\n"), at + strlen(words));
}

#endif
