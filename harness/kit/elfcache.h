/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks libraries up in /etc/ld.so.cache, which ldconfig(8) makes from /etc/ld.so.conf. glibc's loader reads only the cache, so
 * the configuration is not read here either: libraries in a folder that was added without running ldconfig are not found.
 *
 * Source: sysdeps/generic/dl-cache.h of glibc 2.2 to 2.42: the format "glibc-ld.so.cache1.1", alone or after the older
 * "ld.so-1.7.0", and since 2.33 its extension with the names of glibc-hwcaps folders. A file of another format, or a damaged
 * one, counts as empty, as it does for the loader.
 */
#ifndef NUMARIG_KIT_ELFCACHE_H
#define NUMARIG_KIT_ELFCACHE_H

#include "base/text.h"

/* The names of the glibc-hwcaps folders that the guest's CPU can use, best first, ended by NULL: see elfsearch.h. */
extern const char *const elf_guest_hwcaps[];

/*
 * The path of an x86-64 library in `cache`: that for the best of elf_guest_hwcaps, else the one without. NULL when there is
 * none. The result points into the cache's bytes, which must end in a 0 (those of a struct text do).
 */
const char *elf_cache_find(const struct text *cache, const char *name);

#endif
