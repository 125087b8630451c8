/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/vmlinux.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"

#define LARGEST_BZIMAGE (256u << 20)
#define LARGEST_UNPACKED (512u << 20)
#define LARGEST_RATIO 64     /* of unpacked to packed; kernels have 3 to 8 */
#define NOTE_PHYS32_ENTRY 18 /* XEN_ELFNOTE_PHYS32_ENTRY of owner "Xen": where PVH enters */

/* Byte offsets in a bzImage. */
enum {
	AT_SETUP_SECTS = 0x1f1,
	AT_BOOT_FLAG = 0x1fe,
	AT_MAGIC = 0x202,
	AT_VERSION = 0x206,
	AT_PAYLOAD = 0x248,
	HEADER = 0x400
};

bool bzimage_is(const char *p, size_t n)
{
	return n >= HEADER && !memcmp(p + AT_BOOT_FLAG, "\x55\xaa", 2) && !memcmp(p + AT_MAGIC, "HdrS", 4);
}

/* --- the ELF file ---------------------------------------------------------------------------- */
static bool notes_have_pvh(const char *p, size_t n)
{
	Elf64_Nhdr nh;

	for (size_t at = 0; at < n && n - at >= sizeof(nh) + 4;) {
		memcpy(&nh, p + at, sizeof(nh));
		at += sizeof(nh);
		if (nh.n_type == NOTE_PHYS32_ENTRY && nh.n_namesz == 4 && !memcmp(p + at, "Xen", 4))
			return true;
		at += ((size_t)nh.n_namesz + 3) / 4 * 4 + ((size_t)nh.n_descsz + 3) / 4 * 4;
	}
	return false;
}

int vmlinux_check(const char *p, size_t n, size_t *needs, struct err *err)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	bool loads = false, pvh = false;

	*needs = 0;
	if (n < sizeof(eh) || memcmp(p, ELFMAG, SELFMAG))
		return err_set(err, -ENOEXEC, "is no ELF file");
	memcpy(&eh, p, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_machine != EM_X86_64 || eh.e_type != ET_EXEC ||
	    eh.e_phentsize != sizeof(ph))
		return err_set(err, -ENOEXEC, "is an ELF file, but no x86-64 vmlinux");
	if (eh.e_phoff > n || (n - eh.e_phoff) / sizeof(ph) < eh.e_phnum)
		return err_set(err, -ENOEXEC, "is cut short: its program headers end behind its %zu bytes",
			       n);
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		memcpy(&ph, p + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE)
			continue;
		if (ph.p_offset > n || ph.p_filesz > n - ph.p_offset)
			return err_set(err, -ENOEXEC,
				       "is cut short: its segment %u ends behind its %zu bytes", i, n);
		*needs = ph.p_offset + ph.p_filesz > *needs ? ph.p_offset + ph.p_filesz : *needs;
		loads = loads || ph.p_type == PT_LOAD;
		pvh = pvh || (ph.p_type == PT_NOTE && notes_have_pvh(p + ph.p_offset, ph.p_filesz));
	}
	if (!loads)
		return err_set(err, -ENOEXEC, "is an ELF file, but no x86-64 vmlinux");
	if (!pvh)
		return err_set(
			err, -ENOEXEC,
			"has no PVH entry, so QEMU can't start it: build it with CONFIG_PVH or take its bzImage");
	return 0;
}

/* --- the bzImage ----------------------------------------------------------------------------- */
/* What a kernel's build can pack with; lzo is the one missing (libarchive runs a program for it). */
static const struct method {
	const char *name, *magic;
	size_t magic_bytes;
	int (*enable)(struct archive *);
	bool size_behind; /* the size unpacked stands behind the stream, not in it */
} methods[] = {
	{ "gzip", "\x1f\x8b", 2, archive_read_support_filter_gzip, false },
	{ "bzip2", "BZh", 3, archive_read_support_filter_bzip2, true },
	{ "lzma", "\x5d\x00\x00", 3, archive_read_support_filter_lzma, true },
	{ "xz", "\xfd\x37zXZ\x00", 6, archive_read_support_filter_xz, true },
	{ "lz4", "\x02\x21\x4c\x18", 4, archive_read_support_filter_lz4, true }, /* the legacy frame */
	{ "zstd", "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd, true },
};

static uint32_t u32_at(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static int find_payload(const char *p, size_t n, const char **payload, size_t *bytes, struct err *err)
{
	if (!bzimage_is(p, n))
		return err_set(err, -ENOEXEC, "is no bzImage: has no header \"HdrS\" at 0x202");
	unsigned version = (unsigned char)p[AT_VERSION + 1] << 8 | (unsigned char)p[AT_VERSION];
	if (version < 0x208)
		return err_set(err, -ENOEXEC,
			       "boot protocol %u.%02u says nothing of a payload: 2.08 or later does",
			       version >> 8, version & 255);
	unsigned sectors = (unsigned char)p[AT_SETUP_SECTS];
	uint64_t at = (sectors ? sectors + 1u : 5u) * 512ull + u32_at(p + AT_PAYLOAD);
	*bytes = u32_at(p + AT_PAYLOAD + 4);
	if (*bytes < 8)
		return err_set(err, -ENOEXEC, "has no payload: its length at 0x24c is %zu", *bytes);
	if (at > n || *bytes > n - at)
		return err_set(err, -EBADMSG,
			       "is cut short: has %zu bytes, and its payload is %zu bytes at 0x%" PRIx64, n,
			       *bytes, at);
	*payload = p + at;
	return 0;
}

static int read_stream(struct archive *a, const char *p, size_t n, size_t size, struct text *out,
		       struct err *err)
{
	struct archive_entry *entry;
	const void *block;
	int64_t at;
	int r = archive_read_open_memory(a, p, n);

	r = r ? r : archive_read_next_header(a, &entry);
	while (r == ARCHIVE_OK && (r = archive_read_data_block(a, &block, &n, &at)) == ARCHIVE_OK) {
		if (n > size - out->len)
			return err_set(err, -ENOEXEC, "unpacks to more than the %zu bytes it says", size);
		text_add(out, block, n);
	}
	if (r != ARCHIVE_EOF)
		return err_set(err, -ENOEXEC, "can't be unpacked: %s",
			       archive_error_string(a) ? archive_error_string(a) : "its stream is damaged");
	/* lz4's legacy frame has neither an end mark nor a checksum: this is what notices a lost block */
	if (out->len != size)
		return err_set(err, -ENOEXEC, "unpacks to %zu bytes and says %zu", out->len, size);
	return 0;
}

static int unpack_payload(const struct method *m, const char *p, size_t n, struct text *out, struct err *err)
{
	size_t size = u32_at(p + n - 4);
	struct archive *a;
	int r;

	if (size > LARGEST_UNPACKED)
		return err_set(err, -ENOEXEC, "says it unpacks to %zu bytes, more than %u MiB", size,
			       LARGEST_UNPACKED >> 20);
	if (size / LARGEST_RATIO > n)
		return err_set(err, -ENOEXEC, "says it unpacks to %zu bytes, more than %d times its %zu",
			       size, LARGEST_RATIO, n);
	a = archive_read_new();
	if (!a)
		abort();
	archive_read_support_format_raw(a);
	if (m->enable(a) != ARCHIVE_OK)
		r = err_set(err, -ENOEXEC, "can't be unpacked: this libarchive lacks %s", m->name);
	else /* what stands behind a stream would be taken for another one */
		r = read_stream(a, p, n - (m->size_behind ? 4 : 0), size, out, err);
	archive_read_free(a);
	return r;
}

/* A boot reads nothing behind the last segment: relocations, section headers and what they name go. */
static void cut(struct text *t, size_t needs)
{
	Elf64_Ehdr eh;

	memcpy(&eh, t->s, sizeof(eh));
	eh.e_shoff = 0;
	eh.e_shnum = eh.e_shstrndx = 0;
	memcpy(t->s, &eh, sizeof(eh));
	if (needs < t->len) {
		t->len = needs;
		t->s[needs] = 0;
	}
}

int vmlinux_unpack(const char *p, size_t n, struct text *out, struct err *err)
{
	const struct method *m = NULL;
	const char *payload = p;
	size_t bytes = 0, needs = 0;

	if (find_payload(p, n, &payload, &bytes, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(methods) && !m; i++)
		if (!memcmp(payload, methods[i].magic, methods[i].magic_bytes))
			m = &methods[i];
	if (!m)
		return err_set(err, -ENOEXEC,
			       "payload: starts with %08x: none of gzip, bzip2, lzma, xz, lz4, zstd",
			       __builtin_bswap32(u32_at(payload)));
	if (unpack_payload(m, payload, bytes, out, err) || vmlinux_check(out->s, out->len, &needs, err))
		return err_prefix(err, "payload (%s)", m->name);
	cut(out, needs);
	return 0;
}

/*
 * Unpacks a bzImage (gzip, bzip2, lzma, xz, lz4, zstd) into `out`, which must be empty. The result is a vmlinux that passes
 * vmlinux_check(), cut off after its last segment, without section headers. -ENOEXEC with the reason when it can't be unpacked;
 * -EBADMSG when the file is cut short, so that it can't be booted at all; other errors are those of reading. After an error the
 * content of `out` is undefined.
 */
static int vmlinux_extract(const char *bzimage, struct text *out, struct err *err)
{
	auto_text struct text image = { 0 };

	if (file_read(bzimage, LARGEST_BZIMAGE, &image, err))
		return err->code == -EFBIG ? err_set(err, -ENOEXEC, "%s: is larger than %u MiB", bzimage,
						     LARGEST_BZIMAGE >> 20)
					   : err->code;
	return vmlinux_unpack(text_str(&image), image.len, out, err) ? err_prefix(err, "%s", bzimage) : 0;
}

/* --- the cache: DIGEST/vmlinux with DIGEST/sha256, or DIGEST/refused ------------------------- */
void vmlinux_free(struct vmlinux *v)
{
	free(v->path);
	if (v->lock > 0)
		close(v->lock);
	*v = (struct vmlinux){ .lock = -1 };
}

/* What the entry says, if it is whole. The folder's time is that of its last use; the file's must not change:
 * cache_hash. */
static bool look_up(const struct cache *c, const char *entry, const struct sha256 *of, struct vmlinux *out)
{
	auto_free char *image = xasprintf("%s/vmlinux", entry);
	auto_free char *digest = xasprintf("%s/sha256", entry);
	auto_free char *refused = xasprintf("%s/refused", entry);
	auto_text struct text kept = { 0 };
	struct err ignored = ERR_INIT;

	if (!path_exists(image)) {
		out->sha256 = *of;
		return path_exists(refused);
	}
	if (file_read(digest, 64, &kept, &ignored) || cache_hash(c, image, &out->sha256, &ignored) ||
	    strcmp(text_str(&kept), out->sha256.hex) != 0)
		return false;
	out->path = take_ptr(image);
	return true;
}

static int fill(const char *dir, const char *bzimage, struct err *err)
{
	auto_free char *image = xasprintf("%s/vmlinux", dir);
	auto_free char *digest = xasprintf("%s/sha256", dir);
	auto_free char *refused = xasprintf("%s/refused", dir);
	auto_text struct text elf = { 0 };
	struct sha256 sha;
	int r = vmlinux_extract(bzimage, &elf, err);

	if (r == -ENOEXEC) {
		err->code = 0;
		return file_write(refused, err->msg, strlen(err->msg), err);
	}
	if (r)
		return r;
	sha256_bytes(elf.s, elf.len, &sha);
	return file_write(image, elf.s, elf.len, err) || file_write(digest, sha.hex, 64, err) ? err->code : 0;
}

static int make(const struct cache *c, const char *entry, const char *bzimage, struct err *err)
{
	auto_free char *tmp = cache_path(c, "tmp");
	auto_free char *all = cache_path(c, "kernels/vmlinux");
	auto_free char *work = NULL;
	auto_close int work_lock = -1;
	struct err ignored = ERR_INIT;

	if (dir_make(all, err) || cache_workspace(tmp, &work, &work_lock, err))
		return err->code;
	if (fill(work, bzimage, err)) {
		dir_remove(work, &ignored);
		return err->code;
	}
	dir_remove(entry, &ignored); /* not there, or damaged */
	if (!rename(work, entry))
		return 0;
	/* another run was first, with the same bytes */
	int r = errno == EEXIST || errno == ENOTEMPTY ? 0 : err_sys(err, "%s", entry);
	dir_remove(work, &ignored);
	return r;
}

int vmlinux_get(const struct cache *c, const char *bzimage, const struct sha256 *of, struct vmlinux *out,
		struct err *err)
{
	auto_free char *entry = cache_path(c, "kernels/vmlinux/%s", of->hex);
	auto_free char *lock = xasprintf("vmlinux-%s", of->hex);

	*out = (struct vmlinux){ .lock = -1 };
	if (cache_lock(c, lock, false, true, &out->lock, err))
		return err->code;
	for (int tries = 0; tries < 2; tries++) {
		if (look_up(c, entry, of, out)) {
			utimensat(AT_FDCWD, entry, NULL, 0); /* least recently used goes first */
			return 0;
		}
		if (tries || !make(c, entry, bzimage, err))
			continue;
		if (err->code == -EBADMSG)
			err->code = -ENOEXEC;
		return err_prefix(err, "kernel");
	}
	return err_set(err, -EIO, "%s: its file was removed from the cache folder", entry);
}
