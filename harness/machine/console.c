/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/console.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"

char *console_panic(const char *path)
{
	static const char *const marks[] = {
		"Kernel panic - not syncing", "Oops: ",	      "BUG: ", "general protection fault",
		"Unable to handle kernel",    "divide error:"
	};
	auto_text struct text log = { 0 };
	struct err ignored = ERR_INIT;

	if (file_read(path, CONSOLE_MOST, &log, &ignored) && !log.len)
		return NULL;
	for (size_t i = 0; log.len && i < ARRAY_SIZE(marks); i++) {
		char *at = memmem(log.s, log.len, marks[i], strlen(marks[i]));

		if (at)
			return xasprintf("%.*s", (int)strcspn(at, "\r\n"), at);
	}
	return NULL;
}
