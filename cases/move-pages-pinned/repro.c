/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"
#include <sys/uio.h>

static long move_one(void *p, int *status)
{
	int node = 1;

	*status = -999;
	return MUST(move_pages(0, 1, &p, &node, status, MPOL_MF_MOVE));
}

int main(void)
{
	char *p = area(2 * PAGE, PAGE), *locked = area(PAGE, PAGE);
	int fds[2], status;
	struct iovec iov = { p, PAGE };

	on_node(0);
	memset(p, 1, 2 * PAGE);
	move_one(p + PAGE, &status);
	value("plain", "%d", status);
	MUST(mlock(locked, PAGE));
	move_one(locked, &status);
	value("mlocked", "%d", status);
	MUST(pipe(fds));
	MUST(vmsplice(fds[1], &iov, 1, 0));
	value("returned", "%ld", move_one(p, &status));
	value("status", "%d", status);
	value("node", "%d", node_of(p));
	return 0;
}
