/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static char *map(int fd)
{
	char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return p;
}

static int other(unsigned flags)
{
	int fd = MUST(memfd_create("x", flags)), status;

	MUST(ftruncate(fd, HUGE));
	pid_t pid = MUST(fork());
	if (!pid)
		_exit(bind_area(map(fd), HUGE, MPOL_BIND, 2, 0) ? errno : 0);
	MUST(waitpid(pid, &status, 0));
	if (status) {
		fprintf(stderr, "child: %d\n", status);
		exit(3);
	}
	char *p = map(fd);
	*p = 1;
	int nid = node_of(p);
	munmap(p, HUGE);
	close(fd);
	return nid;
}

int main(void)
{
	on_node(0);
	value("memfd", "%d", other(0));
	value("hugetlb", "%d", other(MFD_HUGETLB));
	int fd = MUST(memfd_create("y", MFD_HUGETLB));
	MUST(ftruncate(fd, HUGE));
	char *p = map(fd);
	MUST(bind_area(p, HUGE, MPOL_BIND, 2, 0));
	*p = 1;
	value("same_mapping", "%d", node_of(p));
	return 0;
}
