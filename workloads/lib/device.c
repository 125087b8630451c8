/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"

#define DEVICES "/sys/bus/pci/devices"
#define DRIVER "/sys/bus/pci/drivers/ahci"
#define CLASS_AHCI 0x010601

/* AHCI 1.3.1: registers of the controller, and of a port. */
enum { REG_PORTS = 0x0c, PORT_FIRST = 0x100, PORT_STEP = 0x80, PORT_LIST = 0x00, PORT_LIST_HIGH = 0x04 };

static const char *file_of(const char *name, const char *file, char path[96])
{
	snprintf(path, 96, DEVICES "/%.15s/%s", name, file);
	return path;
}

static bool is_ahci(const char *name)
{
	char path[96], text[16] = "";
	auto_fclose FILE *f = fopen(file_of(name, "class", path), "re");

	return f && fgets(text, sizeof(text), f) && strtoul(text, NULL, 16) == CLASS_AHCI;
}

unsigned device_find(struct wl *w, struct device *v, unsigned most)
{
	struct dirent **names;
	unsigned n = 0;
	char path[96];
	int all = scandir(DEVICES, &names, NULL, alphasort);

	if (access(DRIVER, F_OK))
		wl_skip(w, "needs a kernel with CONFIG_SATA_AHCI built in");
	for (int i = 0; i < all; i++) {
		if (n < most && names[i]->d_name[0] != '.' && is_ahci(names[i]->d_name)) {
			snprintf(v[n].name, sizeof(v[n].name), "%.15s", names[i]->d_name);
			v[n].nid = (int)wl_read_number(w, file_of(v[n].name, "numa_node", path));
			n++;
		}
		free(names[i]);
	}
	if (all >= 0)
		free(names);
	return n;
}

void device_unbind(struct wl *w, const struct device *d)
{
	wl_write(w, DRIVER "/unbind", d->name);
}

void device_bind(struct wl *w, const struct device *d)
{
	wl_write(w, DRIVER "/bind", d->name);
}

void device_move(struct wl *w, const struct device *d, int nid)
{
	char path[96], text[16];

	snprintf(text, sizeof(text), "%d", nid);
	wl_write(w, file_of(d->name, "numa_node", path), text);
}

unsigned device_lists(struct wl *w, const struct device *d, uint64_t pfn[DEVICE_PORTS])
{
	char path[96];
	auto_close int fd = open(file_of(d->name, "resource5", path), O_RDONLY | O_SYNC | O_CLOEXEC);
	const volatile uint32_t *reg = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	unsigned n = 0;

	if (reg == MAP_FAILED)
		wl_broken(w, "%s: %s", path, strerror(errno));
	uint32_t ports = reg[REG_PORTS / 4];
	for (unsigned i = 0; i < DEVICE_PORTS; i++) {
		const volatile uint32_t *port = reg + (PORT_FIRST + i * PORT_STEP) / 4;

		if (ports >> i & 1)
			pfn[n++] = ((uint64_t)port[PORT_LIST_HIGH / 4] << 32 | port[PORT_LIST / 4]) >> 12;
	}
	munmap((void *)(uintptr_t)reg, 4096);
	return n;
}
