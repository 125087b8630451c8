/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/sitter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void sitter_start(struct wl *w, struct sitter *s, int from, int nid, const char *const envp[])
{
	static const char ready[] = "ready\n";
	char node[12];
	const char *const numactl[] = { "/bin/numactl", "-N", node, "-m", node, SITTER, NULL };
	const char *const *argv = nid < 0 ? numactl + 5 : numactl;
	int in[2], out[2];
	char text[8];

	snprintf(node, sizeof(node), "%d", nid);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		wl_broken(w, "pipe: %s", strerror(errno));
	*s = (struct sitter){ .pid = fork(), .in = in[1], .out = out[0] };
	if (!s->pid) {
		wl_pin_node(w, from);
		dup2(in[0], 0);
		dup2(out[1], 1);
		fcntl(w->control, F_SETFD, FD_CLOEXEC);
		if (chroot(SITTER_ROOT) || chdir("/") ||
		    execve(argv[0], (char **)(uintptr_t)argv, (char **)(uintptr_t)envp))
			wl_broken(w, SITTER_ROOT "%s: can't be run: %s", argv[0], strerror(errno));
	}
	close(in[0]);
	close(out[1]);
	if (s->pid < 0 || read(s->out, text, sizeof(text)) != sizeof(ready) - 1 ||
	    memcmp(text, ready, sizeof(ready) - 1) != 0)
		wl_broken(w, SITTER_ROOT "%s: ended or said something else before it sat", argv[0]);
}

void sitter_stop(struct wl *w, struct sitter *s)
{
	int sig;

	close(s->in);
	close(s->out);
	if (wl_wait(w, s->pid, &sig))
		wl_broken(w, "the sitter ended badly (signal %d)", sig);
}

void sitter_drop_caches(struct wl *w)
{
	wl_write(w, "/proc/sys/vm/drop_caches", "3");
}
