/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
	enum { BYTES = 16 * 1024 * 1024 };
	char *p = area(BYTES, PAGE),
	     *s = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long on[2], shared[2];

	MUST(s == MAP_FAILED ? -1 : 0);
	on_node(0);
	memset(p, 1, BYTES);
	memset(s, 1, BYTES);
	count_nodes(p, BYTES, on, 2);
	count_nodes(s, BYTES, shared, 2);
	value("private_before", "%lu", on[0]);
	value("shared_before", "%lu", shared[0]);
	long long pte = number_in("/proc/vmstat", "numa_pte_updates");
	on_node(1);
	double start = now(), end = start + 9, next = start + 1;
	while (now() < end) {
		for (long i = 0; i < BYTES; i += PAGE) {
			p[i]++;
			s[i]++;
		}
		if (now() > next) {
			next += 1;
			count_nodes(p, BYTES, on, 2);
			count_nodes(s, BYTES, shared, 2);
			fprintf(stderr, "%.1f: private %lu shared %lu\n", now() - start, on[1], shared[1]);
			if (on[1] > 4000 && shared[1] > 4000)
				break;
		}
	}
	value("private", "%lu", on[1]);
	value("shared", "%lu", shared[1]);
	value("updates", "%lld", number_in("/proc/vmstat", "numa_pte_updates") - pte);
	value("seconds", "%.0f", now() - start);
	return 0;
}
