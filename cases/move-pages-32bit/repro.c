/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A 64-bit program may make 32-bit system calls, which end in SIGSEGV on a kernel without them. */
#include "repro.h"

struct low {
	uint32_t pages[1024]; /* zeroes behind the 64 */
	int status[64];
};

static void no_such_call(int signal)
{
	(void)signal;
	CANNOT("no 32-bit system calls (CONFIG_IA32_EMULATION)");
}

int main(void)
{
	char *p =
		mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct low *l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r;
	int right = 0;

	MUST(p == MAP_FAILED || l == MAP_FAILED ? -1 : 0);
	MUST(bind_area(p, 32 * PAGE, MPOL_BIND, 1, 0));
	MUST(bind_area(p + 32 * PAGE, 32 * PAGE, MPOL_BIND, 2, 0));
	memset(p, 1, 64 * PAGE);
	for (int i = 0; i < 64; i++) {
		l->pages[i] = (uint32_t)(uintptr_t)(p + i * PAGE);
		l->status[i] = -999;
		right += node_of(p + i * PAGE) == i / 32;
	}
	value("placed", "%d", right);
	right = 0;
	signal(SIGSEGV, no_such_call);
	__asm__ volatile("push %%rbp; mov $0, %%ebp; int $0x80; pop %%rbp"
			 : "=a"(r)
			 : "a"(317), "b"(0), "c"(64), "d"((uint32_t)(uintptr_t)l->pages), "S"(0),
			   "D"((uint32_t)(uintptr_t)l->status)
			 : "memory", "r8", "r9", "r10", "r11");
	signal(SIGSEGV, SIG_DFL);
	if (r == -ENOSYS)
		no_such_call(0);
	value("returned", "%ld", r);
	for (int i = 0; i < 64; i++)
		right += l->status[i] == i / 32;
	value("right", "%d", right);
	value("first", "%d", l->status[0]);
	value("seventeenth", "%d", l->status[16]);
	value("last", "%d", l->status[63]);
	return 0;
}
