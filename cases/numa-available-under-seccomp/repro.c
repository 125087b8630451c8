/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter is set before the program is executed again: libnuma looks at the machine when it starts. */
#include "repro.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#define DENY(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void forbid(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		DENY(SYS_get_mempolicy),
		DENY(SYS_set_mempolicy),
		DENY(SYS_mbind),
		DENY(SYS_move_pages),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(*f), f };

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0))
		CANNOT("no seccomp filters: %s (CONFIG_SECCOMP_FILTER)", strerror(errno));
}

int main(int argc, char **argv)
{
	char *p;

	if (argc == 1) {
		forbid();
		MUST(execl(argv[0], argv[0], "again", NULL));
	}
	value("available", "%d", numa_available());
	p = area(PAGE, PAGE);
	long r = bind_area(p, PAGE, MPOL_BIND, 1ul << 1, 0);
	value("mbind", "%ld", r);
	value("mbind_errno", "%d", r ? errno : 0);
	return 0;
}
