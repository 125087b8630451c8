/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's cpio reader: what comes in is checked only, never unpacked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guests/agent/uncpio.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[256] = "";
	/* a copy of exactly this size, so that a sanitizer sees a read past the end */
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	int bad = uncpio(copy, size, NULL, why, sizeof(why), true);
	/* a refusal has a reason, of one line */
	if ((bad && !*why) || strlen(why) >= sizeof(why) || strchr(why, '\n'))
		abort();
	free(copy);
	return 0;
}
