/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: count CASE:CPU:TEXT:TEXT2:DATA:DATA2:OFFSET...
 *
 * Runs cases of count_cases.S, each on that CPU. Its code is copied to CODE_AT + OFFSET, in a page of node TEXT, the one
 * behind it being of TEXT2; its data are at DATA_AT, a page of node DATA and one of DATA2. Both are regions of the access
 * trace. A case like the one before but for its CPU runs in the very pages of that one.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire/mark.h"

#define PAGE 4096ul
#define CODE_AT 0x10000000ul
#define DATA_AT 0x20000000ul
/* clang-format off */
#define CASES(X) \
	X(nothing) X(load) X(store) X(misaligned) X(crossing) X(atomic) X(cmpxchg) X(rep_movsb) X(rep_stosq) \
	X(fxsave) X(fxrstor) X(vector) X(fault) X(faults) X(refault) X(long) X(stack)
#define X(name) extern const char case_##name[], case_end_##name[];
CASES(X)
#undef X

static const struct {
	const char *name, *from, *to;
} cases[] = {
#define X(name) { #name, case_##name, case_end_##name },
	CASES(X)
#undef X
};
/* clang-format on */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void bind_page(char *page, int nid)
{
	unsigned long nodes = 1ul << nid;

	if (syscall(SYS_mbind, page, PAGE, 2 /* MPOL_BIND */, &nodes, 64, 0))
		die("mbind");
}

/* Two pages there, not touched. */
static char *pages_at(unsigned long at, int first, int second)
{
	char *p = mmap((void *)at, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	bind_page(p, first);
	bind_page(p + PAGE, second);
	return p;
}

static void call(const void *code, const char *name, char *data)
{
	register char *r8 __asm__("r8") = data;
	register char *r9 __asm__("r9") = data + PAGE;

	__asm__ volatile("call *%2"
			 : "+r"(r8), "+r"(r9)
			 : "r"(code), "D"(name)
			 : "rax", "rcx", "rdx", "rsi", "r10", "r11", "xmm0", "memory");
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static size_t find(const char *name)
{
	size_t k = 0;

	while (strcmp(cases[k].name, name) != 0)
		if (++k == sizeof(cases) / sizeof(cases[0]))
			exit(2);
	return k;
}

int main(int argc, char **argv)
{
	const char *before = "";

	MARK(MARK_REGION, "code", CODE_AT, 2 * PAGE);
	MARK(MARK_REGION, "data", DATA_AT, 2 * PAGE);
	for (int i = 1; i < argc; i++) {
		char name[32], *rest;
		unsigned cpu, offset;
		int text[2], data[2], n = 0;

		if (sscanf(argv[i], "%31[^:]:%u%n:%d:%d:%d:%d:%u", name, &cpu, &n, &text[0], &text[1],
			   &data[0], &data[1], &offset) < 7)
			return 2;
		rest = argv[i] + n;
		pin(cpu);
		if (strncmp(before, name, strlen(name)) || !strchr(before, ':') ||
		    strcmp(strchr(strchr(before, ':') + 1, ':'), rest)) {
			size_t k = find(name);
			char *code = pages_at(CODE_AT, text[0], text[1]);
			char *area = pages_at(DATA_AT, data[0], data[1]);

			memset(area, 0, PAGE);
			if (!strstr(name, "fault"))
				memset(area + PAGE, 0, PAGE);
			if (!strcmp(name, "fxrstor"))
				__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
			memcpy(code + offset, cases[k].from, (size_t)(cases[k].to - cases[k].from));
		}
		before = argv[i];
		call((char *)CODE_AT + offset, argv[i], (char *)DATA_AT);
	}
	return 0;
}
