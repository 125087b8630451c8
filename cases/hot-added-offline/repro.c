/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node 1 has CPUs, and no memory but a DIMM: how much it has at first, and with the DIMM's blocks put online by hand. */
#include "repro.h"

#define MEMORY "/sys/devices/system/memory"

static void show(const char *name)
{
	value(name, "%lld", number_in("/sys/devices/system/node/node1/meminfo", "MemTotal") / 1024);
}

static void online_all(void)
{
	DIR *dir = opendir(MEMORY);
	char path[512];
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, "memory", 6) != 0)
			continue;
		snprintf(path, sizeof(path), MEMORY "/%s/state", e->d_name);
		const char *state = get(path);
		if (state && !strncmp(state, "offline", 7))
			put(path, "online");
	}
}

int main(void)
{
	const char *policy = get(MEMORY "/auto_online_blocks");

	if (!policy)
		CANNOT("the kernel has no memory hotplug");
	value("policy", "%.*s", (int)strcspn(policy, "\n"), policy);
	show("node1_mib");
	online_all();
	show("then_mib");
	return 0;
}
