/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory pinned as for a device: io_uring's registered buffers take their pages with pin_user_pages(FOLL_LONGTERM)
 * (io_pin_pages in io_uring/), on any stock kernel, without a device and without GUP_TEST. Guest only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_PIN_H
#define NUMARIG_WORKLOADS_LIB_PIN_H

#include <sys/uio.h>

#include "workloads/lib/guest.h"

struct pin {
	int fd; /* of a ring that is for nothing else */
};

/* SKIP where the kernel gives no ring to root. */
void pin_start(struct wl *w, struct pin *p, void *at, size_t bytes);
/* The same of several pieces of memory, of which none is empty. */
void pin_pieces(struct wl *w, struct pin *p, const struct iovec *piece, unsigned pieces);
/* When this returns the pages are released: unregistering waits for it, closing the ring alone does not. */
void pin_end(struct wl *w, struct pin *p);

#endif
