/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose pages are examined: it uses text of several pages, two libraries, heap, stack and data. It prints "ready" and
 * waits until its standard input ends.
 *
 *	waiter [ROUNDS LIBRARY...]
 *
 * First it executes the text of the libraries (lib/steps.c) and some of its own, so many times. It prints a number, so
 * that it has pages of libc's text that a smaller program (holder.c) has not.
 *
 * For the access trace it names the text of each object, before it executes the libraries'. All of it is "text" as well.
 *
 * It writes to every page of every writable mapping of a file, its own and its libraries', so that each of
 * them is wholly the process's copy: numa_maps does not tell copies and page cache apart within one mapping.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/mark.h"

#define PAGE 4096
#define PAGES 8
#define LIBRARIES 4

static unsigned char data[PAGES * PAGE] = { 1 };
static unsigned char bss[PAGES * PAGE];

/* Each in a page of its own. */
#define OWN_PAGE __attribute__((noinline, aligned(PAGE)))

OWN_PAGE static unsigned fill(unsigned char *p, unsigned seed)
{
	for (size_t i = 0; i < PAGES * PAGE; i += PAGE / 4)
		p[i] = (unsigned char)(seed = seed * 1103515245 + 12345);
	return seed;
}

OWN_PAGE static unsigned sum(const unsigned char *p)
{
	unsigned s = 0;

	for (size_t i = 0; i < PAGES * PAGE; i += PAGE / 4)
		s = s * 31 + p[i];
	return s;
}

OWN_PAGE static unsigned on_stack(unsigned seed)
{
	unsigned char local[PAGES * PAGE];

	fill(local, seed);
	return sum(local);
}

/* The writable pages of one object, without those that the loader has made read-only again (written by it,
 * too). */
OWN_PAGE static int write_object(struct dl_phdr_info *object, size_t size, void *unused)
{
	uintptr_t from = 0, to = 0, readonly_end = 0;
	(void)size;
	(void)unused;

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		uintptr_t end = object->dlpi_addr + h->p_vaddr + h->p_memsz;

		if (h->p_type == PT_GNU_RELRO)
			readonly_end = end & ~(uintptr_t)(PAGE - 1);
		if (h->p_type == PT_LOAD && h->p_flags & PF_W) {
			from = object->dlpi_addr + h->p_vaddr;
			to = end;
		}
	}
	for (uintptr_t p = from > readonly_end ? from : readonly_end; p < to; p = (p | (PAGE - 1)) + 1)
		*(volatile unsigned char *)p += 0;
	return 0;
}

/* "/lib/libx.so" is "libx", the program itself "program". */
OWN_PAGE static int name_text(struct dl_phdr_info *object, size_t size, void *unused)
{
	const char *base = strrchr(object->dlpi_name, '/');
	char name[MARK_NAME_MAX + 1] = "program";
	(void)size;
	(void)unused;

	if (*object->dlpi_name)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(base ? base + 1 : object->dlpi_name, "."),
			 base ? base + 1 : object->dlpi_name);
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + h->p_vaddr;

		if (h->p_type != PT_LOAD || !(h->p_flags & PF_X))
			continue;
		MARK(MARK_REGION, name, from, h->p_memsz);
		MARK(MARK_REGION, "text", from, h->p_memsz);
	}
	return 0;
}

OWN_PAGE static int walk_libraries(unsigned rounds, int n, char **names)
{
	unsigned (*walk[LIBRARIES])(unsigned), x = 1;

	for (int i = 0; i < n; i++) {
		void *library = i < LIBRARIES ? dlopen(names[i], RTLD_NOW) : NULL;

		if (!library || !(*(void **)&walk[i] = dlsym(library, "walk")))
			return -1;
	}
	dl_iterate_phdr(name_text, NULL);
	while (rounds--) {
		for (int i = 0; i < n; i++)
			x = walk[i](x);
		data[rounds % PAGES * PAGE] = (unsigned char)(x + sum(bss));
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char *heap = malloc(PAGES * PAGE);
	char c;

	if (!heap || (argc > 2 && walk_libraries((unsigned)atoi(argv[1]), argc - 2, argv + 2)))
		return 1;
	if (argc <= 2)
		dl_iterate_phdr(name_text, NULL);
	unsigned s = fill(data, 1) + fill(bss, 2) + fill(heap, 3) + on_stack(4);
	snprintf((char *)heap, PAGE, "%.3f", s / 3.0);
	dl_iterate_phdr(write_object, NULL);
	if (write(1, s ? "ready\n" : "READY\n", 6) != 6)
		return 1;
	return read(0, &c, 1) ? 1 : sum(heap) == sum(bss);
}
