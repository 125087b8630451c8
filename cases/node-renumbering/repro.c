/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first node of the file has the lowest memory, zone DMA in it: where the kernel has that, and where the CPUs. */
#include "repro.h"

int main(void)
{
	const char *zones = get("/proc/zoneinfo");

	for (int nid = 0; nid < 2; nid++) {
		char path[96], zone[48];

		snprintf(zone, sizeof(zone), "Node %d, zone      DMA\n", nid);
		if (zones && strstr(zones, zone))
			value("dma_node", "%d", nid);
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpu0", nid);
		if (!access(path, F_OK))
			value("cpu_node", "%d", nid);
	}
	return 0;
}
