/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files, what of them is in the page cache and where, and file systems of one's own. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_FILES_H
#define NUMARIG_WORKLOADS_LIB_FILES_H

#include "workloads/lib/guest.h"

/* What a file's bytes take, in 4 KiB pages. */
int64_t files_pages(struct wl *w, const char *path);
/* Reads all of it. */
void files_read(struct wl *w, const char *path);
/* Copies it; folders on the way are made. */
void files_copy(struct wl *w, const char *from, const char *to);
/* A new file of so many bytes without a name (path NULL: a memfd, with its flags), all hole. */
int files_new(struct wl *w, const char *path, unsigned flags, size_t bytes);

/* Maps it from its start; BROKEN when it can't. */
void *files_map(struct wl *w, int fd, size_t bytes, int prot, int flags);
/* Reads a word a page. */
void files_touch(const void *p, size_t bytes);

/* Its pages in the page cache, as the metric for every node with memory; looking at them brings in no other. */
void files_report(struct wl *w, const char *metric, int fd);
/* The same by its path. */
void files_place(struct wl *w, const char *metric, const char *path);

/* A new file system in a new folder. SKIP when the kernel does not have it. */
void files_mount(struct wl *w, const char *type, const char *at, const char *options);
/* The same with mpol=MODE:NID. */
void files_mount_on(struct wl *w, const char *at, const char *mode, int nid);
/* Takes both away again, and all files in it. */
void files_unmount(struct wl *w, const char *at);

#endif
