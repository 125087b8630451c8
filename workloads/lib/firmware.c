/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/kmsg.h"

#define TABLES "/sys/firmware/acpi/tables/"

/* ACPI 6.5, 5.2.16 and 5.2.17: sizes of the headers, types of SRAT entries, flags of a memory range. */
enum { SRAT_HEADER = 48, SLIT_HEADER = 44 };
enum { SRAT_CPU, SRAT_MEMORY, SRAT_X2APIC };
enum { SRAT_ENABLED = 1, SRAT_HOTPLUG = 2 };

static uint64_t number(const uint8_t *p, unsigned bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | p[bytes];
	return n;
}

static size_t read_table(const char *path, uint8_t *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t used = 0;

	while (fd >= 0 && (n = read(fd, buf + used, size - used)) > 0)
		used += (size_t)n;
	if (fd >= 0)
		close(fd);
	return used;
}

static void add_cpu(struct firmware *f, uint64_t domain, uint64_t apic)
{
	f->cpu[f->cpus].domain = (unsigned)domain;
	f->cpu[f->cpus++].apic = (unsigned)apic;
}

static void add_range(struct firmware *f, const uint8_t *e)
{
	uint64_t base = number(e + 8, 8), bytes = number(e + 16, 8);
	unsigned i = f->ranges++;

	f->range[i].domain = (unsigned)number(e + 2, 4);
	f->range[i].from = base / PAGE;
	f->range[i].to = (base + bytes) / PAGE;
	f->range[i].later = number(e + 28, 4) & SRAT_HOTPLUG;
}

static void read_srat(struct wl *w, struct firmware *f)
{
	uint8_t t[65536];
	size_t n = read_table(TABLES "SRAT", t, sizeof(t));

	if (n <= SRAT_HEADER)
		wl_skip(w, "the firmware has no SRAT");
	for (size_t at = SRAT_HEADER; at + 2 <= n && t[at + 1] && at + t[at + 1] <= n; at += t[at + 1]) {
		const uint8_t *e = t + at;

		if (f->cpus == IDSET_MAX || f->ranges == sizeof(f->range) / sizeof(f->range[0]))
			wl_broken(w, "SRAT: too many entries");
		if (e[0] == SRAT_CPU && number(e + 4, 4) & SRAT_ENABLED)
			add_cpu(f, e[2] | number(e + 9, 3) << 8, e[3]);
		else if (e[0] == SRAT_X2APIC && number(e + 12, 4) & SRAT_ENABLED)
			add_cpu(f, number(e + 4, 4), number(e + 8, 4));
		else if (e[0] == SRAT_MEMORY && number(e + 28, 4) & SRAT_ENABLED)
			add_range(f, e);
	}
}

/* One that says 10 elsewhere than on its diagonal is ignored as a whole (drivers/acpi/numa/srat.c, slit_valid). */
static void read_slit(struct wl *w, struct firmware *f)
{
	uint8_t t[65536];
	size_t n = read_table(TABLES "SLIT", t, sizeof(t));
	size_t domains = n > SLIT_HEADER ? number(t + 36, 8) : 0;

	if (domains > WL_NODES || (domains && SLIT_HEADER + domains * domains != n))
		wl_broken(w, "SLIT: %zu bytes for %zu domains", n, domains);
	f->domains = (unsigned)domains;
	for (size_t from = 0; from < domains; from++) {
		for (size_t to = 0; to < domains; to++) {
			uint8_t d = t[SLIT_HEADER + from * domains + to];

			f->slit[from][to] = d;
			if (from == to ? d != 10 : d <= 10)
				f->domains = 0;
		}
	}
}

static void read_apic_ids(struct wl *w, struct firmware *f)
{
	auto_fclose FILE *in = fopen("/proc/cpuinfo", "re");
	unsigned cpu = IDSET_MAX, id, seen = 0;
	char line[4096];

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "processor : %u", &id) == 1)
			cpu = id;
		if (sscanf(line, "apicid : %u", &id) == 1 && cpu < IDSET_MAX) {
			f->apic[cpu] = id;
			seen++;
		}
	}
	if (!seen)
		wl_broken(w, "/proc/cpuinfo: tells no APIC id");
}

void firmware_read(struct wl *w, struct firmware *f)
{
	memset(f, 0, sizeof(*f));
	read_srat(w, f);
	read_slit(w, f);
	read_apic_ids(w, f);
}

int firmware_frame_domain(const struct firmware *f, uint64_t pfn)
{
	for (unsigned i = 0; i < f->ranges; i++)
		if (pfn >= f->range[i].from && pfn < f->range[i].to && !f->range[i].later)
			return (int)f->range[i].domain;
	return -1;
}

int firmware_cpu_domain(const struct firmware *f, unsigned cpu)
{
	for (unsigned i = 0; i < f->cpus; i++)
		if (cpu < IDSET_MAX && f->cpu[i].apic == f->apic[cpu])
			return (int)f->cpu[i].domain;
	return -1;
}

int firmware_node_domain(struct wl *w, const struct firmware *f, int nid)
{
	struct idset one = wl_one(nid);
	int domain;

	if (!idset_has(&w->mem_nodes, (unsigned)nid))
		return firmware_cpu_domain(f, wl_cpu_of(w, nid));
	char *area = wl_map(w, PAGE);
	wl_mbind(w, area, PAGE, MPOL_BIND, &one, 0);
	wl_touch(area, PAGE, 1);
	domain = firmware_frame_domain(f, wl_pfn(w, area));
	wl_unmap(area, PAGE);
	/* a DIMM's page: the SRAT has its room in one domain, whatever slots lie there */
	if (domain < 0 && idset_has(&w->cpu_nodes, (unsigned)nid))
		domain = firmware_cpu_domain(f, wl_cpu_of(w, nid));
	return domain;
}

unsigned firmware_distance(const struct firmware *f, unsigned from, unsigned to)
{
	if (from < f->domains && to < f->domains)
		return f->slit[from][to];
	return from == to ? 10 : 20;
}

uint64_t firmware_pages(const struct firmware *f, unsigned domain)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < f->ranges; i++)
		if (f->range[i].domain == domain && !f->range[i].later)
			pages += f->range[i].to - f->range[i].from;
	return pages;
}

/* "00100000-3ffdefff : System RAM"; what lies in RAM is indented (kernel/resource.c, r_show). Whole pages only. */
uint64_t firmware_usable(struct wl *w, const struct firmware *f, unsigned domain)
{
	FILE *iomem = fopen("/proc/iomem", "re");
	uint64_t pages = 0;
	char line[256];

	if (!iomem)
		wl_broken(w, "/proc/iomem: %s", strerror(errno));
	while (fgets(line, sizeof(line), iomem)) {
		unsigned long from, to;

		if (*line == ' ' || !strstr(line, " : System RAM") ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		from = (from + PAGE - 1) / PAGE;
		to = (to + 1) / PAGE;
		for (unsigned i = 0; i < f->ranges; i++) {
			uint64_t first = from > f->range[i].from ? from : f->range[i].from;
			uint64_t end = to < f->range[i].to ? to : f->range[i].to;

			if (f->range[i].domain == domain && !f->range[i].later && first < end)
				pages += end - first;
		}
	}
	fclose(iomem);
	return pages;
}

static bool read_line(const char *path, char *text, size_t size)
{
	size_t n = read_table(path, (uint8_t *)text, size - 1);

	text[n] = 0;
	return n;
}

uint64_t firmware_added(const struct firmware *f, int nid)
{
	unsigned long block = 0;
	uint64_t pages = 0;
	char path[96], text[32];

	if (!read_line("/sys/devices/system/memory/block_size_bytes", text, sizeof(text)) ||
	    sscanf(text, "%lx", &block) != 1 || block < PAGE)
		return 0;
	block /= PAGE;
	for (unsigned i = 0; i < f->ranges; i++) {
		for (uint64_t b = f->range[i].from / block; f->range[i].later && b < f->range[i].to / block;
		     b++) {
			snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/memory%llu/state", nid,
				 (unsigned long long)b);
			if (read_line(path, text, sizeof(text)) && !strcmp(text, "online\n"))
				pages += block;
		}
	}
	return pages;
}

struct logged {
	const int *domain;
	uint64_t *pages;
};

/* "ACPI: SRAT: Node 0 PXM 0 [mem 0x00100000-0x0fffffff]", of memory that may come later with " hotplug" behind */
static void add_logged(struct wl *w, const char *line, void *arg)
{
	struct logged *s = arg;
	unsigned long from, to;
	unsigned nid, domain;
	(void)w;

	if (sscanf(line, "ACPI: SRAT: Node %u PXM %u [mem %lx-%lx]", &nid, &domain, &from, &to) == 4 &&
	    nid < WL_NODES && (int)domain == s->domain[nid] && !strstr(line, "hotplug"))
		s->pages[nid] += (to + 1 - from) / PAGE;
}

void firmware_logged(struct wl *w, const int domain[WL_NODES], uint64_t pages[WL_NODES])
{
	memset(pages, 0, WL_NODES * sizeof(*pages));
	kmsg_lines(w, add_logged, &(struct logged){ domain, pages });
}
