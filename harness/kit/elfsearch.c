/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/elfsearch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/elfcache.h"

#define MOST_CACHE (16u << 20) /* a full desktop's is 200 KiB */
#define MOST_FOLDERS 4096      /* of one search path; what comes behind is not looked at */
#define MUSL_NAME "ld-musl-x86_64"

/* The order of glibc's, Debian's first: elsewhere there are no such folders. */
static const char *const system_folders[] = {
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"
};

void elf_object_free(struct elf_object *o)
{
	free(o->path);
	free(o->origin);
	elf_file_free(&o->file);
	*o = (struct elf_object){ 0 };
}

void elf_rules_free(struct elf_rules *r)
{
	text_free(&r->cache);
	strlist_free(&r->library);
	strlist_free(&r->defaults);
}

char *elf_absolute(const char *path, struct err *err)
{
	char cwd[PATH_MAX];

	if (*path == '/')
		return xstrdup(path);
	while (!strncmp(path, "./", 2))
		path += 1 + strspn(path + 1, "/");
	if (!getcwd(cwd, sizeof(cwd))) {
		err_sys(err, "the current folder");
		return NULL;
	}
	return xasprintf("%s/%s", strcmp(cwd, "/") != 0 ? cwd : "", path);
}

int elf_object_open(struct elf_object *o, const char *path, struct err *err)
{
	struct stat st;
	auto_close int fd = elf_open(path, &st, err);

	if (fd < 0)
		return err->code == -EISDIR
			       ? err_set(err, -ENOEXEC, "%s: is not a file; want a shared library", path)
			       : err->code;
	o->path = elf_absolute(path, err);
	if (!o->path)
		return err->code;
	o->origin = xasprintf("%.*s", (int)(strrchr(o->path, '/') - o->path), o->path);
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	return elf_file_read(fd, path, &o->file, err);
}

/* --- folders ------------------------------------------------------------------------------------------------------- */
/* Of "$ORIGIN" or "${ORIGIN}" at s the length, when it is that token; else 0. */
static size_t token_at(const char *s, const char *name)
{
	size_t n = strlen(name);

	if (s[1] == '{')
		return !strncmp(s + 2, name, n) && s[2 + n] == '}' ? n + 3 : 0;
	return !strncmp(s + 1, name, n) ? n + 1 : 0;
}

/* One element with its tokens replaced; false: has one that this loader does not know, so the path is not used. */
static bool expand(const struct elf_rules *r, const struct elf_object *o, const char *s, size_t n,
		   struct text *out)
{
	const char *lib = path_exists(system_folders[0]) ? "lib/x86_64-linux-gnu" : "lib64";
	const struct {
		const char *name, *value;
	} tokens[] = { { "ORIGIN", o->origin }, { "PLATFORM", "x86_64" }, { "LIB", lib } };

	text_printf(out, "%s", "");
	for (size_t at = 0, used; at < n; at += used) {
		const char *value = NULL;

		used = 1;
		for (size_t i = 0; s[at] == '$' && !value && i < (r->musl ? 1 : ARRAY_SIZE(tokens)); i++) {
			size_t len = token_at(s + at, tokens[i].name);

			if (!len || len > n - at)
				continue;
			value = tokens[i].value;
			used = len;
		}
		if (s[at] == '$' && !value && r->musl)
			return false;
		text_add(out, value ? value : s + at, value ? strlen(value) : 1);
		if (out->len >= PATH_MAX)
			return false;
	}
	return true;
}

/* The folders of a search path. LD_LIBRARY_PATH has ';' between them as well. */
static void folders_add(const struct elf_rules *r, const struct elf_object *o, const char *path,
			const char *separators, struct strlist *folders)
{
	for (const char *s = path;; s++) {
		size_t n = strcspn(s, separators);
		auto_text struct text folder = { 0 };

		if (folders->n < MOST_FOLDERS && (n || !r->musl) && expand(r, o, s, n, &folder))
			strlist_add(folders, "%s", folder.len ? folder.s : ".");
		s += n;
		if (!*s)
			return;
	}
}

/* --- the rules ----------------------------------------------------------------------------------------------------- */
static bool of_system(const char *folder)
{
	for (size_t i = 0; i < ARRAY_SIZE(system_folders); i++)
		if (!strcmp(system_folders[i], folder))
			return true;
	return false;
}

/* What `etc/NAME` beside the loader's lib folder holds; for one in the system's folders that is /etc/NAME. */
static char *beside(const char *folder, const char *name)
{
	const char *slash = strrchr(folder, '/');

	if (of_system(folder) || !slash)
		return xasprintf("/etc/%s", name);
	return xasprintf("%.*s/etc/%s", (int)(slash - folder), folder, name);
}

static void musl_defaults(struct elf_rules *r)
{
	auto_free char *path = beside(r->interp->origin, MUSL_NAME ".path");
	auto_text struct text text = { 0 };
	struct err ignored = ERR_INIT;

	if (file_read(path, ELF_MOST_SEARCH, &text, &ignored)) {
		text_free(&text);
		text_printf(&text, "/lib:/usr/local/lib:/usr/lib");
	}
	folders_add(r, r->program, text_str(&text), ":\n", &r->defaults);
}

static void glibc_defaults(struct elf_rules *r)
{
	auto_free char *real = realpath(r->interp->path, NULL);
	auto_free char *folder = real ? xasprintf("%.*s", (int)(strrchr(real, '/') - real), real) : NULL;
	bool others = folder && !of_system(folder) && !of_system(r->interp->origin);
	auto_free char *cache = beside(others ? folder : system_folders[0], "ld.so.cache");
	struct err ignored = ERR_INIT;

	if (file_read(cache, MOST_CACHE, &r->cache, &ignored))
		text_free(&r->cache);
	if (others)
		strlist_add(&r->defaults, "%s", folder);
	for (size_t i = 0; !others && i < ARRAY_SIZE(system_folders); i++)
		strlist_add(&r->defaults, "%s", system_folders[i]);
}

void elf_rules_init(struct elf_rules *r, const struct elf_object *program, const struct elf_object *interp)
{
	const char *library = getenv("LD_LIBRARY_PATH"), *base = strrchr(interp->path, '/') + 1;

	*r = (struct elf_rules){ .program = program, .interp = interp };
	r->musl = !strncmp(base, MUSL_NAME, strlen(MUSL_NAME));
	if (library && *library)
		folders_add(r, program, library, r->musl ? ":\n" : ":;", &r->library);
	if (r->musl)
		musl_defaults(r);
	else
		glibc_defaults(r);
}

/* --- looking ------------------------------------------------------------------------------------------------------- */
/* A path: 0 found, -ENOENT not there or for another machine. */
static int try_path(const char *path, struct elf_object *o, struct err *err)
{
	int bad = elf_object_open(o, path, err);

	if (!bad && o->file.type == ELF_TYPE_LINKED)
		return 0;
	if (!bad && o->file.type != ELF_TYPE_FOREIGN)
		bad = err_set(err, -ENOEXEC, "%s: is no shared library; a loader stops at it", path);
	elf_object_free(o);
	if (bad && bad != -ENOENT && bad != -ENOTDIR && bad != -EACCES && bad != -ENAMETOOLONG &&
	    bad != -ELOOP)
		return bad;
	*err = (struct err)ERR_INIT;
	return -ENOENT;
}

static int try_folders(const struct elf_rules *r, const struct strlist *folders, const char *name,
		       struct elf_object *o, struct err *err)
{
	int bad = -ENOENT;

	for (size_t i = 0; bad == -ENOENT && i < folders->n; i++) {
		for (size_t k = 0; !r->musl && bad == -ENOENT && elf_guest_hwcaps[k]; k++) {
			auto_free char *path =
				xasprintf("%s/glibc-hwcaps/%s/%s", folders->v[i], elf_guest_hwcaps[k], name);

			bad = try_path(path, o, err);
		}
		if (bad != -ENOENT)
			break;
		auto_free char *path = xasprintf("%s/%s", folders->v[i], name);
		bad = try_path(path, o, err);
	}
	return bad;
}

static int try_search(const struct elf_rules *r, const struct elf_object *needer, const char *path,
		      const char *name, struct elf_object *o, struct err *err)
{
	auto_strlist struct strlist folders = { 0 };

	if (!path || !*path)
		return -ENOENT;
	folders_add(r, needer, path, r->musl ? ":\n" : ":", &folders);
	return try_folders(r, &folders, name, o, err);
}

/* The DT_RPATH of an object is out of use when it has a DT_RUNPATH. */
static const char *rpath_of(const struct elf_rules *r, const struct elf_object *o)
{
	return o->file.runpath ? (r->musl ? o->file.runpath : NULL) : o->file.rpath;
}

/* From the object up to the program. */
static int try_rpaths(const struct elf_rules *r, const struct elf_object *loader, const char *name,
		      struct elf_object *o, struct err *err)
{
	int bad = -ENOENT;

	for (const struct elf_object *l = loader; l && bad == -ENOENT; l = l->loader)
		bad = try_search(r, l, rpath_of(r, l), name, o, err);
	return bad;
}

static int search_musl(const struct elf_rules *r, const struct elf_object *loader, const char *name,
		       struct elf_object *o, struct err *err)
{
	static const char *const own[] = { "libc.",  "libpthread.", "librt.",  "libm.",
					   "libdl.", "libutil.",    "libxnet." };
	int bad;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (!strncmp(name, own[i], strlen(own[i])))
			return try_path(r->interp->path, o, err);
	bad = try_folders(r, &r->library, name, o, err);
	bad = bad == -ENOENT ? try_rpaths(r, loader, name, o, err) : bad;
	return bad == -ENOENT ? try_folders(r, &r->defaults, name, o, err) : bad;
}

static int try_cache(const struct elf_rules *r, const struct elf_object *loader, const char *name,
		     struct elf_object *o, struct err *err)
{
	const char *path = elf_cache_find(&r->cache, name);
	auto_free char *folder = path ? xasprintf("%.*s", (int)(strrchr(path, '/') - path), path) : NULL;

	return !path || (loader->file.nodeflib && of_system(folder)) ? -ENOENT : try_path(path, o, err);
}

static int search_glibc(const struct elf_rules *r, const struct elf_object *loader, const char *name,
			struct elf_object *o, struct err *err)
{
	int bad = loader->file.runpath ? -ENOENT : try_rpaths(r, loader, name, o, err);

	bad = bad == -ENOENT ? try_folders(r, &r->library, name, o, err) : bad;
	bad = bad == -ENOENT ? try_search(r, loader, loader->file.runpath, name, o, err) : bad;
	bad = bad == -ENOENT ? try_cache(r, loader, name, o, err) : bad;
	if (bad == -ENOENT && !loader->file.nodeflib)
		bad = try_folders(r, &r->defaults, name, o, err);
	return bad;
}

int elf_search(const struct elf_rules *r, const struct elf_object *loader, const char *name,
	       struct elf_object *o, struct err *err)
{
	auto_text struct text path = { 0 };
	int bad;

	if (strchr(name, '/')) /* a path, from here when it is relative */
		bad = expand(r, loader, name, strlen(name), &path) ? try_path(text_str(&path), o, err)
								   : -ENOENT;
	else
		bad = r->musl ? search_musl(r, loader, name, o, err) : search_glibc(r, loader, name, o, err);
	if (!bad)
		o->loader = loader;
	return bad;
}
