/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hint names the program as it was called, so that it can be pasted: `build/numarig list workloads`, where numarig is in no
 * PATH. Texts everywhere, also libraries' and those in files, have `numarig ...` in back-quotes, or "alone: numarig ..." in a
 * report; whoever prints them puts the name there.
 */
#ifndef NUMARIG_HINT_H
#define NUMARIG_HINT_H

#include <stdio.h>

/* The text with those names replaced; malloc'ed. */
char *hint_as_called(const char *text);

#endif
