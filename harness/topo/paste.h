/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text as people paste it: from a Windows terminal in UTF-16, with colours, with the entities of a web page, with the blanks and
 * dashes of a word processor. Line numbers stay those of the input.
 */
#ifndef NUMARIG_TOPO_PASTE_H
#define NUMARIG_TOPO_PASTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/*
 * Appends the bytes to `out` as text: UTF-16 becomes UTF-8, without a byte order mark, lines end in one \n, and what coloured or
 * moved on a terminal is left out. False when the bytes are no text.
 */
bool paste_decode(const void *bytes, size_t n, struct text *out);
/*
 * Appends decoded text to `out` in ASCII where it has an ASCII form: special blanks and dashes, HTML entities and tags, what quoted-
 * printable mail writes as =20. Not for XML, which has its own meaning for these.
 */
void paste_plain(const char *text, struct text *out);

#endif
