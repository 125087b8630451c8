/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows on standard error what a command is doing and for how long: on a terminal at all times, else one line a minute. */
#ifndef NUMARIG_PROGRESS_H
#define NUMARIG_PROGRESS_H

/*
 * Shows what runs ("bind, fork-cow"), how much is done of how much, and for how long. For run_request.progress. With `of` 0
 * there is nothing to count.
 */
void progress_show(const char *what, unsigned done, unsigned of);
/* Prints on standard output, at once; on a terminal the line above makes room for it. */
void progress_print(const char *text);
/* Removes the line; to be called before anything else is printed. */
void progress_end(void);

#endif
