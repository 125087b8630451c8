/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two processes, each with the same 256 pages twice, each bound to a node of its own: how many are on the other's. */
#include "repro.h"

#define PAGES 256
#define KSM "/sys/kernel/mm/ksm/"

static char *p[2]; /* twice, so that there is something to merge within a node, too */

static void fill(int nid)
{
	for (int k = 0; k < 2; k++) {
		p[k] = area(PAGES * PAGE, PAGE);
		MUST(bind_area(p[k], PAGES * PAGE, MPOL_BIND, 1ul << nid, 0));
		for (size_t i = 0; i < PAGES; i++)
			memset(p[k] + i * PAGE, (int)(i % 251) + 1, PAGE),
				memcpy(p[k] + i * PAGE, &i, sizeof(i));
		MUST(madvise(p[k], PAGES * PAGE, MADV_MERGEABLE));
	}
}

static unsigned remote(int nid)
{
	unsigned long on[2];

	count_nodes(p[0], PAGES * PAGE, on, 2);
	return (unsigned)on[!nid];
}

static long long merged(void)
{
	const char *sharing = get(KSM "pages_sharing");
	long long n = sharing ? atoll(sharing) : -1;
	const char *shared = get(KSM "pages_shared");

	return n < 0 || !shared ? -1 : n + atoll(shared);
}

int main(void)
{
	int to[2], from[2];
	unsigned other = 0;
	char c = 0;

	MUST(pipe(to));
	MUST(pipe(from));
	if (!MUST(fork())) {
		on_node(1);
		fill(1);
		MUST(write(from[1], &c, 1));
		MUST(read(to[0], &c, 1));
		other = remote(1);
		MUST(write(from[1], &other, sizeof(other)));
		_exit(0);
	}
	on_node(0);
	fill(0);
	MUST(read(from[0], &c, 1));
	/* three passes over all of it */
	const char *scans = get(KSM "full_scans");
	long long until = (scans ? atoll(scans) : 0) + 4;
	for (int i = 0; i < 1000 && (scans = get(KSM "full_scans")) && atoll(scans) < until; i++)
		usleep(20000);
	value("merged", "%lld", merged());
	unsigned own = remote(0);
	MUST(write(to[1], &c, 1));
	MUST(read(from[0], &other, sizeof(other)));
	value("remote", "%u %u", own, other);
	return 0;
}
