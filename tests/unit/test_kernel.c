/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kit/kernel.h: what is a kernel and what is none, found out before a guest is silent. Images are made here; the
 * source is included, so that an image can be looked at that ends, and begins, at the edge of its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kit/kernel.c"

struct place {
	char path[64];
	struct cache cache;
};

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct err err = ERR_INIT;

	snprintf(p->path, sizeof(p->path), "/tmp/numarig-test-kernel.XXXXXX");
	*state = p;
	if (!mkdtemp(p->path))
		return -1;
	auto_free char *cache = xasprintf("%s/cache", p->path);
	return setenv("NUMARIG_CACHE", cache, 1) || cache_open(&p->cache, &err);
}

static int teardown(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(p->path, &err);

	cache_close(&p->cache);
	free(p);
	return bad;
}

/* --- images ------------------------------------------------------------------------------------------------------- */
#define BZ_SIZE 0x2000
#define ELF_SIZE 1024
#define NOTE_AT 256

/* Boot sector and setup header, the version's text at 0x200 + at (0: none). */
static void make_bzimage(char *p, uint16_t at, const char *version)
{
	memset(p, 0x90, BZ_SIZE);
	memcpy(p + 0x1fe, "\x55\xaa", 2);
	memcpy(p + 0x202, "HdrS\x07\x02", 6); /* of a protocol before payloads: is booted as it is */
	memcpy(p + 0x20e, &at, 2);
	if (at)
		memcpy(p + 0x200 + at, version, strlen(version) + 1);
}

struct note {
	Elf64_Nhdr h;
	char name[4];
	uint64_t entry;
};

/* A header of a note of this type and owner, one of the whole file as its segment, and the banner. */
static void make_vmlinux(char *p, unsigned type, const char *owner)
{
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
			  .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_phoff = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2 };
	struct note n = { .h = { .n_namesz = 4, .n_descsz = 8, .n_type = type } };
	Elf64_Phdr ph[2] = { { .p_type = PT_NOTE, .p_offset = NOTE_AT, .p_filesz = sizeof(n) },
			     { .p_type = PT_LOAD, .p_filesz = ELF_SIZE } };

	memset(p, 0, ELF_SIZE);
	memcpy(n.name, owner, strlen(owner));
	memcpy(p, &eh, sizeof(eh));
	memcpy(p + sizeof(eh), ph, sizeof(ph));
	memcpy(p + NOTE_AT, &n, sizeof(n));
	strcpy(p + 512, "Linux version 6.12.117 (me@home) #1 SMP"); /* NOLINT: it fits */
}

/* The image between two pages that can't be read. `front`: at its first page's begin, else at its end. */
static int look(const char *image, size_t n, bool front, struct kernel *k, struct err *err)
{
	const size_t page = 4096, room = (n + page - 1) / page * page;
	char *m = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(m != MAP_FAILED);
	assert_int_equal(mprotect(m + page, room ? room : page, PROT_READ | PROT_WRITE), 0);
	char *p = m + page + (front ? 0 : room - n);
	memcpy(p, image, n);
	*k = (struct kernel){ 0 };
	int code = kernel_identify("x", p, n, k, err);
	munmap(m, room + 2 * page);
	return code;
}

static void is_kernel(const char *image, size_t n, bool elf, const char *release)
{
	for (int front = 0; front < 2; front++) {
		auto_kernel struct kernel k = { 0 };
		struct err err = ERR_INIT;

		if (look(image, n, front, &k, &err))
			fail_msg("%s", err.msg);
		assert_string_equal(k.release, release);
		assert_int_equal(k.elf, elf);
	}
}

static void is_none(const char *image, size_t n, const char *words)
{
	for (int front = 0; front < 2; front++) {
		auto_kernel struct kernel k = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(look(image, n, front, &k, &err), -ENOEXEC);
		assert_string_equal(err.msg, words);
	}
}

#define NO_KERNEL "x: is no kernel: neither a bzImage nor an ELF vmlinux"
#define NO_VMLINUX "x: is an ELF file, but no x86-64 vmlinux"
#define CUT(what) "x: is cut short: its " what " behind its 1024 bytes"
#define NO_PVH "x: has no PVH entry, so QEMU can't start it: build it with CONFIG_PVH or take its bzImage"

static void bzimages(void **state)
{
	char p[BZ_SIZE];

	(void)state;
	make_bzimage(p, 0x1000, "6.12.117+deb12-cloud-amd64 (debian-kernel@lists) #1 SMP");
	is_kernel(p, sizeof(p), false, "6.12.117+deb12-cloud-amd64");
	make_bzimage(p, 0, "");
	is_kernel(p, sizeof(p), false, "");
	make_bzimage(p, 0x1000, "6.12");
	is_kernel(p, 0x1200, false, ""); /* the version is where the file has ended */
	is_kernel(p, 0x1202, false, "6.");
	is_kernel(p, 0x400, false, "");
	is_none(p, 0x3ff, NO_KERNEL);
	p[0x1ff] = 0;
	is_none(p, sizeof(p), NO_KERNEL);
	make_bzimage(p, 0x1000, "6.12");
	p[0x203] = 'X';
	is_none(p, sizeof(p), NO_KERNEL);
}

static void vmlinuxes(void **state)
{
	char p[ELF_SIZE];

	(void)state;
	make_vmlinux(p, 18, "Xen");
	is_kernel(p, sizeof(p), true, "6.12.117");
	make_vmlinux(p, 17, "Xen");
	is_none(p, sizeof(p), NO_PVH);
	make_vmlinux(p, 18, "GNU");
	is_none(p, sizeof(p), NO_PVH);
	make_vmlinux(p, 18, "Xen");
	memset(p + 512, 0, 100); /* any other program */
	is_none(p, sizeof(p), NO_VMLINUX);
	make_vmlinux(p, 18, "Xen");
	p[offsetof(Elf64_Ehdr, e_machine)] = EM_386;
	is_none(p, sizeof(p), NO_VMLINUX);
	make_vmlinux(p, 18, "Xen");
	p[offsetof(Elf64_Ehdr, e_type)] = ET_DYN;
	is_none(p, sizeof(p), NO_VMLINUX);
	is_none(p, sizeof(Elf64_Ehdr) - 1, NO_KERNEL);
}

static void put64(char *p, size_t at, uint64_t v)
{
	memcpy(p + at, &v, 8);
}

/* Headers that lie: nothing behind, or before, the file is read. */
static void lying_vmlinuxes(void **state)
{
	static const uint64_t odd[] = { ELF_SIZE,	ELF_SIZE - 8,	 UINT64_MAX,
					UINT64_MAX - 7, UINT64_MAX - 55, 1ull << 63 };
	const size_t ph = sizeof(Elf64_Ehdr);
	char p[ELF_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		make_vmlinux(p, 18, "Xen");
		put64(p, offsetof(Elf64_Ehdr, e_phoff), odd[i]);
		is_none(p, sizeof(p), CUT("program headers end"));
		make_vmlinux(p, 18, "Xen");
		put64(p, ph + offsetof(Elf64_Phdr, p_offset), odd[i]);
		is_none(p, sizeof(p), CUT("segment 0 ends"));
		make_vmlinux(p, 18, "Xen");
		put64(p, ph + offsetof(Elf64_Phdr, p_filesz), odd[i]);
		is_none(p, sizeof(p), CUT("segment 0 ends"));
	}
	make_vmlinux(p, 18, "Xen");
	memset(p + offsetof(Elf64_Ehdr, e_phnum), 0xff, 2); /* more headers than there is file */
	is_none(p, sizeof(p), CUT("program headers end"));
	make_vmlinux(p, 17, "Xen");
	memset(p + NOTE_AT, 0xff, 8); /* a note of 4 GiB */
	is_none(p, sizeof(p), NO_PVH);
	make_vmlinux(p, 18, "Xen");
	put64(p, ph + offsetof(Elf64_Phdr, p_filesz), sizeof(Elf64_Nhdr)); /* its name is cut off */
	is_none(p, sizeof(p), NO_PVH);
	make_vmlinux(p, 18, "Xen");
	memset(p + 512, 0, 512);
	memcpy(p + ELF_SIZE - 14, "Linux version ", 14); /* and no release behind it */
	is_kernel(p, sizeof(p), true, "");
}

/* --- by name ------------------------------------------------------------------------------------------------------ */
static char *put(const struct place *p, const char *name, const void *bytes, size_t n)
{
	char *path = xasprintf("%s/%s", p->path, name);
	auto_free char *dir = xstrdup(path);
	struct err err = ERR_INIT;

	*strrchr(dir, '/') = 0;
	if (dir_make(dir, &err) || file_write(path, bytes, n, &err))
		fail_msg("%s", err.msg);
	return path;
}

/* kernel_find must refuse it; '@' in the words stands for the path. */
static void not_found(const struct place *p, const char *asked, int code, const char *words)
{
	auto_kernel struct kernel k = { 0 };
	auto_text struct text want = { 0 };
	struct err err = ERR_INIT;

	for (const char *c = words; *c; c++)
		text_printf(&want, *c == '@' ? "%s" : "%.1s", *c == '@' ? asked : c);
	assert_int_equal(kernel_find(&p->cache, p->path, asked, &k, &err), code);
	assert_string_equal(err.msg, text_str(&want));
}

#define USAGE \
	"want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, a bzImage, a vmlinux or a build folder"

static void files(void **state)
{
	const struct place *p = *state;
	auto_kernel struct kernel k = { 0 };
	char image[BZ_SIZE];
	struct err err = ERR_INIT;
	struct sha256 sha;

	make_bzimage(image, 0x1000, "6.9.1-mine (me)");
	sha256_bytes(image, sizeof(image), &sha);
	auto_free char *good = put(p, "vmlinuz-mine", image, sizeof(image)), *empty = put(p, "empty", "", 0);
	auto_free char *text = put(p, "text", "hello\n", 6), *none = xasprintf("%s/none", p->path);
	auto_free char *folder = xasprintf("%s/folder", p->path), *fifo = xasprintf("%s/fifo", p->path);

	if (kernel_find(&p->cache, p->path, good, &k, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(k.asked, good);
	assert_string_equal(k.name, "vmlinuz-mine");
	assert_string_equal(k.image, good);
	assert_string_equal(k.release, "6.9.1-mine");
	assert_string_equal(k.sha256.hex, sha.hex);
	assert_true(!k.package && !k.modules && !k.config && !k.elf);
	not_found(p, empty, -ENOEXEC, "kernel @: is empty, not a bzImage or vmlinux");
	not_found(p, text, -ENOEXEC, "kernel: @: is no kernel: neither a bzImage nor an ELF vmlinux");
	not_found(p, none, -ENOENT, "kernel @: No such file or directory");
	assert_int_equal(mkdir(folder, 0755), 0);
	not_found(p, folder, -ENOENT,
		  "kernel folder @: holds neither arch/x86/boot/bzImage nor vmlinux: build it first");
	assert_int_equal(mkfifo(fifo, 0644), 0);
	not_found(p, fifo, -ENOEXEC, "kernel @: is no regular file, not a bzImage or vmlinux");
	not_found(p, "/dev/null", -ENOEXEC, "kernel @: is no regular file, not a bzImage or vmlinux");
}

static void build_folder(void **state)
{
	const struct place *p = *state;
	auto_kernel struct kernel k = { 0 }, again = { 0 };
	char image[BZ_SIZE], elf[ELF_SIZE];
	struct err err = ERR_INIT;

	make_bzimage(image, 0x1000, "6.13.0-rc2+ (me)");
	make_vmlinux(elf, 18, "Xen");
	auto_free char *vmlinux = put(p, "build/vmlinux", elf, sizeof(elf)),
		       *dir = xasprintf("%s/build", p->path);
	if (kernel_find(&p->cache, p->path, dir, &k, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(k.image, vmlinux);
	assert_string_equal(k.name, "build");
	assert_true(k.elf && !k.config);
	auto_free char *bzimage =
		put(p, "build/arch/x86/boot/bzImage", image, sizeof(image)); /* is taken first */
	auto_free char *config = put(p, "build/.config", "CONFIG_NUMA=y\n", 14),
		       *modules = xasprintf("%s/drivers/block", dir);
	if (kernel_find(&p->cache, p->path, dir, &again, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(again.image, bzimage);
	assert_string_equal(again.config, config);
	assert_string_equal(again.modules, modules);
	assert_string_equal(again.release, "6.13.0-rc2+");
}

/* The archive's side is a script of the project's folder: here one of ours. */
static void archive(void **state)
{
	static const char gone[] = "echo 'left the archive' >&2; exit 77\n";
	static const char fails[] = "echo >&2; echo 'no network' >&2; echo 'and more' >&2; exit 1\n";
	static const char silent[] = "exit 0\n";
	const struct place *p = *state;
	auto_kernel struct kernel k = { 0 };
	char image[BZ_SIZE];
	struct err err = ERR_INIT;

	free(put(p, "guests/kernel/fetch", gone, sizeof(gone) - 1));
	not_found(p, "6.1.0-5-cloud-amd64", -ENODATA, "kernel @: left the archive");
	free(put(p, "guests/kernel/fetch", fails, sizeof(fails) - 1));
	not_found(p, "6.12", -EIO, "kernel @: no network");
	free(put(p, "guests/kernel/fetch", silent, sizeof(silent) - 1));
	not_found(p, "6.1", -EIO, "kernel @: could not be fetched");
	make_bzimage(image, 0x1000, "6.1.0-56-cloud-amd64 (x)");
	free(put(p, "found/6.1.0-56-cloud-amd64/vmlinuz", image, sizeof(image)));
	free(put(p, "found/6.1.0-56-cloud-amd64/package", "linux-image 6.1.0 sha\nmore\n", 27));
	auto_free char *finds =
		xasprintf("[ \"$1 $2\" = \"%s 6.1\" ] || exit 5\necho %s/found/6.1.0-56-cloud-amd64\n",
			  p->cache.root, p->path);
	free(put(p, "guests/kernel/fetch", finds, strlen(finds)));
	if (kernel_find(&p->cache, p->path, "6.1", &k, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(k.name, "6.1.0-56-cloud-amd64");
	assert_string_equal(k.release, "6.1.0-56-cloud-amd64");
	assert_string_equal(k.package, "linux-image 6.1.0 sha");
}

static void unknown(void **state)
{
	const struct place *p = *state;

	not_found(p, "6.13", -ENOENT, "no kernel \"@\": " USAGE); /* another number is no mistyped one */
	not_found(p, "nosuchkernel", -ENOENT, "no kernel \"@\": " USAGE);
	not_found(p, "", -ENOENT, "no kernel \"@\": " USAGE);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */
static void versions(void **state)
{
	static const struct {
		const char *release;
		unsigned v[3];
	} cases[] = {
		{ "6.12.117+deb12-cloud-amd64", { 6, 12, 117 } },
		{ "6.1.0-56-cloud-amd64", { 6, 1, 0 } },
		{ "6.13-rc2", { 6, 13, 0 } },
		{ "6", { 0, 0, 0 } },
		{ "", { 0, 0, 0 } },
		{ "next-20240101", { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned v[3] = { 9, 9, 9 };

		kernel_version(cases[i].release, v);
		assert_memory_equal(v, cases[i].v, sizeof(v));
	}
}

/* What source a kernel was made of, from whatever says so. */
static void upstream(void **state)
{
	static const char gcc[] =
		"(gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40)";
	static const struct {
		const char *release, *package, *behind;
		bool exact;
		unsigned v[3];
	} cases[] = {
		{ "6.1.0-50-cloud-amd64",
		  NULL,
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-01-01)",
		  true,
		  { 6, 1, 176 } },
		{ "6.1.0-50-cloud-amd64",
		  "linux-image-6.1.0-50-cloud-amd64 6.1.170-3 ab",
		  "#1 SMP",
		  true,
		  { 6, 1, 170 } },
		{ "6.1.0-50-cloud-amd64",
		  "linux-image 5.10.1 ab",
		  "#1 SMP Debian 6.1.176-1",
		  true,
		  { 6, 1, 176 } },
		{ "6.1.0-50-cloud-amd64", NULL, "#1 SMP", false, { 6, 1, 0 } },
		{ "6.1.0-50-cloud-amd64", NULL, "#1 SMP Debian 5.10.209-2", false, { 6, 1, 0 } },
		{ "5.14.0-427.el9.x86_64", NULL, "#1 SMP", false, { 5, 14, 0 } },
		{ "5.15.0-91-generic", NULL, "#101-Ubuntu SMP", false, { 5, 15, 0 } },
		{ "6.12.117+deb12-cloud-amd64", NULL, "#1 SMP Debian 6.12.117-1", true, { 6, 12, 117 } },
		{ "6.1.0", NULL, "#1 SMP", true, { 6, 1, 0 } },
		{ "6.1.0-rc3", NULL, "#1 SMP", true, { 6, 1, 0 } },
		{ "6.1.7-2-arch", NULL, "#1 SMP", true, { 6, 1, 7 } },
		{ "", NULL, "", true, { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *banner =
			xasprintf("%s (me@home) %s %s", cases[i].release, gcc, cases[i].behind);
		auto_free char *package = cases[i].package ? xstrdup(cases[i].package) : NULL;
		auto_free char *release = xstrdup(cases[i].release);
		struct kernel k = { .release = release, .package = package, .banner = banner };
		unsigned v[3] = { 9, 9, 9 };

		if (kernel_upstream(&k, v) != cases[i].exact || memcmp(v, cases[i].v, sizeof(v)) != 0)
			fail_msg("%s: %u.%u.%u", banner, v[0], v[1], v[2]);
	}
}

/* The banner of both kinds of images, also where it ends at the edge of the file. */
static void banners(void **state)
{
	static const char text[] = "6.1.0-50-cloud-amd64 (debian@d) #1 SMP Debian 6.1.176-1 (2026)";
	char bz[BZ_SIZE], elf[ELF_SIZE];
	auto_kernel struct kernel a = { 0 }, b = { 0 };
	struct err err = ERR_INIT;
	unsigned v[3];

	(void)state;
	make_bzimage(bz, 0x1e00 - sizeof(text), text);
	assert_int_equal(look(bz, 0x2000, false, &a, &err), 0);
	assert_string_equal(a.banner, text);
	assert_string_equal(a.release, "6.1.0-50-cloud-amd64");
	assert_true(kernel_upstream(&a, v) && v[2] == 176);
	make_vmlinux(elf, 18, "Xen");
	assert_int_equal(look(elf, sizeof(elf), true, &b, &err), 0);
	assert_string_equal(b.banner, "6.12.117 (me@home) #1 SMP");
}

static void missing_is(const char *path, const char *words, unsigned n)
{
	auto_text struct text out = { 0 };
	struct err err = ERR_INIT;
	unsigned count = 77;

	assert_int_equal(kernel_missing(path, &out, &count, &err), 0);
	assert_string_equal(text_str(&out), words);
	assert_int_equal(count, n);
}

static void missing_options(void **state)
{
	const struct place *p = *state;
	auto_text struct text config = { 0 }, all = { 0 };
	auto_free char *none = xasprintf("%s/none", p->path),
		       *want = xasprintf("%s: No such file or directory", none);
	struct err err = ERR_INIT;
	unsigned count;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		text_printf(&config, "%s=%s\n", needed[i].option,
			    i % 2 ? "m" : "y"); /* the first line of all counts, too */
		text_printf(&all, "%s: %s\n", needed[i].option, needed[i].why);
	}
	auto_free char *whole = put(p, "whole", config.s, config.len), *empty = put(p, "empty", "", 0);
	missing_is(whole, "", 0);
	missing_is(empty, all.s, ARRAY_SIZE(needed));
	/* one that is named but not set, one whose name only begins so */
	auto_free char *ksm = strstr(config.s, "CONFIG_KSM=") ? xstrdup(config.s) : NULL;
	assert_non_null(ksm);
	memcpy(strstr(ksm, "CONFIG_KSM="), "# NFIG_KSM ", 11);
	text_printf(&config, "%s", "");
	auto_free char *more = xasprintf("%s# CONFIG_KSM is not set\nCONFIG_KSM_X=y\nXCONFIG_KSM=y\n", ksm);
	auto_free char *partly = put(p, "partly", more, strlen(more));
	missing_is(partly, "CONFIG_KSM: ksm knobs\n", 1);
	assert_int_equal(kernel_missing(none, &all, &count, &err), -ENOENT);
	assert_string_equal(err.msg, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bzimages),
		cmocka_unit_test(vmlinuxes),
		cmocka_unit_test(lying_vmlinuxes),
		cmocka_unit_test(versions),
		cmocka_unit_test(upstream),
		cmocka_unit_test(banners),
		cmocka_unit_test_setup_teardown(files, setup, teardown),
		cmocka_unit_test_setup_teardown(build_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(archive, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_options, setup, teardown),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
