/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port I/O: no driver is needed, so any kernel will do. */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guests/agent/agent.h"

#define PAGE 4096

/* docs/specs/fw_cfg.rst of QEMU: all big-endian */
struct fwcfg_dma {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};

enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SELECT = 8 };

struct fwcfg_file {
	uint32_t size;
	uint16_t key, reserved;
	char name[56];
};

void port_open(void)
{
	if (iopl(3)) {
		fprintf(stderr, "numarig agent: no port I/O: the kernel needs CONFIG_X86_IOPL_IOPERM\n");
		_exit(1); /* PID 1 ends: the kernel panics and says so on its console */
	}
}

void port_bytes(const void *p, size_t n)
{
	outsb(PORT_RECORDS, p, n);
}

void port_watchdog(unsigned value)
{
	outb((unsigned char)value, PORT_WATCHDOG);
}

void port_watchdog_off(void)
{
	outb(0, 0x441);
}

void port_end(void)
{
	outb(EXIT_DONE, PORT_EXIT);
	for (;;) /* the exit is asynchronous */
		pause();
}

/* The physical address of a locked page of ours. */
static uint64_t physical(const void *p)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)p / PAGE * 8)) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & ((1ull << 55) - 1)) * PAGE : 0;
}

void fwcfg_open(struct fwcfg *f)
{
	f->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (f->page == MAP_FAILED || mlock(f->page, PAGE))
		abort();
	f->physical = physical(f->page);
}

/* One transfer of at most WINDOW bytes. Descriptor and data share the page: where one arrived, the other did. */
static int dma(struct fwcfg *f, uint32_t control, uint32_t n)
{
	volatile struct fwcfg_dma *desc = (volatile struct fwcfg_dma *)f->page;

	desc->control = htobe32(control);
	desc->length = htobe32(n);
	desc->address = htobe64(f->physical + sizeof(*desc));
	outl(htobe32((uint32_t)(f->physical >> 32)), PORT_FWCFG + 4);
	outl(htobe32((uint32_t)f->physical), PORT_FWCFG + 8);
	/* glibc's outl does not say that memory changes; the device wrote some */
	__asm__ volatile("" ::: "memory");
	return desc->control ? -1 : 0;
}

#define WINDOW (PAGE - (uint32_t)sizeof(struct fwcfg_dma))

static int dma_read(struct fwcfg *f, uint32_t key, char *to, size_t n)
{
	uint32_t control = key << 16 | DMA_SELECT | DMA_READ;

	while (n) {
		uint32_t part = n < WINDOW ? (uint32_t)n : WINDOW;

		if (dma(f, control, part)) {
			/* compaction may have moved the page since (mlock does not hinder it) */
			f->physical = physical(f->page);
			if (!f->physical || dma(f, control, part))
				return -1;
		}
		memcpy(to, f->page + sizeof(struct fwcfg_dma), part);
		to += part;
		n -= part;
		control = DMA_READ;
	}
	return 0;
}

char *fwcfg_read(struct fwcfg *f, const char *name, size_t *n)
{
	uint32_t count;
	struct fwcfg_file *dir, *e;
	char *data = NULL;

	if (dma_read(f, 0x19, (char *)&count, sizeof(count))) /* FW_CFG_FILE_DIR */
		return NULL;
	count = be32toh(count);
	if (count > 4096)
		return NULL;
	dir = malloc(sizeof(count) + count * sizeof(*dir));
	if (!dir || dma_read(f, 0x19, (char *)dir, sizeof(count) + count * sizeof(*dir))) {
		free(dir);
		return NULL;
	}
	e = (struct fwcfg_file *)((char *)dir + sizeof(count));
	for (uint32_t i = 0; i < count; i++, e++) {
		if (strncmp(e->name, name, sizeof(e->name)) != 0)
			continue;
		*n = be32toh(e->size);
		data = malloc(*n + 1);
		if (data && dma_read(f, be16toh(e->key), data, *n)) {
			free(data);
			data = NULL;
		}
		if (data)
			data[*n] = 0;
		break;
	}
	free(dir);
	return data;
}
