/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/carry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "kit/elfdeps.h"
#include "kit/initramfs.h"
#include "kit/tool.h"

/*
 * "/a/./b/../c" as "/a/c", made absolute: an archive takes plain paths only. Without a look at links: a folder of
 * the guest is a folder, whatever it is here, so this is where "a/./b/../c" leads there.
 */
static char *plain_path(const char *path)
{
	auto_free char *dir = *path == '/' ? NULL : realpath(".", NULL);
	auto_free char *full = xasprintf("%s/%s", dir ? dir : "", path);
	auto_text struct text out = { 0 };

	for (const char *p = full; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !memcmp(p, "..", 2)) {
			const char *slash = out.len ? strrchr(out.s, '/') : NULL;

			out.len = slash ? (size_t)(slash - out.s) : 0;
			text_printf(&out, "%s", "");
		} else if (n && (n > 1 || *p != '.')) {
			text_printf(&out, "/%.*s", (int)n, p);
		}
		p += n + (p[n] == '/');
	}
	return xstrdup(text_str(&out));
}

static int pack(struct cpio *a, const char *path, struct err *err)
{
	auto_free char *as = plain_path(path);
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: is no regular file: only files can be taken along", path);
	return cpio_add_file(a, as, st.st_mode & 0777, path, err);
}

/* Folders in which the guest's loader, which has no /etc/ld.so.cache, would not look. */
static void note_folder(const char *library, struct strlist *folders)
{
	static const char *const own[] = { "/lib",
					   "/usr/lib",
					   "/lib64",
					   "/usr/lib64",
					   "/lib/x86_64-linux-gnu",
					   "/usr/lib/x86_64-linux-gnu" };
	auto_free char *dir = xasprintf("%.*s", (int)(strrchr(library, '/') - library), library);

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (!strcmp(own[i], dir))
			return;
	for (size_t i = 0; i < folders->n; i++)
		if (!strcmp(folders->v[i], dir))
			return;
	strlist_add(folders, "%s", dir);
}

static int pack_program(struct cpio *a, const char *path, struct strlist *folders, struct err *err)
{
	auto_strlist struct strlist needs = { 0 };

	if (pack(a, path, err) || elf_closure(path, &needs, err))
		return err->code;
	for (size_t i = 0; i < needs.n; i++) {
		auto_free char *as = plain_path(needs.v[i]);

		if (cpio_add_file(a, as, 0755, needs.v[i], err))
			return err->code;
		note_folder(as, folders);
	}
	return 0;
}

static bool in_guest(const char *name)
{
	static const char *const own[] = { "numactl", "numastat", "migratepages", "busybox", "sh" };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (!strcmp(own[i], name))
			return true;
	return false;
}

static bool is_program(const char *path)
{
	struct stat st;

	return strchr(path, '/') && !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static int pack_command(struct cpio *a, char **argv, struct strlist *command, struct strlist *folders,
			struct err *err)
{
	for (int i = 0; argv[i]; i++) {
		auto_free char *found =
			i || strchr(argv[i], '/') || in_guest(argv[i]) ? NULL : tool_which(argv[i]);
		const char *path = found ? found : argv[i];

		if (!i && strchr(path, '/') && !is_program(path))
			return err_set(err, -ENOENT, "%s: is no program on this machine", path);
		if (is_program(path) && pack_program(a, path, folders, err))
			return err->code;
		strlist_add(command, "%s", path);
	}
	return 0;
}

/* This process's LD_LIBRARY_PATH, then the folders where else libraries were found; NULL: not needed. */
static char *library_path(const struct strlist *folders)
{
	const char *own = getenv("LD_LIBRARY_PATH");
	auto_text struct text t = { 0 };

	text_printf(&t, "%s", own ? own : "");
	for (size_t i = 0; i < folders->n; i++)
		text_printf(&t, "%s%s", t.len ? ":" : "", folders->v[i]);
	return t.len ? xstrdup(t.s) : NULL;
}

int carry(char **argv, const struct strlist *files, const char *cwd, const char *to, struct carried *out,
	  struct err *err)
{
	auto_cpio struct cpio *a = cpio_new();
	auto_strlist struct strlist folders = { 0 };

	if (pack_command(a, argv, &out->command, &folders, err))
		return err->code;
	for (size_t i = 0; i < files->n; i++)
		if (pack(a, files->v[i], err))
			return err->code;
	if (strcmp(cwd, "/") != 0 && cpio_add_dir(a, cwd, 0755, err))
		return err->code;
	out->library_path = library_path(&folders);
	return cpio_write(a, to, err);
}

void carried_free(struct carried *c)
{
	strlist_free(&c->command);
	free(c->library_path);
}
