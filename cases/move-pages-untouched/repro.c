/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

int main(void)
{
	value("status", "%d", node_of(area(PAGE, PAGE)));
	return 0;
}
