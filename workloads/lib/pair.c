/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/pair.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void give(struct wl *w, struct pair *p)
{
	if (send(p->fd, "", 1, MSG_NOSIGNAL) != 1)
		wl_broken(w, "the other process is gone");
}

static void await(struct wl *w, struct pair *p)
{
	char c;

	if (recv(p->fd, &c, 1, 0) != 1)
		wl_broken(w, "the other process is gone");
}

bool pair_fork(struct wl *w, struct pair *p)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		wl_broken(w, "socketpair: %s", strerror(errno));
	p->child = fork();
	if (p->child < 0)
		wl_broken(w, "fork: %s", strerror(errno));
	p->fd = fd[p->child ? 0 : 1];
	close(fd[p->child ? 1 : 0]);
	if (!p->child)
		await(w, p);
	return !p->child;
}

void pair_turn(struct wl *w, struct pair *p)
{
	give(w, p);
	await(w, p);
}

void pair_end(struct wl *w, struct pair *p)
{
	int sig, code;

	give(w, p);
	code = wl_wait(w, p->child, &sig);
	if (code)
		wl_broken(w, "the child ended with %s %d", sig ? "signal" : "code", sig ? sig : code);
	close(p->fd);
}
