/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static int asked(void *p)
{
	int nid = -1;

	return get_mempolicy(&nid, NULL, 0, p, MPOL_F_NODE | MPOL_F_ADDR) ? -errno : nid;
}

int main(void)
{
	char *p = area(PAGE, PAGE);

	MUST(bind_area(p, PAGE, MPOL_BIND, 2, 0));
	value("before", "%d", asked(p));
	*p = 1;
	value("after", "%d", asked(p));
	return 0;
}
