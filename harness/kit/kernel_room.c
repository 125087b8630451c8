/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/kernel_room.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"

#define CONFIG_MOST (4u << 20)

/* A number of the .config; `absent` when the option is not there. */
static unsigned long number(const char *config, const char *option, unsigned long absent)
{
	auto_free char *is = xasprintf("\n%s=", option);
	const char *at = strstr(config, is);

	return at ? strtoul(at + strlen(is), NULL, 10) : absent;
}

int kernel_room(const struct kernel *k, unsigned nodes, unsigned cpus, struct err *err)
{
	auto_text struct text config = { 0 };

	if (!k->config)
		return 0;
	text_printf(&config, "\n"); /* before its first line as before every other */
	if (file_read(k->config, CONFIG_MOST, &config, err))
		return err_prefix(err, "kernel %s", k->asked);
	/* What a .config does not mention is not known, but a kernel without NUMA does not have the shift. */
	bool numa = !strstr(config.s, "\n# CONFIG_NUMA is not set\n");
	unsigned long shift = number(config.s, "CONFIG_NODES_SHIFT", numa ? 31 : 0);
	unsigned long most = number(config.s, "CONFIG_NR_CPUS", UINT_MAX);
	if (shift < 32 && nodes > 1ul << shift)
		return err_set(
			err, -ENOPKG,
			"kernel %s: is built for %lu node%s (CONFIG_NODES_SHIFT=%lu), and the topology has "
			"%u: want a kernel with room for them, such as Debian's",
			k->asked, 1ul << shift, shift ? "s" : "", shift, nodes);
	if (cpus > most)
		return err_set(
			err, -ENOPKG,
			"kernel %s: is built for %lu CPUs (CONFIG_NR_CPUS), and the topology has %u: want "
			"a kernel with room for them, such as Debian's",
			k->asked, most, cpus);
	return 0;
}
