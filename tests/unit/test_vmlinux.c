/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmlinux out of a bzImage: every packing, what is refused and how it is said, and what the cache keeps
 * of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/vmlinux.h"

/* Bytes of the small kernel's segment and behind it; where wrap() puts the payload. */
enum { BODY = 5000, RELOCATIONS = 40, PAYLOAD_AT = 0x640 };

struct elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	struct {
		Elf64_Nhdr nh;
		char name[4];
	} note[2];
	char body[BODY];
	char behind[RELOCATIONS];
};

static struct elf small_kernel(void)
{
	struct elf e = {
		.eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_phoff = offsetof(struct elf, ph),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
			.e_shoff = offsetof(struct elf, behind),
			.e_shnum = 1 },
		.ph = { { .p_type = PT_LOAD, .p_filesz = offsetof(struct elf, behind) },
			{ .p_type = PT_NOTE,
			  .p_offset = offsetof(struct elf, note),
			  .p_filesz = sizeof(e.note) } },
		/* the one that counts is the second */
		.note = { { { .n_namesz = 4, .n_type = 1 }, "GNU" },
			  { { .n_namesz = 4, .n_type = 18 }, "Xen" } },
	};

	for (unsigned i = 0, x = 1; i < BODY; i++, x = x * 1103515245 + 12345)
		e.body[i] = (char)(x >> 24); /* nothing that packs well: a stream has several parts to lose */
	return e;
}

/* What is left of it once extracted. */
static void expect_small_kernel(const struct text *got)
{
	struct elf want = small_kernel();

	want.eh.e_shoff = 0;
	want.eh.e_shnum = 0;
	assert_int_equal(got->len, sizeof(want) - RELOCATIONS);
	assert_memory_equal(got->s, &want, got->len);
}

static ssize_t pack_write(struct archive *a, void *to, const void *bytes, size_t n)
{
	(void)a;
	text_add(to, bytes, n);
	return (ssize_t)n;
}

/* libarchive writes no legacy frame of lz4: the magic and one block of literals. */
static void pack_lz4(const char *p, size_t n, struct text *out)
{
	auto_text struct text block = { 0 };
	size_t left = n - 15;

	text_add(&block, "\xf0", 1);
	for (; left >= 255; left -= 255)
		text_add(&block, "\xff", 1);
	text_add(&block, &(unsigned char){ (unsigned char)left }, 1);
	text_add(&block, p, n);
	text_add(out, "\x02\x21\x4c\x18", 4);
	text_add(out, &(uint32_t){ (uint32_t)block.len }, 4);
	text_add(out, block.s, block.len);
}

static const struct packing {
	const char *name;
	int (*enable)(struct archive *);
	bool size_behind;
	bool checked; /* its checksum is looked at: not gzip's by libarchive, nor by a bzImage itself */
} packings[] = { { "gzip", archive_write_add_filter_gzip, false, false },
		 { "bzip2", archive_write_add_filter_bzip2, true, true },
		 { "lzma", archive_write_add_filter_lzma, true, false },
		 { "xz", archive_write_add_filter_xz, true, true },
		 { "lz4", NULL, true, false },
		 { "zstd", archive_write_add_filter_zstd, true, false } };

static void pack(const struct packing *k, const char *p, size_t n, struct text *out)
{
	uint32_t size = (uint32_t)n;

	if (!k->enable) {
		pack_lz4(p, n, out);
	} else {
		struct archive *a = archive_write_new();
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_pathname(e, "x");
		assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
		assert_int_equal(k->enable(a), ARCHIVE_OK);
		archive_write_set_bytes_in_last_block(a, 1);
		assert_int_equal(archive_write_open(a, out, NULL, pack_write, NULL), ARCHIVE_OK);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, p, n), n);
		assert_int_equal(archive_write_close(a), ARCHIVE_OK);
		archive_entry_free(e);
		archive_write_free(a);
	}
	if (k->size_behind)
		text_add(out, &size, 4);
}

/* The payload at 0x40 behind 3 sectors (the boot sector and 2), and a signature behind it. */
static void wrap(const struct text *payload, struct text *out)
{
	char head[PAYLOAD_AT] = { 0 };

	head[0x1f1] = 2;
	memcpy(head + 0x1fe, "\x55\xaa", 2);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	memcpy(head + 0x248, &(uint32_t){ 0x40 }, 4);
	memcpy(head + 0x24c, &(uint32_t){ (uint32_t)payload->len }, 4);
	text_add(out, head, sizeof(head));
	text_add(out, payload->s, payload->len);
	text_add(out, "signature", 9);
}

static void bzimage(const struct packing *k, struct text *out)
{
	auto_text struct text payload = { 0 };
	struct elf e = small_kernel();

	pack(k, (const char *)&e, sizeof(e), &payload);
	wrap(&payload, out);
}

#define FAILED(call, number, message)                  \
	do {                                           \
		struct err err = ERR_INIT;             \
		assert_int_equal(call, number);        \
		assert_int_equal(err.code, number);    \
		assert_string_equal(err.msg, message); \
	} while (0)

#define REFUSED(call, message) FAILED(call, -ENOEXEC, message)
#define NOT_UNPACKED(t, into, message) REFUSED(vmlinux_unpack((t).s, (t).len, &(into), &err), message)

#define OK(call)                                            \
	do {                                                \
		struct err err = ERR_INIT;                  \
		if (call)                                   \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

static void every_packing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++) {
		auto_text struct text image = { 0 };
		auto_text struct text got = { 0 };

		bzimage(&packings[i], &image);
		OK(vmlinux_unpack(image.s, image.len, &got, &err));
		expect_small_kernel(&got);
	}
}

/* Whatever is lost of a stream, or changed in it where it is checked, is noticed: message begins with the
 * packing. */
static void every_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++) {
		auto_text struct text image = { 0 };
		auto_free char *start = xasprintf("payload (%s)", packings[i].name);

		bzimage(&packings[i], &image);
		uint32_t whole = (uint32_t)(image.len - PAYLOAD_AT - 9);
		for (uint32_t lost = 1; lost < whole - 8; lost += lost < 40 ? 1 : 97) {
			auto_text struct text got = { 0 };
			struct err err = ERR_INIT;
			uint32_t left = whole - lost;

			/* shorter by `lost`, and the size still said at the end */
			memcpy(image.s + 0x24c, &left, 4);
			char end[4], *size = image.s + PAYLOAD_AT + left - 4;
			memcpy(end, size, 4);
			memcpy(size, &(uint32_t){ sizeof(struct elf) }, 4);
			assert_int_equal(vmlinux_unpack(image.s, image.len, &got, &err), -ENOEXEC);
			assert_memory_equal(err.msg, start, strlen(start));
			memcpy(size, end, 4);
		}
		memcpy(image.s + 0x24c, &whole, 4);
		for (uint32_t at = 20; packings[i].checked && at < whole - 30; at += 211) {
			auto_text struct text got = { 0 };
			struct err err = ERR_INIT;

			image.s[PAYLOAD_AT + at] ^= 4;
			assert_int_equal(vmlinux_unpack(image.s, image.len, &got, &err), -ENOEXEC);
			assert_non_null(strstr(err.msg, "): can't be unpacked: "));
			image.s[PAYLOAD_AT + at] ^= 4;
		}
		auto_text struct text got = { 0 };
		/* all was put back: the loops did what they say */
		OK(vmlinux_unpack(image.s, image.len, &got, &err));
	}
}

static void sizes_that_lie(void **state)
{
	auto_text struct text image = { 0 }, got = { 0 }, again = { 0 };

	(void)state;
	bzimage(&packings[4], &image);
	char *size = image.s + image.len - 9 - 4;
	memcpy(size, &(uint32_t){ sizeof(struct elf) + 1 }, 4);
	NOT_UNPACKED(image, got, "payload (lz4): unpacks to 5248 bytes and says 5249");
	memcpy(size, &(uint32_t){ 100 }, 4);
	NOT_UNPACKED(image, again, "payload (lz4): unpacks to more than the 100 bytes it says");
	assert_int_equal(again.len, 0);
	memcpy(size, &(uint32_t){ (512u << 20) + 1 }, 4);
	NOT_UNPACKED(image, again, "payload (lz4): says it unpacks to 536870913 bytes, more than 512 MiB");
}

static void bad_headers(void **state)
{
	auto_text struct text image = { 0 }, got = { 0 };
	static const char huge[] = "is cut short: has %zu bytes, and its payload is 4294967295 bytes at %s";
	char want[160];

	(void)state;
	bzimage(&packings[0], &image);
	REFUSED(vmlinux_unpack("", 0, &got, &err), "is no bzImage: has no header \"HdrS\" at 0x202");
	REFUSED(vmlinux_unpack(image.s, 0x3ff, &got, &err), "is no bzImage: has no header \"HdrS\" at 0x202");
	snprintf(want, sizeof(want), "is cut short: has 2000 bytes, and its payload is %u bytes at 0x640",
		 (unsigned)(image.len - PAYLOAD_AT - 9));
	FAILED(vmlinux_unpack(image.s, 2000, &got, &err), -EBADMSG, want);
	image.s[0x206] = 7;
	NOT_UNPACKED(image, got, "boot protocol 2.07 says nothing of a payload: 2.08 or later does");
	image.s[0x206] = 0xf;
	memset(image.s + 0x24c, 0, 4);
	NOT_UNPACKED(image, got, "has no payload: its length at 0x24c is 0");
	memset(image.s + 0x248, 0xff, 8);
	snprintf(want, sizeof(want), huge, image.len, "0x1000005ff");
	FAILED(vmlinux_unpack(image.s, image.len, &got, &err), -EBADMSG, want);
	image.s[0x1f1] = 0; /* means 4 sectors */
	memset(image.s + 0x248, 0, 4);
	snprintf(want, sizeof(want), huge, image.len, "0xa00");
	FAILED(vmlinux_unpack(image.s, image.len, &got, &err), -EBADMSG, want);
	image.s[0x202] = 'h';
	NOT_UNPACKED(image, got, "is no bzImage: has no header \"HdrS\" at 0x202");
}

static void bad_payloads(void **state)
{
	auto_text struct text lzo = { 0 }, image = { 0 }, packed = { 0 }, wrapped = { 0 }, got = { 0 },
			      other = { 0 };
	struct elf e = small_kernel();

	(void)state;
	text_add(&lzo, "\x89LZO\x00\x0d\x0a\x1a", 8);
	wrap(&lzo, &image);
	NOT_UNPACKED(image, got, "payload: starts with 894c5a4f: none of gzip, bzip2, lzma, xz, lz4, zstd");
	pack(&packings[4], "this is only text, and no kernel", 32, &packed);
	wrap(&packed, &wrapped);
	NOT_UNPACKED(wrapped, got, "payload (lz4): is no ELF file");
	packed.len = wrapped.len = 0;
	e.ph[1].p_type = PT_NULL;
	pack(&packings[3], (const char *)&e, sizeof(e), &packed);
	wrap(&packed, &wrapped);
	NOT_UNPACKED(
		wrapped, other,
		"payload (xz): has no PVH entry, so QEMU can't start it: build it with CONFIG_PVH or take its bzImage");
}

#define NO_VMLINUX "is an ELF file, but no x86-64 vmlinux"
#define CUT(what, bytes) "is cut short: its " what " behind its " bytes " bytes"
#define NO_PVH "has no PVH entry, so QEMU can't start it: build it with CONFIG_PVH or take its bzImage"

static void elf_files(void **state)
{
	const struct elf good = small_kernel();
	const char *p = (const char *)&good;
	size_t needs;

	(void)state;
	OK(vmlinux_check(p, sizeof(good), &needs, &err));
	assert_int_equal(needs, sizeof(good) - RELOCATIONS);
	OK(vmlinux_check(p, needs, &needs, &err));
	REFUSED(vmlinux_check(p, needs - 1, &needs, &err), CUT("segment 0 ends", "5207"));
	REFUSED(vmlinux_check(p, 175, &needs, &err), CUT("program headers end", "175"));
	REFUSED(vmlinux_check(p, 63, &needs, &err), "is no ELF file");
#define BAD(member, value, message)                                                         \
	do {                                                                                \
		struct elf e = good;                                                        \
		e.member = value;                                                           \
		REFUSED(vmlinux_check((const char *)&e, sizeof(e), &needs, &err), message); \
	} while (0)
	BAD(eh.e_ident[1], 'e', "is no ELF file");
	BAD(eh.e_ident[EI_CLASS], ELFCLASS32, NO_VMLINUX);
	BAD(eh.e_machine, EM_AARCH64, NO_VMLINUX);
	BAD(eh.e_type, ET_REL, NO_VMLINUX);
	BAD(eh.e_phentsize, 32, NO_VMLINUX);
	BAD(eh.e_phnum, 0, NO_VMLINUX);
	BAD(ph[0].p_type, PT_NULL, NO_VMLINUX);
	/* what wraps around must not reach before the file */
	BAD(eh.e_phoff, 0 - (uint64_t)sizeof(Elf64_Phdr), CUT("program headers end", "5248"));
	BAD(ph[0].p_offset, UINT64_MAX - 10, CUT("segment 0 ends", "5248"));
	BAD(ph[0].p_filesz, UINT64_MAX, CUT("segment 0 ends", "5248"));
	BAD(ph[1].p_filesz, 1u << 20, CUT("segment 1 ends", "5248"));
	BAD(ph[1].p_type, PT_NULL, NO_PVH);
	BAD(ph[1].p_filesz, sizeof(Elf64_Nhdr) + 4, NO_PVH);	 /* the first note only */
	BAD(ph[1].p_filesz, 2 * sizeof(Elf64_Nhdr) + 4, NO_PVH); /* the second without its name */
	BAD(note[0].nh.n_descsz, UINT32_MAX, NO_PVH);
	BAD(note[1].name[0], 'x', NO_PVH);
}

/* --- the cache ------------------------------------------------------------------------------- */
struct box {
	char path[64];
	struct cache cache;
	char *image, *entry;
	struct sha256 sha;
};

static int setup(void **state)
{
	struct box *b = xcalloc(1, sizeof(*b));

	*state = b;
	snprintf(b->path, sizeof(b->path), "/tmp/numarig-test-vmlinux.XXXXXX");
	if (!mkdtemp(b->path) || setenv("NUMARIG_CACHE", b->path, 1))
		return 1;
	OK(cache_open(&b->cache, &err));
	b->image = xasprintf("%s/bzImage", b->path);
	return 0;
}

static int teardown(void **state)
{
	struct box *b = *state;

	OK(dir_remove(b->path, &err));
	cache_close(&b->cache);
	free(b->image);
	free(b->entry);
	free(b);
	return unsetenv("NUMARIG_CACHE");
}

static void put(struct box *b, const struct text *image)
{
	OK(file_write(b->image, image->s, image->len, &err));
	sha256_bytes(image->s, image->len, &b->sha);
	free(b->entry);
	b->entry = cache_path(&b->cache, "kernels/vmlinux/%s", b->sha.hex);
}

static void expect_unpacked(struct box *b)
{
	auto_vmlinux struct vmlinux v = { 0 };
	auto_text struct text got = { 0 };
	struct sha256 is;

	OK(vmlinux_get(&b->cache, b->image, &b->sha, &v, &err));
	assert_non_null(v.path);
	OK(file_read(v.path, 1u << 20, &got, &err));
	expect_small_kernel(&got);
	sha256_bytes(got.s, got.len, &is);
	assert_string_equal(v.sha256.hex, is.hex);
}

static void cache_keeps(void **state)
{
	struct box *b = *state;
	auto_text struct text image = { 0 };
	auto_free char *tmp = cache_path(&b->cache, "tmp");

	bzimage(&packings[5], &image);
	put(b, &image);
	expect_unpacked(b);
	/* the second time it isn't read at all */
	assert_int_equal(unlink(b->image), 0);
	expect_unpacked(b);
	/* damage is noticed, as is what a power cut leaves */
	put(b, &image);
	static const char *const files[] = { "vmlinux", "sha256" };
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("%s/%s", b->entry, files[i]);

		OK(file_write(path, "", 0, &err));
		expect_unpacked(b);
		assert_int_equal(unlink(path), 0);
		expect_unpacked(b);
	}
	assert_int_equal(rmdir(tmp), 0); /* nothing is left in it */
}

static void cache_keeps_refusals(void **state)
{
	struct box *b = *state;
	auto_text struct text image = { 0 };
	auto_text struct text why = { 0 };

	bzimage(&packings[0], &image);
	image.s[0x206] = 7;
	put(b, &image);
	for (int i = 0; i < 2; i++) {
		auto_vmlinux struct vmlinux v = { 0 };

		OK(vmlinux_get(&b->cache, b->image, &b->sha, &v, &err));
		assert_null(v.path);
		assert_string_equal(v.sha256.hex, b->sha.hex);
		unlink(b->image);
	}
	auto_free char *refused = xasprintf("%s/refused", b->entry);
	auto_free char *want =
		xasprintf("%s: boot protocol 2.07 says nothing of a payload: 2.08 or later does", b->image);
	OK(file_read(refused, 1000, &why, &err));
	assert_string_equal(text_str(&why), want);
}

static void cache_says_what_fails(void **state)
{
	struct box *b = *state;
	auto_vmlinux struct vmlinux v = { 0 };
	auto_text struct text image = { 0 };
	auto_free char *want = xasprintf("kernel: %s: No such file or directory", b->image);

	bzimage(&packings[0], &image);
	put(b, &image);
	unlink(b->image);
	size_t whole = image.len - PAYLOAD_AT - 9;
	FAILED(vmlinux_get(&b->cache, b->image, &b->sha, &v, &err), -ENOENT, want);
	assert_false(path_exists(b->entry));
	/* half a file boots nowhere: that is said, not remembered */
	image.len = 3000;
	put(b, &image);
	auto_free char *cut =
		xasprintf("kernel: %s: is cut short: has 3000 bytes, and its payload is %u bytes at 0x640",
			  b->image, (unsigned)whole);
	REFUSED(vmlinux_get(&b->cache, b->image, &b->sha, &v, &err), cut);
	assert_false(path_exists(b->entry));
}

static void trimmed_when_free(void **state)
{
	struct box *b = *state;
	auto_text struct text image = { 0 };
	struct vmlinux v = { 0 };

	bzimage(&packings[0], &image);
	put(b, &image);
	OK(vmlinux_get(&b->cache, b->image, &b->sha, &v, &err));
	b->cache.max_bytes = 1;
	cache_trim(&b->cache);
	assert_true(path_exists(v.path));
	vmlinux_free(&v);
	cache_trim(&b->cache);
	assert_false(path_exists(b->entry));
	expect_unpacked(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packing),
		cmocka_unit_test(every_damage),
		cmocka_unit_test(sizes_that_lie),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_payloads),
		cmocka_unit_test(elf_files),
		cmocka_unit_test_setup_teardown(cache_keeps, setup, teardown),
		cmocka_unit_test_setup_teardown(cache_keeps_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(cache_says_what_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(trimmed_when_free, setup, teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
