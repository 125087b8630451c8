/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU does with memory-backend-memfd,hugetlb=on,prealloc=on,host-nodes=...,policy=..., for each policy in a process. */
#include "repro.h"

#define PAGES 32

/* In the child: what became of it, as text for the parent. */
static void place(int out, int mode, unsigned long mask)
{
	size_t n = PAGES * HUGE;
	int on[2] = { 0 };
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (p == MAP_FAILED) {
		dprintf(out, "mmap errno %d", errno);
		return;
	}
	if (bind_area(p, n, mode, mask, MPOL_MF_STRICT | MPOL_MF_MOVE)) {
		dprintf(out, "mbind errno %d", errno);
		return;
	}
	for (size_t i = 0; i < n; i += HUGE)
		p[i] = 1;
	for (size_t i = 0; i < n; i += HUGE)
		on[node_of(p + i) == 1]++;
	dprintf(out, "%d/%d", on[0], on[1]);
}

static void try(const char *name, int mode, unsigned long mask)
{
	char text[64] = "";
	int out[2], status;

	MUST(pipe(out));
	pid_t pid = MUST(fork());
	if (!pid) {
		place(out[1], mode, mask);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	close(out[1]);
	MUST(read(out[0], text, sizeof(text) - 1));
	close(out[0]);
	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	value(name, "%s", text);
}

int main(void)
{
	try("bind1", MPOL_BIND, 2);
	try("preferred1", MPOL_PREFERRED, 2);
	try("interleave", MPOL_INTERLEAVE, 3);
	try("bind01", MPOL_BIND, 3);
	return 0;
}
