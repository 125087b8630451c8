/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

#define TIERS "/sys/devices/virtual/memory_tiering"

int main(void)
{
	DIR *dir = opendir(TIERS);
	unsigned tiers = 0;
	struct dirent *e;
	char path[512];

	if (!dir)
		CANNOT("no %s", TIERS);
	while ((e = readdir(dir))) {
		if (strncmp(e->d_name, "memory_tier", 11) != 0)
			continue;
		snprintf(path, sizeof(path), TIERS "/%s/nodelist", e->d_name);
		const char *nodes = get(path);
		if (!nodes)
			continue;
		printf("%s: %s", e->d_name, nodes);
		tiers++;
	}
	value("tiers", "%u", tiers);
	return 0;
}
