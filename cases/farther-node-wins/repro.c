/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In which order memory is taken for node 1, as the kernel says: at boot, and once more after its lists were made anew, for
 * which a block of node 2 goes and comes back as the first of zone Movable.
 */
#include "repro.h"

static void order(const char *name)
{
	static const char words[] = "Fallback order for Node 1: ";
	const char *at = in_log(words);
	char text[64] = "";

	if (!at)
		CANNOT("the kernel's log has no fallback order");
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n") - (int)strlen(words), at + strlen(words));
	while (*text && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = 0;
	value(name, "%s", text);
}

/* A block without memory of the kernel's own; false when none of node 2 is. */
static bool rebuild(void)
{
	DIR *dir = opendir("/sys/devices/system/node/node2");
	char path[512];
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, "memory", 6) != 0 || !strchr("0123456789", e->d_name[6]))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/memory/%s/state", e->d_name);
		if (!put(path, "offline"))
			return !put(path, "online_movable");
	}
	return false;
}

int main(void)
{
	order("at_boot");
	if (!rebuild())
		CANNOT("no block of node 2 goes and comes back as zone Movable");
	order("made_anew");
	return 0;
}
