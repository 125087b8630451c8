/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clean-up attributes: a variable declared with one of these releases its resource when it goes out of scope.
 * To pass the resource on to a caller, write `return take_ptr(p)` or `return take_fd(&fd)`: they leave NULL or -1 behind.
 */
#ifndef NUMARIG_BASE_AUTO_H
#define NUMARIG_BASE_AUTO_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void auto_free_(void *p)
{
	free(*(void **)p);
}

static inline void auto_close_(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void auto_fclose_(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define auto_free __attribute__((cleanup(auto_free_)))	   /* char * and other malloc'ed memory */
#define auto_close __attribute__((cleanup(auto_close_)))   /* int fd, -1 for none */
#define auto_fclose __attribute__((cleanup(auto_fclose_))) /* FILE * */

#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
