/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/ld.so.cache, as ldconfig writes it, and cut at each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "kit/elfcache.h"

struct row {
	unsigned flags;
	const char *name, *path;
	uint64_t hwcap;
};

static void u32(struct text *t, uint32_t v)
{
	text_add(t, &v, 4);
}

/* As ldconfig writes it; `compat`: behind the older head. */
static void cache_make(const struct row *rows, unsigned n, bool compat, struct text *out)
{
	static const char *const hwcaps[] = { "x86-64-v2", "x86-64-v3" };
	auto_text struct text strings = { 0 };
	unsigned before = compat ? 16 : 0, at = 48 + n * 24, names[2];

	for (unsigned i = 0; i < 2; i++) {
		names[i] = before + at + (unsigned)strings.len;
		text_add(&strings, hwcaps[i], strlen(hwcaps[i]) + 1);
	}
	if (compat)
		text_add(out, "ld.so-1.7.0\0\0\0\0", 16);
	text_add(out, "glibc-ld.so.cache1.1", 20);
	u32(out, n);
	size_t sizes = out->len;
	for (unsigned i = 0; i < 6; i++)
		u32(out, 0);
	for (unsigned i = 0; i < n; i++) {
		u32(out, rows[i].flags);
		u32(out, at + (unsigned)strings.len);
		text_add(&strings, rows[i].name, strlen(rows[i].name) + 1);
		u32(out, at + (unsigned)strings.len);
		text_add(&strings, rows[i].path, strlen(rows[i].path) + 1);
		u32(out, 0);
		text_add(out, &rows[i].hwcap, 8);
	}
	text_add(out, strings.s, strings.len);
	uint32_t extension = (uint32_t)out->len;
	memcpy(out->s + sizes + 8, &extension, 4);
	u32(out, 0xeaa42174u);
	u32(out, 1);
	u32(out, 1), u32(out, 0), u32(out, extension + 24), u32(out, 8);
	u32(out, names[0]), u32(out, names[1]);
}

static void cache_of_the_system(void **state)
{
	static const struct row rows[] = {
		{ 0x303, "liba.so", "/v3/liba.so", 1ull << 62 | 1 },
		{ 0x303, "liba.so", "/v2/liba.so", 1ull << 62 },
		{ 0x303, "liba.so", "/lib/liba.so", 0 },
		{ 3, "liba.so", "/lib32/liba.so", 0 },
		{ 3, "libb.so", "/lib32/libb.so", 0 },
		{ 0x803, "libb.so", "/libx32/libb.so", 0 },
		{ 0x303, "libb.so", "/lib/haswell/libb.so", 1 << 2 },
		{ 0x303, "libb.so", "/lib/libb.so", 1ull << 32 }, /* marked: needs x86-64-v2 */
		{ 0x303, "libc.so", "/lib/libc.so", 2ull << 32 }, /* marked: needs x86-64-v3 */
	};
	(void)state;

	for (unsigned compat = 0; compat < 2; compat++) {
		auto_text struct text cache = { 0 };

		cache_make(rows, ARRAY_SIZE(rows), compat, &cache);
		assert_string_equal(elf_cache_find(&cache, "liba.so"), "/v2/liba.so");
		assert_string_equal(elf_cache_find(&cache, "libb.so"), "/lib/libb.so");
		assert_null(elf_cache_find(&cache, "libc.so"));
		assert_null(elf_cache_find(&cache, "libd.so"));
		for (size_t n = cache.len;
		     n-- > 0;) { /* a damaged one is an empty one, or what is left of it */
			auto_text struct text cut = { 0 };

			text_add(&cut, cache.s, n);
			elf_cache_find(&cut, "liba.so");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cache_of_the_system) };

	return cmocka_run_group_tests_name("elfcache", tests, NULL, NULL);
}
