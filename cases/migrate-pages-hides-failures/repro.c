/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of a packet socket's ring are mapped, migratable by their area and not on the LRU. */
#include "repro.h"
#include <linux/if_packet.h>
#include <sys/socket.h>

static long to_node1(void)
{
	unsigned long from = 1, to = 2;

	return MUST(syscall(SYS_migrate_pages, 0, 64ul, &from, &to));
}

int main(void)
{
	struct tpacket_req req = {
		.tp_block_size = PAGE, .tp_block_nr = 16, .tp_frame_size = 2048, .tp_frame_nr = 32
	};
	unsigned long on[2];
	char *p, *anon = area(16 * PAGE, PAGE);
	int fd;

	on_node(0);
	value("baseline", "%ld", to_node1());
	unsigned long from = 2, to = 1;
	MUST(syscall(SYS_migrate_pages, 0, 64ul, &from, &to));
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		CANNOT("no packet sockets: %s", strerror(errno));
	MUST(setsockopt(fd, 263 /* SOL_PACKET */, PACKET_RX_RING, &req, sizeof(req)));
	p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(p == MAP_FAILED ? -1 : 0);
	memset(anon, 1, 16 * PAGE);
	count_nodes(p, 16 * PAGE, on, 2);
	value("before", "%lu", on[0]);
	value("unmoved", "%ld", to_node1());
	count_nodes(p, 16 * PAGE, on, 2);
	value("left", "%lu", on[0]);
	count_nodes(anon, 16 * PAGE, on, 2);
	value("anon_moved", "%lu", on[1]);
	return 0;
}
