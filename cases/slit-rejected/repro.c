/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

int main(void)
{
	char all[256] = "", path[96];

	for (int nid = 0; nid < 3; nid++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/distance", nid);
		const char *text = get(path);
		if (!text)
			CANNOT("no node %d", nid);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s", nid ? ", " : "",
			 (int)strcspn(text, "\n"), text);
	}
	value("distances", "%s", all);
	log_line_value("says", "SLIT table looks invalid");
	return 0;
}
