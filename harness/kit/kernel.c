/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/kernel.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/suggest.h"
#include "kit/tool.h"

#define FETCH_DEADLINE_MS 540000 /* a slow mirror and 60 MB */
#define LARGEST_IMAGE (1ull << 30)

void kernel_free(struct kernel *k)
{
	free(k->asked);
	free(k->name);
	free(k->image);
	free(k->modules);
	free(k->config);
	free(k->package);
	free(k->release);
	free(k->banner);
	vmlinux_free(&k->unpacked);
	*k = (struct kernel){ 0 };
}

void kernel_version(const char *release, unsigned v[3])
{
	v[0] = v[1] = v[2] = 0;
	if (sscanf(release, "%u.%u.%u", &v[0], &v[1], &v[2]) < 2)
		v[0] = v[1] = v[2] = 0;
}

/* A version of this series where the text says "Debian VERSION"; compilers are Debian's, too. */
static bool debian_version(const char *text, const unsigned series[3], unsigned v[3])
{
	static const char word[] = " Debian ";

	for (const char *at = text; (at = strstr(at, word)); at++) {
		kernel_version(at + sizeof(word) - 1, v);
		if (v[0] && v[0] == series[0] && v[1] == series[1])
			return true;
	}
	return false;
}

/* "6.1.0-50-cloud-amd64", "5.14.0-427.el9.x86_64": the number behind the dash counts builds of a package. */
static bool numbers_abi(const char *release)
{
	unsigned a, b;
	int end = 0;

	return sscanf(release, "%u.%u.0-%n", &a, &b, &end) == 2 && end &&
	       isdigit((unsigned char)release[end]);
}

bool kernel_upstream(const struct kernel *k, unsigned v[3])
{
	const char *blank = k->package ? strchr(k->package, ' ') : NULL,
		   *release = k->release ? k->release : "";
	unsigned from[3];

	kernel_version(release, from);
	memcpy(v, from, sizeof(from));
	if (!numbers_abi(release))
		return true;
	if (blank) {
		kernel_version(blank + 1, v);
		if (v[0] == from[0] && v[1] == from[1])
			return true;
	}
	if (k->banner && debian_version(k->banner, from, v))
		return true;
	memcpy(v, from, sizeof(from));
	return false;
}

/* What is printable at `s`, which may not be ended within `left` bytes. */
static char *printable(const char *s, size_t left, char least, size_t most)
{
	size_t n = 0;

	while (n < left && n < most && s[n] >= least && s[n] < 0x7f)
		n++;
	return xasprintf("%.*s", (int)n, s);
}

/* The banner, and its first word. */
static void take_banner(const char *s, size_t left, struct kernel *k)
{
	k->banner = printable(s, left, ' ', 512);
	k->release = printable(s, left, ' ' + 1, 128);
}

/* Documentation/arch/x86/boot.rst: kernel_version at 0x20e. */
static bool is_bzimage(const char *p, size_t n, struct kernel *k)
{
	uint16_t at;

	if (!bzimage_is(p, n))
		return false;
	memcpy(&at, p + 0x20e, 2);
	if (at && 0x200u + at < n)
		take_banner(p + 0x200 + at, n - 0x200 - at, k);
	else
		take_banner("", 0, k);
	return true;
}

int kernel_identify(const char *path, const char *p, size_t n, struct kernel *k, struct err *err)
{
	static const char version[] = "Linux version ";
	size_t needs;
	const char *at;

	if (is_bzimage(p, n, k))
		return 0;
	if (n < sizeof(Elf64_Ehdr) || memcmp(p, ELFMAG, SELFMAG))
		return err_set(err, -ENOEXEC, "%s: is no kernel: neither a bzImage nor an ELF vmlinux", path);
	if (vmlinux_check(p, n, &needs, err))
		return err_prefix(err, "%s", path);
	at = memmem(p, n, version, sizeof(version) - 1);
	if (!at)
		return err_set(err, -ENOEXEC, "%s: is an ELF file, but no x86-64 vmlinux", path);
	k->elf = true;
	at += sizeof(version) - 1;
	take_banner(at, n - (size_t)(at - p), k);
	return 0;
}

/* Is it a kernel at all? Found out here, where a line can say so, not in a silent guest. */
static int look_at(const char *path, struct kernel *k, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not to hang on a FIFO */
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "kernel %s", path);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return err_set(err, -ENOEXEC, "kernel %s: is %s, not a bzImage or vmlinux", path,
			       S_ISREG(st.st_mode) ? "empty" : "no regular file");
	if ((uint64_t)st.st_size > LARGEST_IMAGE)
		return err_set(err, -ENOEXEC, "kernel %s: is larger than 1 GiB: strip its debug information",
			       path);
	size_t n = (size_t)st.st_size;
	char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_sys(err, "kernel %s", path);
	int r = kernel_identify(path, p, n, k, err);
	munmap(p, n);
	return r ? err_prefix(err, "kernel") : 0;
}

static int from_folder(const char *dir, struct kernel *k, struct err *err)
{
	static const char *const images[] = { "arch/x86/boot/bzImage", "vmlinux" };
	auto_free char *config = xasprintf("%s/.config", dir);

	for (size_t i = 0; i < ARRAY_SIZE(images) && !k->image; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, images[i]);

		if (path_exists(path))
			k->image = take_ptr(path);
	}
	if (!k->image)
		return err_set(
			err, -ENOENT,
			"kernel folder %s: holds neither arch/x86/boot/bzImage nor vmlinux: build it first",
			dir);
	if (path_exists(config))
		k->config = take_ptr(config);
	k->modules = xasprintf("%s/drivers/block", dir); /* where a build leaves brd.ko */
	return 0;
}

static int from_file(const char *path, struct kernel *k, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "kernel %s", path);
	const char *base = strrchr(path, '/');
	k->name = xstrdup(base && base[1] ? base + 1 : path);
	if (S_ISDIR(st.st_mode))
		return from_folder(path, k, err);
	k->image = xstrdup(path);
	return 0;
}

static bool is_abi(const char *s)
{
	return s[0] >= '1' && s[0] <= '9' && strstr(s, "-amd64");
}

/* The folder that guests/kernel/fetch or guests/kernel/lab left: image, config, modules, package. */
static int from_cache(const char *dir, const char *image, struct kernel *k, struct err *err)
{
	auto_text struct text package = { 0 };
	auto_free char *about = xasprintf("%s/package", dir);
	const char *base = strrchr(dir, '/');

	k->name = xstrdup(base ? base + 1 : dir);
	k->image = xasprintf("%s/%s", dir, image);
	k->config = xasprintf("%s/config", dir);
	k->modules = xstrdup(dir);
	if (file_read(about, 4096, &package, err))
		return err->code;
	text_printf(&package, "%s", "");
	package.s[strcspn(package.s, "\n")] = 0;
	k->package = xstrdup(package.s);
	return 0;
}

static int from_archive(const struct cache *c, const char *tree, const char *asked, struct kernel *k,
			struct err *err)
{
	auto_free char *script = xasprintf("%s/guests/kernel/fetch", tree);
	char *argv[] = { (char *)(uintptr_t) "/bin/sh", script, c->root, (char *)(uintptr_t)asked, NULL };
	auto_text struct text out = { 0 };
	auto_text struct text why = { 0 };
	struct tool t = { .argv = argv, .env = environ, .deadline_ms = FETCH_DEADLINE_MS };
	char line[512];
	int code;

	if (tool_run(&t, &out, &why, &code, err))
		return err_prefix(err, "kernel %s", asked);
	if (code == 77)
		return err_set(err, -ENODATA, "kernel %s: %s", asked,
			       tool_first_line(&why, line, sizeof(line)));
	if (code || !out.len)
		return err_set(err, -EIO, "kernel %s: %s", asked,
			       why.len ? tool_first_line(&why, line, sizeof(line)) : "could not be fetched");
	out.s[strcspn(out.s, "\n")] = 0;
	return from_cache(out.s, "vmlinuz", k, err);
}

char *kernel_lab(const struct cache *c, const char *tree)
{
	auto_free char *fragment = xasprintf("%s/guests/kernel/lab.config", tree);
	struct err ignored = ERR_INIT;
	struct sha256 key;

	return sha256_file(fragment, &key, &ignored) ? NULL : cache_path(c, "kernels/lab-%.16s", key.hex);
}

static int from_lab(const struct cache *c, const char *tree, struct kernel *k, struct err *err)
{
	auto_free char *dir = kernel_lab(c, tree);

	if (!dir || !path_exists(dir))
		return err_set(
			err, -ENOPKG,
			"kernel lab: is not built on this machine: `sh %s/guests/kernel/lab %s` does it, in some 5 minutes",
			tree, c->root);
	if (from_cache(dir, "vmlinux", k, err))
		return err_prefix(err, "kernel lab");
	free(k->name);
	k->name = xstrdup("lab");
	return 0;
}

int kernel_find(const struct cache *c, const char *tree, const char *asked, struct kernel *k, struct err *err)
{
	static const char *const series[] = { "6.12", "6.1", "lab", NULL };
	int r;

	*k = (struct kernel){ .asked = xstrdup(asked) };
	if (strchr(asked, '/') || (path_exists(asked) && strcmp(asked, "lab") != 0)) {
		r = from_file(asked, k, err);
	} else if (!strcmp(asked, "lab")) {
		r = from_lab(c, tree, k, err);
	} else if (!strcmp(asked, series[0]) || !strcmp(asked, series[1]) || is_abi(asked)) {
		r = from_archive(c, tree, asked, k, err);
	} else {
		/* the nearest number is another kernel, no word that was mistyped */
		const char *near = isdigit((unsigned char)*asked) ? NULL : suggest(asked, series);

		r = err_set(
			err, -ENOENT,
			"no kernel \"%s\": want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, a bzImage, a vmlinux or a build folder%s%s%s",
			asked, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	}
	r = r ? r : look_at(k->image, k, err);
	r = r ? r : cache_hash(c, k->image, &k->sha256, err);
	k->boot_sha256 = k->sha256;
	if (r || k->elf)
		return r;
	r = vmlinux_get(c, k->image, &k->sha256, &k->unpacked, err);
	k->boot_image = k->unpacked.path;
	k->boot_sha256 = k->unpacked.sha256;
	return r;
}

/* What the guest and the workloads stand on, and what is lost without it. */
static const struct {
	const char *option, *why;
} needed[] = {
	{ "CONFIG_NUMA", "everything" },
	{ "CONFIG_ACPI_NUMA", "the topology comes through SRAT and SLIT" },
	{ "CONFIG_ACPI_HMAT", "HMAT: hmat-tiers, initiators" },
	{ "CONFIG_BLK_DEV_INITRD", "the guest lives in an initramfs" },
	{ "CONFIG_DEVTMPFS", "the agent's /dev" },
	{ "CONFIG_TMPFS", "the agent's /tmp" },
	{ "CONFIG_PROC_FS", "all sampling" },
	{ "CONFIG_SYSFS", "all sampling" },
	{ "CONFIG_PROC_PAGE_MONITOR", "numa_maps, smaps, pagemap" },
	{ "CONFIG_SERIAL_8250_CONSOLE", "the console: panics are read from it" },
	{ "CONFIG_X86_IOPL_IOPERM", "the agent's port I/O" },
	{ "CONFIG_BLK_DEV_RAM", "ext4 in RAM (text-binding, exec)" },
	{ "CONFIG_EXT4_FS", "ext4 in RAM (text-binding, exec)" },
	{ "CONFIG_MIGRATION", "page migration" },
	{ "CONFIG_COMPACTION", "huge pages on fragmented memory" },
	{ "CONFIG_NUMA_BALANCING", "balance-classic" },
	{ "CONFIG_TRANSPARENT_HUGEPAGE", "thp knobs" },
	{ "CONFIG_HUGETLBFS", "filling nodes: preferred-fallback" },
	{ "CONFIG_KSM", "ksm knobs" },
	{ "CONFIG_CPUSETS", "cpuset scenarios" },
	{ "CONFIG_MEMORY_HOTPLUG", "hotplug topology" },
	{ "CONFIG_DEBUG_FS", "balancing knobs of 6.1 and later" },
	{ "CONFIG_FTRACE", "--events" },
};

static int config_read(const char *path, struct text *config, struct err *err)
{
	text_printf(config, "\n"); /* before its first line as before every other */
	return file_read(path, 4u << 20, config, err);
}

/* Built in or as a module. */
static bool config_has(const struct text *config, const char *option)
{
	auto_free char *is = xasprintf("\n%s=", option);

	return strstr(config->s, is);
}

static bool listed(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return true;
	return false;
}

int kernel_lacks(const struct kernel *k, const char *options, struct strlist *out, struct err *err)
{
	auto_text struct text config = { 0 };
	auto_free char *words = xstrdup(options ? options : "");

	if (!k->config || !*words)
		return 0;
	if (config_read(k->config, &config, err))
		return err_prefix(err, "kernel %s", k->asked);
	for (char *one = strtok(words, " "); one; one = strtok(NULL, " "))
		if (!config_has(&config, one) && !listed(out, one))
			strlist_add(out, "%s", one);
	return 0;
}

int kernel_missing(const char *config_path, struct text *out, unsigned *count, struct err *err)
{
	auto_text struct text config = { 0 };

	*count = 0;
	if (config_read(config_path, &config, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (config_has(&config, needed[i].option))
			continue;
		text_printf(out, "%s: %s\n", needed[i].option, needed[i].why);
		(*count)++;
	}
	return 0;
}
