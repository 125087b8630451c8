/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root of a program of the user's: what it takes for granted, and the files that came with it. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "guests/agent/agent.h"
#include "guests/agent/uncpio.h"

/* The option that the kernel lacks where one of them is not there. */
static bool root_whole(struct channel *c, const char *root)
{
	static const struct {
		const char *path, *option;
	} there[] = {
		{ "/proc/self/stat", "CONFIG_PROC_FS" },
		{ "/sys/kernel", "CONFIG_SYSFS" },
		{ "/dev/null", "CONFIG_DEVTMPFS" },
	};
	char path[128];

	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		snprintf(path, sizeof(path), "%.64s%s", root, there[i].path);
		if (!access(path, F_OK))
			continue;
		channel_say(c, FRAME_BROKEN, "root", "has no %s: the kernel needs %s", there[i].path,
			    there[i].option);
		return false;
	}
	return true;
}

bool root_ready(struct fwcfg *f, struct channel *c, const char *root)
{
	size_t n = 0;

	if (!root_whole(c, root))
		return false;
	char *files = fwcfg_read(f, JOB_FILES_FILE, &n), why[256];
	int r = files ? uncpio(files, n, root, why, sizeof(why), false) : 0;

	free(files);
	if (r) {
		channel_say(c, FRAME_BROKEN, "files", "%s", why);
		return false;
	}
	sync();
	write_file("/proc/sys/vm/drop_caches", "1"); /* whoever reads first brings the page cache */
	return true;
}
