/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/pin.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void pin_start(struct wl *w, struct pin *p, void *at, size_t bytes)
{
	pin_pieces(w, p, &(struct iovec){ at, bytes }, 1);
}

void pin_pieces(struct wl *w, struct pin *p, const struct iovec *piece, unsigned pieces)
{
	struct io_uring_params params = { 0 };

	p->fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	if (p->fd < 0 && errno == EPERM)
		wl_skip(w, "kernel.io_uring_disabled is 2: nothing to pin memory with");
	if (p->fd < 0)
		wl_broken(w, "io_uring_setup: %s", strerror(errno));
	if (syscall(SYS_io_uring_register, p->fd, IORING_REGISTER_BUFFERS, piece, pieces))
		wl_broken(w, "IORING_REGISTER_BUFFERS of %u pieces: %s", pieces, strerror(errno));
}

void pin_end(struct wl *w, struct pin *p)
{
	if (syscall(SYS_io_uring_register, p->fd, IORING_UNREGISTER_BUFFERS, NULL, 0))
		wl_broken(w, "IORING_UNREGISTER_BUFFERS: %s", strerror(errno));
	close(p->fd);
}
