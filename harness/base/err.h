/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors that are passed up to the caller.
 *
 * A function that can fail takes a `struct err *` last and returns 0 or -errno. It fills the object at the place
 * where it knows most; callers put their own object in front ("4node.json: node 3: ..."); the command prints the
 * line once. A function reports or returns an error, never both.
 *
 * The object is plain memory: no allocation, no clean-up. A message longer than the buffer is cut and ends in "...".
 */
#ifndef NUMARIG_BASE_ERR_H
#define NUMARIG_BASE_ERR_H

struct err {
	int code;	/* 0 or -errno, the same value the function returned */
	char msg[1024]; /* one line, no newline, no full stop */
};

#define ERR_INIT                     \
	{                            \
		.code = 0, .msg = "" \
	}

/*
 * Stores code and message, and returns code, so that `return err_set(...)` is one line. A code of 0 is a mistake
 * of the caller's and becomes -EINVAL. Line breaks and other control characters in the text (they may come from a
 * file of the user's) are shown as '?'.
 */
__attribute__((format(printf, 3, 4))) int err_set(struct err *err, int code, const char *fmt, ...);

/*
 * err_set() with -errno, and ": strerror(errno)" after the text. When a ulimit on the number or size of files was hit, the
 * text names that limit; the limit on size is returned as -ENOSPC.
 */
__attribute__((format(printf, 2, 3))) int err_sys(struct err *err, const char *fmt, ...);

/* Puts "text: " in front of the message already there; returns err->code. */
__attribute__((format(printf, 2, 3))) int err_prefix(struct err *err, const char *fmt, ...);

#endif
