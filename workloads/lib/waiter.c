/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/waiter.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS 16

static const char *const none[] = { NULL };

/* What the child does: it becomes the waiter. */
static __attribute__((noreturn)) void become(struct wl *w, const struct waiter_how *how)
{
	const char *root = how->root ? how->root : WAITER_ROOT, *argv[WORDS + 1] = { 0 };
	char node[12];
	const char *const numactl[] = { "/bin/numactl", "-N", node, "-m", node };
	size_t n = 0;

	wl_pin_node(w, how->from);
	if (how->bind >= 0 && how->direct) {
		struct idset one = wl_one(how->bind);

		wl_mempolicy(w, MPOL_BIND, &one);
	}
	snprintf(node, sizeof(node), "%d", how->bind);
	for (; how->bind >= 0 && !how->direct && n < 5; n++)
		argv[n] = numactl[n];
	argv[n++] = how->program ? how->program : WAITER;
	for (const char *const *arg = how->args ? how->args : none; *arg && n < WORDS; arg++)
		argv[n++] = *arg;
	if (chroot(root) || chdir("/") ||
	    execve(argv[0], (char **)(uintptr_t)argv, (char **)(uintptr_t)(how->env ? how->env : none)))
		wl_broken(w, "%s%s: can't be run: %s", root, argv[0], strerror(errno));
	_exit(1);
}

void waiter_start(struct wl *w, struct waiter *s, const struct waiter_how *how)
{
	static const char ready[] = "ready\n";
	int in[2], out[2];
	char text[8];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		wl_broken(w, "pipe: %s", strerror(errno));
	*s = (struct waiter){ .pid = fork(), .in = in[1], .out = out[0] };
	if (!s->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		fcntl(w->control, F_SETFD, FD_CLOEXEC);
		become(w, how);
	}
	close(in[0]);
	close(out[1]);
	if (s->pid < 0 || read(s->out, text, sizeof(text)) != sizeof(ready) - 1 ||
	    memcmp(text, ready, sizeof(ready) - 1) != 0)
		wl_broken(w, "%s: ended, or printed something else than its first line",
			  how->program ? how->program : WAITER);
}

void waiter_stop(struct wl *w, struct waiter *s)
{
	int sig;

	close(s->in);
	close(s->out);
	if (wl_wait(w, s->pid, &sig))
		wl_broken(w, "the waiter ended badly (signal %d)", sig);
}

void waiter_show(struct wl *w, const char *name, const struct waiter_how *how)
{
	struct waiter s;

	waiter_start(w, &s, how);
	wl_phase(w, name);
	wl_maps(w, name, s.pid);
	waiter_stop(w, &s);
}

unsigned waiter_nodes(struct wl *w, int *nid, unsigned most)
{
	unsigned n = 0;

	idset_foreach (id, &w->cpu_nodes) {
		if (n < most && idset_has(&w->mem_nodes, id))
			nid[n++] = (int)id;
	}
	if (n < 2)
		wl_skip(w, "needs two nodes that have CPUs and memory");
	return n;
}

/*
 * A page that is on a CPU's way to the LRU lists, as those of a process that has just ended are, has one reference more
 * and is not dropped. 6.12's drop_caches drains these lists itself, 6.1's does not; any call that migrates does
 * (mm/swap.c, lru_cache_disable).
 */
void waiter_drop_caches(struct wl *w)
{
	void *page = wl_map(w, PAGE);

	wl_mbind(w, page, PAGE, MPOL_DEFAULT, NULL, MPOL_MF_MOVE);
	wl_unmap(page, PAGE);
	wl_write(w, "/proc/sys/vm/drop_caches", "3");
}
