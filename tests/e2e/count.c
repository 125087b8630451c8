/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: count CASE:CPU:TEXT:DATA:DATA2[:OFFSET]...   runs cases of count_cases.S, each on that CPU, its code copied to a
 * page on node TEXT (from OFFSET on, the next page being on the next node), its data on node DATA and, from the second page
 * on, DATA2.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ul
/* clang-format off */
#define CASES(X) \
	X(nothing) X(load) X(store) X(misaligned) X(crossing) X(atomic) X(cmpxchg) X(rep_movsb) X(rep_stosq) \
	X(fxsave) X(fxrstor) X(vector) X(fault) X(faults) X(long) X(stack)
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

static char *pages_on(int first, int second)
{
	char *p =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

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

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char name[32];
		unsigned cpu, offset = 0;
		int text, data, data2;
		cpu_set_t set;
		size_t k = 0;

		if (sscanf(argv[i], "%31[^:]:%u:%d:%d:%d:%u", name, &cpu, &text, &data, &data2, &offset) < 5)
			return 2;
		while (k < sizeof(cases) / sizeof(cases[0]) && strcmp(cases[k].name, name) != 0)
			k++;
		if (k == sizeof(cases) / sizeof(cases[0]))
			return 2;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			die("sched_setaffinity");
		char *code = pages_on(text, !text), *area = pages_on(data, data2);
		memset(area, 0, PAGE);
		if (!strstr(name, "fault"))
			memset(area + PAGE, 0, PAGE);
		if (!strcmp(name, "fxrstor"))
			__asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
		memcpy(code + offset, cases[k].from, (size_t)(cases[k].to - cases[k].from));
		call(code + offset, argv[i], area);
	}
	return 0;
}
