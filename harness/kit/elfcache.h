/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/ld.so.cache, which is all that glibc's loader knows of /etc/ld.so.conf: ldconfig(8) writes it from there. So it is
 * this that is read here and not the configuration: a folder that was added without ldconfig is not found by the loader
 * either, and what ldconfig left out is not found here.
 *
 * Source: sysdeps/generic/dl-cache.h of glibc 2.2 to 2.42, the form "glibc-ld.so.cache1.1", alone or behind the older
 * "ld.so-1.7.0", and since 2.33 its extension with the names of glibc-hwcaps folders. A file of another form, or damaged, is
 * an empty one, as for the loader.
 */
#ifndef NUMARIG_KIT_ELFCACHE_H
#define NUMARIG_KIT_ELFCACHE_H

#include "base/text.h"

/* The names of the glibc-hwcaps folders that the guest's CPU can use, best first, ended by NULL: see elfsearch.h. */
extern const char *const elf_guest_hwcaps[];

/*
 * The path that `cache` holds for an x86-64 library: the one for the best of elf_guest_hwcaps, else the plain one. NULL:
 * none. The path is part of the cache's bytes, which must be ended by a 0, as those of a struct text are.
 */
const char *elf_cache_find(const struct text *cache, const char *name);

#endif
