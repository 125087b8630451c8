/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/elfcache.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"
#define EXTENSION_MAGIC 0xeaa42174u
#define EXTENSION_HWCAPS 1	 /* cache_extension_tag_glibc_hwcaps */
#define FLAGS_X86_64 0x0303	 /* FLAG_X8664_LIB64 | FLAG_ELF_LIBC6 */
#define HWCAP_NAMED (1ull << 62) /* the low half is an index of the extension's names */
#define HWCAP_LEVEL(h) \
	((h) >> 32 & 0x3ff) /* the ISA level a library is marked with: 0 baseline, 1 x86-64-v2, ... */
#define GUEST_LEVEL 1

const char *const elf_guest_hwcaps[] = { "x86-64-v2", NULL };

struct old_head {
	char magic[12];
	uint32_t entries;
};

struct new_head {
	char magic[20];
	uint32_t entries, strings;
	uint8_t flags, padding[3];
	uint32_t extension, unused[3];
};

struct entry {
	int32_t flags;
	uint32_t key, value, os_version;
	uint64_t hwcap;
};

struct extension {
	uint32_t magic, sections;
};

struct section {
	uint32_t tag, flags, offset, size;
};

#define OLD_ENTRY 12	 /* bytes */
#define MOST_SECTIONS 64 /* there are two kinds */

/* Bytes with offsets from their start. */
struct part {
	const char *s;
	size_t n;
};

struct reader {
	struct part file;  /* what offsets of the extension count from */
	struct part cache; /* from the newer head on: what those of entries count from */
	struct new_head head;
};

static bool get(const struct part *c, uint64_t at, void *out, size_t n)
{
	if (at > c->n || n > c->n - at)
		return false;
	memcpy(out, c->s + at, n);
	return true;
}

/* Ended by the 0 behind the bytes at the latest. */
static const char *string_at(const struct part *c, uint64_t at)
{
	return at < c->n ? c->s + at : "";
}

static bool find_head(struct reader *r)
{
	struct part *c = &r->cache;
	struct old_head old;

	*c = r->file;
	if (get(c, 0, &old, sizeof(old)) && !memcmp(old.magic, OLD_MAGIC, strlen(OLD_MAGIC))) {
		uint64_t skip = sizeof(old) + (uint64_t)old.entries * OLD_ENTRY;

		skip = (skip + 7) & ~7ull;
		if (skip > c->n)
			return false;
		c->s += skip;
		c->n -= skip;
	}
	return get(c, 0, &r->head, sizeof(r->head)) &&
	       !memcmp(r->head.magic, NEW_MAGIC, sizeof(r->head.magic));
}

/* The name of a glibc-hwcaps folder by its index. */
static const char *hwcap_name(const struct reader *r, uint32_t index)
{
	const struct part *f = &r->file;
	struct extension x;
	struct section s;
	uint32_t at;

	if (!r->head.extension || !get(f, r->head.extension, &x, sizeof(x)) || x.magic != EXTENSION_MAGIC)
		return "";
	for (uint32_t i = 0; i < x.sections && i < MOST_SECTIONS; i++) {
		if (!get(f, r->head.extension + sizeof(x) + (uint64_t)i * sizeof(s), &s, sizeof(s)))
			return "";
		if (s.tag != EXTENSION_HWCAPS)
			continue;
		bool there = index < s.size / 4 && get(f, s.offset + (uint64_t)index * 4, &at, 4);
		return there ? string_at(f, at) : "";
	}
	return "";
}

/* How well it suits the guest's CPU: 0 not at all, else the larger the better; a plain entry is 1. */
static unsigned suits(const struct reader *r, const struct entry *e)
{
	unsigned known = 0;

	if (e->flags != FLAGS_X86_64 || HWCAP_LEVEL(e->hwcap) > GUEST_LEVEL)
		return 0;
	if (!(e->hwcap & HWCAP_NAMED)) /* others are folders of glibc before 2.37: haswell, tls, ... */
		return !(e->hwcap & 0xffffffffu) && !(e->hwcap >> 42);
	const char *name = hwcap_name(r, (uint32_t)e->hwcap);
	while (elf_guest_hwcaps[known])
		known++;
	for (unsigned i = 0; i < known; i++)
		if (!strcmp(elf_guest_hwcaps[i], name))
			return 1 + known - i;
	return 0;
}

const char *elf_cache_find(const struct text *cache, const char *name)
{
	struct reader r = { .file = { text_str(cache), cache->len } };
	const char *found = NULL;
	struct entry e;
	unsigned best = 0;

	if (!find_head(&r))
		return NULL;
	for (uint32_t i = 0; i < r.head.entries; i++) {
		if (!get(&r.cache, sizeof(r.head) + (uint64_t)i * sizeof(e), &e, sizeof(e)))
			break;
		if (strcmp(string_at(&r.cache, e.key), name) != 0)
			continue;
		unsigned this = suits(&r, &e);
		const char *path = string_at(&r.cache, e.value);
		if (this > best && *path == '/') {
			best = this;
			found = path;
		}
	}
	return found;
}
