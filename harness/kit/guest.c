/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/guest.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/elfdeps.h"
#include "kit/ext4.h"
#include "kit/initramfs.h"
#include "kit/tool.h"

#define SEED_TREE "ext4root" /* guests/agent/boot.c copies it onto ext4 */

/* Host files that went in, with what tells that they are still the same. */
struct manifest {
	struct text text; /* "ino size ctime path" lines: a path may have blanks */
};

static int manifest_add(struct manifest *m, const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	text_printf(&m->text, "%ju %ju %ju.%09ld %s\n", (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
		    (uintmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec, path);
	return 0;
}

static int add_file(struct cpio *a, struct manifest *m, const char *to, const char *host, struct err *err)
{
	if (manifest_add(m, host, err))
		return err->code;
	return cpio_add_file(a, to, 0755, host, err);
}

/* A program of the host's with its libraries, at the same paths below the seed tree, and in /bin by name. */
static int add_with_libraries(struct cpio *a, struct manifest *m, const char *to, const char *host,
			      struct err *err)
{
	auto_strlist struct strlist needs = { 0 };
	auto_free char *at = xasprintf(SEED_TREE "/bin/%s", to);

	if (add_file(a, m, at, host, err) || elf_closure(host, &needs, err))
		return err->code;
	for (size_t i = 0; i < needs.n; i++) {
		auto_free char *lib = xasprintf(SEED_TREE "%s", needs.v[i]);

		if (add_file(a, m, lib, needs.v[i], err))
			return err->code;
	}
	return 0;
}

static int add_host_tools(struct cpio *a, struct manifest *m, struct err *err)
{
	static const struct {
		const char *name, *package;
	} tools[] = {
		{ "numactl", "numactl" },
		{ "numastat", "numactl" },
		{ "migratepages", "numactl" },
	};
	auto_free char *busybox = tool_which("busybox");

	if (!busybox)
		return err_set(err, -ENOPKG,
			       "busybox: is not on this machine: install the package busybox-static");
	if (add_file(a, m, "bin/busybox", busybox, err) ||
	    add_file(a, m, SEED_TREE "/bin/busybox", busybox, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		auto_free char *path = tool_which(tools[i].name);

		if (!path)
			return err_set(err, -ENOPKG, "%s: is not on this machine: install the package %s",
				       tools[i].name, tools[i].package);
		if (add_with_libraries(a, m, tools[i].name, path, err))
			return err->code;
	}
	return 0;
}

/* Links for the names a shell user types; busybox knows which it has. */
static int add_applets(struct cpio *a, struct err *err)
{
	auto_free char *busybox = tool_which("busybox");
	char *argv[] = { busybox, (char *)(uintptr_t) "--list", NULL };
	struct tool t = { .argv = argv, .env = environ, .deadline_ms = 10000 };
	auto_text struct text out = { 0 };
	auto_text struct text why = { 0 };
	int code;

	if (tool_run(&t, &out, &why, &code, err))
		return err->code;
	text_printf(&out, "%s", "");
	for (char *name = strtok(out.s, "\n"); name; name = strtok(NULL, "\n")) {
		auto_free char *at = xasprintf(SEED_TREE "/bin/%s", name);

		if (strcmp(name, "busybox") != 0 && !strchr(name, '/') &&
		    cpio_add_link(a, at, "busybox", err))
			return err->code;
	}
	return 0;
}

/* A file of the build folder: a program, a library (programs name it by its path), or something else. */
static int add_own(struct cpio *a, struct manifest *m, const char *name, const char *path, struct err *err)
{
	auto_free char *library = xasprintf(SEED_TREE "/lib/%s", name);
	const char *ending = strchr(name, '.');
	struct stat st;

	if (!strcmp(name, "agent") || !strcmp(name, "workloads") || stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	if (!ending)
		return add_with_libraries(a, m, name, path, err);
	return strcmp(ending, ".so") ? 0 : add_file(a, m, library, path, err);
}

static int add_own_programs(struct cpio *a, struct manifest *m, const char *build, struct err *err)
{
	auto_free char *dir = xasprintf("%s/guest", build);
	auto_free char *agent = xasprintf("%s/agent", dir);
	auto_free char *workloads = xasprintf("%s/workloads", dir);
	struct dirent **names;
	int n, r = 0;

	if (add_file(a, m, "init", agent, err) || add_file(a, m, "bin/workloads", workloads, err))
		return err_prefix(err, "the guest's programs are not built (make all)");
	/* the folder, too: a program that comes later changes none of the files that are in the archive */
	if (manifest_add(m, dir, err))
		return err->code;
	n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names[i]->d_name);

		if (!r)
			r = add_own(a, m, names[i]->d_name, path, err);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return r;
}

/* brd.ko and an ext4 to put on it. A kernel that has brd built in, or not at all, gets no module. */
static int add_ext4(struct cpio *a, struct manifest *m, const struct kernel *k, struct err *err)
{
	static const char *const endings[] = { "", ".xz", ".gz", ".zst" };
	auto_text struct text blocks = { 0 };

	for (size_t i = 0; k->modules && i < ARRAY_SIZE(endings); i++) {
		auto_free char *path = xasprintf("%s/brd.ko%s", k->modules, endings[i]);
		auto_text struct text module = { 0 };

		if (!path_exists(path))
			continue;
		if (manifest_add(m, path, err) || module_read(path, &module, err) ||
		    cpio_add_bytes(a, "lib/modules/brd.ko", 0644, module.s, module.len, err))
			return err->code;
		break;
	}
	if (ext4_blank(NULL, GUEST_EXT4_BYTES, &blocks, err))
		return err->code;
	return cpio_add_bytes(a, "lib/numarig/ext4.blocks", 0644, blocks.s, blocks.len, err);
}

static int build_archive(struct cpio *a, struct manifest *m, const char *build, const struct kernel *k,
			 struct err *err)
{
	static const char *const folders[] = { "proc",
					       "sys",
					       "dev",
					       "tmp",
					       "ext4",
					       SEED_TREE "/proc",
					       SEED_TREE "/sys",
					       SEED_TREE "/dev",
					       SEED_TREE "/tmp",
					       SEED_TREE "/root",
					       SEED_TREE "/etc" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (cpio_add_dir(a, folders[i], 0755, err))
			return err->code;
	if (cpio_add_node(a, "dev/console", 0600, 5, 1, err))
		return err->code;
	return add_own_programs(a, m, build, err) || add_host_tools(a, m, err) || add_applets(a, err) ||
			       add_ext4(a, m, k, err)
		       ? err->code
		       : 0;
}

/* The memo's first line is the archive's digest, the rest a manifest; true when every file is as it was. */
static bool memo_holds(const char *memo, struct sha256 *sha)
{
	auto_text struct text old = { 0 };
	auto_text struct text now = { 0 };
	struct manifest m = { { 0 } };
	struct err ignored = ERR_INIT;

	if (file_read(memo, 1u << 20, &old, &ignored) || old.len < 66 || old.s[64] != '\n')
		return false;
	memcpy(sha->hex, old.s, 64);
	sha->hex[64] = 0;
	bool same = true;
	for (const char *line = old.s + 65; same && *line;) {
		size_t n = strcspn(line, "\n");
		size_t at = 0;

		for (int i = 0; i < 3; i++) /* behind what its stat(2) said */
			at += strcspn(line + at, " \n") + (line[at + strcspn(line + at, " \n")] == ' ');
		auto_free char *path =
			xasprintf("%.*s", (int)(n - (at < n ? at : n)), line + (at < n ? at : n));
		size_t before = m.text.len;

		same = !manifest_add(&m, path, &ignored) && m.text.len - before == n + 1 &&
		       !memcmp(m.text.s + before, line, n);
		line += n + (line[n] == '\n');
	}
	text_free(&m.text);
	return same;
}

static int make(const struct cache *c, const char *memo, const char *build, const struct kernel *k,
		struct sha256 *sha, struct err *err)
{
	auto_cpio struct cpio *a = cpio_new();
	auto_text struct text image = { 0 };
	auto_text struct text note = { 0 };
	struct manifest m = { { 0 } };
	struct err ignored = ERR_INIT;

	if (build_archive(a, &m, build, k, err) || cpio_write_text(a, &image, err)) {
		text_free(&m.text);
		return err_prefix(err, "initramfs");
	}
	sha256_bytes(image.s, image.len, sha);
	auto_free char *path = cache_path(c, "guests/%s.cpio", sha->hex);
	if (!path_exists(path) && file_write(path, image.s, image.len, err)) {
		text_free(&m.text);
		return err->code;
	}
	text_printf(&note, "%s\n%s", sha->hex, text_str(&m.text));
	text_free(&m.text);
	file_write(memo, note.s, note.len, &ignored); /* without it the next run makes the archive again */
	return 0;
}

int guest_get(const struct cache *c, const char *build, const struct kernel *k, struct guest *out,
	      struct err *err)
{
	auto_free char *real = realpath(build, NULL);
	/* "folder": memos of before 0.1.0 do not look at it */
	auto_free char *key = xasprintf("folder %s %s %s", real ? real : build, k->sha256.hex,
					k->modules ? k->modules : "");
	struct sha256 name;

	*out = (struct guest){ .lock = -1 };
	sha256_bytes(key, strlen(key), &name);
	auto_free char *memo = cache_path(c, "hashes/guest-%.32s", name.hex);
	for (int tries = 0; tries < 2; tries++) {
		if (!memo_holds(memo, &out->sha256) && make(c, memo, build, k, &out->sha256, err))
			return err->code;
		auto_free char *lock = xasprintf("guests-%s.cpio", out->sha256.hex);
		if (cache_lock(c, lock, false, true, &out->lock, err))
			return err->code;
		out->initramfs = cache_path(c, "guests/%s.cpio", out->sha256.hex);
		if (path_exists(out->initramfs))
			return 0;
		/* trimmed between the two, or by hand: the memo speaks of a file that is gone */
		guest_free(out);
		unlink(memo);
	}
	return err_set(err, -EIO, "initramfs: its file was removed from the cache folder");
}

void guest_free(struct guest *g)
{
	free(g->initramfs);
	if (g->lock > 0)
		close(g->lock);
	g->initramfs = NULL;
	g->lock = -1;
}
