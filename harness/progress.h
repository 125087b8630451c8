/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command is doing and for how long: on a terminal always, else a line a minute on standard error. */
#ifndef NUMARIG_PROGRESS_H
#define NUMARIG_PROGRESS_H

/* For run_request.progress. */
void progress_show(const char *what, unsigned at, unsigned of);
/* Takes the line away; before anything else is printed. */
void progress_end(void);

#endif
