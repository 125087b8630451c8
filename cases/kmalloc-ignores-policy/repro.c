/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 1000 keys of 20000 bytes, each 32 KiB of large kmalloc, by a task bound to node 1 on a CPU of node 0. */
#include "repro.h"

#define KEYS 1000

static long long unreclaimable(int nid)
{
	char path[96], word[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", nid);
	snprintf(word, sizeof(word), "Node %d SUnreclaim", nid);
	return MUST(number_in(path, word));
}

int main(void)
{
	static char payload[20000];
	long long before[2] = { unreclaimable(0), unreclaimable(1) };
	char name[32];

	on_node(0);
	MUST(bind_task(MPOL_BIND, 2));
	for (int i = 0; i < KEYS; i++) {
		snprintf(name, sizeof(name), "case-%d", i);
		MUST(syscall(SYS_add_key, "user", name, payload, sizeof(payload), -2 /* process keyring */));
	}
	value("node0_kib", "%lld", unreclaimable(0) - before[0]);
	value("node1_kib", "%lld", unreclaimable(1) - before[1]);
	return 0;
}
