/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record is "priority,number,us,flags;text\n KEY=value\n..." (Documentation/ABI/testing/dev-kmsg). */
void kmsg_lines(struct wl *w, void (*f)(struct wl *w, const char *line, void *arg), void *arg)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];
	bool first = true;
	ssize_t n;

	if (fd < 0)
		wl_broken(w, "/dev/kmsg: %s", strerror(errno));
	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = 0;
		char *number = strchr(record, ','), *text = strchr(record, ';');

		if (!number || !text)
			wl_broken(w, "/dev/kmsg: \"%.40s\" is no record", record);
		if (first && strtoull(number + 1, NULL, 10))
			wl_broken(w, "/dev/kmsg: its beginning has been overwritten");
		first = false;
		text++;
		text[strcspn(text, "\n")] = 0;
		f(w, text, arg);
	}
	close(fd);
}
