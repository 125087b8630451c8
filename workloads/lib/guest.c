/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- where things are -------------------------------------------------------------------------------------------------- */
uint64_t wl_count_pages(struct wl *w, const void *p, size_t bytes, uint64_t count[WL_NODES])
{
	size_t pages = bytes / PAGE, step = 4096;
	void **at = malloc(step * sizeof(*at));
	int *status = malloc(step * sizeof(*status));
	uint64_t nowhere = 0;

	memset(count, 0, WL_NODES * sizeof(*count));
	if (!at || !status)
		wl_broken(w, "out of memory");
	for (size_t done = 0; done < pages; done += step) {
		size_t n = pages - done < step ? pages - done : step;

		for (size_t i = 0; i < n; i++)
			at[i] = (char *)(uintptr_t)p + (done + i) * PAGE;
		if (move_pages(0, n, at, NULL, status, 0))
			wl_broken(w, "move_pages: %s", strerror(errno));
		for (size_t i = 0; i < n; i++) {
			if (status[i] >= 0 && status[i] < WL_NODES)
				count[status[i]]++;
			else
				nowhere++;
		}
	}
	free(at);
	free(status);
	return nowhere;
}

void wl_place(struct wl *w, const char *metric, const void *p, size_t bytes)
{
	uint64_t count[WL_NODES];

	wl_count_pages(w, p, bytes, count);
	wl_values(w, metric, count);
}

void wl_add_nodes(const char *line, uint64_t count[WL_NODES])
{
	char *end;

	for (const char *at = line; (at = strstr(at, " N")); at = end) {
		unsigned long nid = strtoul(at + 2, &end, 10);

		if (*end == '=' && nid < WL_NODES)
			count[nid] += strtoull(end + 1, &end, 10);
	}
}

void wl_count_mapping(struct wl *w, const void *p, uint64_t count[WL_NODES])
{
	FILE *f = fopen("/proc/self/numa_maps", "re");
	char line[1024];
	bool found = false;

	memset(count, 0, WL_NODES * sizeof(*count));
	while (!found && f && fgets(line, sizeof(line), f)) {
		found = strtoull(line, NULL, 16) == (uintptr_t)p;
		if (found)
			wl_add_nodes(line, count);
	}
	if (!found)
		wl_broken(w, "/proc/self/numa_maps: has no mapping that starts at %p", p);
	fclose(f);
}

uint64_t wl_pfn(struct wl *w, const void *p)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)p / PAGE * 8)) != sizeof(entry))
		wl_broken(w, "/proc/self/pagemap: %s", strerror(errno));
	close(fd);
	if (!(entry >> 63))
		wl_broken(w, "the page at %p is not present", p);
	return entry & ((1ull << 55) - 1);
}

void wl_page_nodes(struct wl *w, const void *p, size_t pages, int *nid)
{
	void **at = malloc(pages * sizeof(*at));

	if (!at)
		wl_broken(w, "out of memory");
	for (size_t i = 0; i < pages; i++)
		at[i] = (char *)(uintptr_t)p + i * PAGE;
	if (move_pages(0, pages, at, NULL, nid, 0))
		wl_broken(w, "move_pages: %s", strerror(errno));
	for (size_t i = 0; i < pages; i++)
		if (nid[i] < 0)
			nid[i] = -1;
	free(at);
}

void wl_page_pfns(struct wl *w, const void *p, size_t pages, uint64_t *pfn)
{
	size_t bytes = pages * sizeof(*pfn);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || pread(fd, pfn, bytes, (off_t)((uintptr_t)p / PAGE * sizeof(*pfn))) != (ssize_t)bytes)
		wl_broken(w, "/proc/self/pagemap: %s", strerror(errno));
	close(fd);
	for (size_t i = 0; i < pages; i++)
		pfn[i] = pfn[i] >> 63 ? pfn[i] & ((1ull << 55) - 1) : 0;
}

int wl_cpu_node_far_from(struct wl *w, int other)
{
	int best = -1;
	unsigned most = 0;

	idset_foreach (nid, &w->cpu_nodes) {
		unsigned d = other < 0 ? 0 : w->distance[other][nid];

		if ((int)nid != other && (best < 0 || d > most)) {
			best = (int)nid;
			most = d;
		}
	}
	return best < 0 ? other : best;
}

unsigned wl_cpu_of(struct wl *w, int nid)
{
	unsigned cpu = nid >= 0 && nid < WL_NODES ? idset_next(&w->cpus[nid], 0) : IDSET_MAX;

	if (cpu == IDSET_MAX)
		wl_broken(w, "node %d has no CPU", nid);
	return cpu;
}

void wl_two_nodes(struct wl *w, int *near, int *far)
{
	unsigned most = 0;

	*near = *far = -1;
	idset_foreach (nid, &w->mem_nodes) {
		if (!idset_has(&w->cpu_nodes, nid))
			continue;
		if (*near < 0) {
			*near = (int)nid;
		} else if (w->distance[*near][nid] > most) {
			most = w->distance[*near][nid];
			*far = (int)nid;
		}
	}
	if (*far < 0)
		wl_skip(w, "needs two nodes that have CPUs and memory");
}

/* --- doing -------------------------------------------------------------------------------------------------------------- */
void wl_pin_cpus(struct wl *w, const struct idset *cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	idset_foreach (cpu, cpus) {
		CPU_SET(cpu, &set);
	}
	if (sched_setaffinity(0, sizeof(set), &set))
		wl_broken(w, "sched_setaffinity: %s", strerror(errno));
}

void wl_pin_cpu(struct wl *w, unsigned cpu)
{
	struct idset one = { 0 };

	idset_add(&one, cpu);
	wl_pin_cpus(w, &one);
}

void wl_pin_node(struct wl *w, int nid)
{
	wl_cpu_of(w, nid);
	wl_pin_cpus(w, &w->cpus[nid]);
}

void wl_unpin(struct wl *w)
{
	struct idset all = { 0 };

	idset_foreach (nid, &w->cpu_nodes) {
		idset_foreach (cpu, &w->cpus[nid]) {
			idset_add(&all, cpu);
		}
	}
	wl_pin_cpus(w, &all);
}

void *wl_map(struct wl *w, size_t bytes)
{
	char *p = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		wl_broken(w, "mmap of %zu bytes: %s", bytes, strerror(errno));
	/* cut off what is not aligned, so that the mapping is exactly what was asked for */
	size_t before = (HUGE - (uintptr_t)p % HUGE) % HUGE;
	if (before)
		munmap(p, before);
	munmap(p + before + bytes, HUGE - before);
	return p + before;
}

void *wl_map_shared(struct wl *w, size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		wl_broken(w, "mmap: %s", strerror(errno));
	return p;
}

void wl_unmap(void *p, size_t bytes)
{
	munmap(p, bytes);
}

void wl_touch(void *p, size_t bytes, uint64_t word)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		*(volatile uint64_t *)((char *)p + i) = word;
}

struct idset wl_one(int nid)
{
	struct idset s = { 0 };

	idset_add(&s, (unsigned)nid);
	return s;
}

void wl_mbind(struct wl *w, void *p, size_t bytes, int mode, const struct idset *nodes, unsigned flags)
{
	/* the kernel reads maxnode - 1 bits (mm/mempolicy.c, get_nodes) */
	if (mbind(p, bytes, mode, nodes ? (const unsigned long *)nodes->bits : NULL,
		  nodes ? IDSET_MAX + 1 : 0, flags))
		wl_broken(w, "mbind mode %d: %s", mode, strerror(errno));
}

void wl_mempolicy(struct wl *w, int mode, const struct idset *nodes)
{
	if (set_mempolicy(mode, nodes ? (const unsigned long *)nodes->bits : NULL, nodes ? IDSET_MAX + 1 : 0))
		wl_broken(w, "set_mempolicy mode %d: %s", mode, strerror(errno));
}

void wl_gather(struct wl *w, int nid)
{
	struct idset to = wl_one(nid);

	if (migrate_pages(0, IDSET_MAX + 1, (const unsigned long *)w->mem_nodes.bits,
			  (const unsigned long *)to.bits) < 0)
		wl_broken(w, "migrate_pages: %s", strerror(errno));
}

void wl_write(struct wl *w, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		wl_skip(w, "the kernel has no %s", path);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		wl_broken(w, "%s: writing \"%s\": %s", path, text, strerror(errno));
	close(fd);
}

void wl_read_text(struct wl *w, const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = -1;

	while (fd >= 0 && have < size - 1 && (n = read(fd, buf + have, size - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	buf[have] = 0;
	close(fd);
}

void wl_write_number(struct wl *w, const char *path, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	wl_write(w, path, text);
}

int64_t wl_read_number(struct wl *w, const char *path)
{
	char buf[64], *end;

	wl_read_text(w, path, buf, sizeof(buf));
	long long v = strtoll(buf, &end, 10);
	if (end == buf)
		wl_broken(w, "%s: \"%.20s\" is no number", path, buf);
	return v;
}

int64_t wl_node_meminfo(struct wl *w, int nid, const char *field)
{
	char path[64], buf[4096], key[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", nid);
	wl_read_text(w, path, buf, sizeof(buf));
	snprintf(key, sizeof(key), " %s:", field);
	const char *at = strstr(buf, key);
	if (!at)
		wl_broken(w, "%s: has no field %s", path, field);
	return strtoll(at + strlen(key), NULL, 10);
}

int64_t wl_node_numastat(struct wl *w, int nid, const char *counter)
{
	char path[64], buf[512];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/numastat", nid);
	wl_read_text(w, path, buf, sizeof(buf));
	const char *at = strstr(buf, counter);
	if (!at)
		wl_broken(w, "%s: has no counter %s", path, counter);
	return strtoll(at + strlen(counter), NULL, 10);
}

void wl_apart(struct wl *w, void (*f)(struct wl *w, const void *arg), const void *arg)
{
	pid_t pid = fork();
	int sig = 0;

	if (!pid) {
		f(w, arg);
		_exit(0);
	}
	if (pid < 0 || wl_wait(w, pid, &sig))
		wl_broken(w, "a process of the workload's failed: %s",
			  pid < 0 ? "fork"
			  : sig	  ? strsignal(sig)
				  : "exit code");
}

int wl_wait(struct wl *w, pid_t pid, int *sig)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			wl_broken(w, "waitpid: %s", strerror(errno));
	*sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return *sig ? -1 : WEXITSTATUS(status);
}

bool wl_kernel(struct wl *w, unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned has[3] = { 0 };

	if (uname(&u) || sscanf(u.release, "%u.%u", &has[0], &has[1]) != 2)
		wl_broken(w, "the kernel does not tell its version");
	return kernel_since(has, major, minor);
}

uint64_t wl_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void wl_sleep_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}
