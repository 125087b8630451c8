/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Topology files: names, paths, reading. */
#include "topo/topo.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/suggest.h"

#define SUFFIX ".json"

static bool has_suffix(const char *s)
{
	size_t n = strlen(s);

	return n > strlen(SUFFIX) && !strcmp(s + n - strlen(SUFFIX), SUFFIX);
}

int topo_load(const char *path, struct topo **out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_free char *name = xstrdup(slash ? slash + 1 : path);
	auto_text struct text text = { 0 };

	*out = NULL;
	if (has_suffix(name))
		name[strlen(name) - strlen(SUFFIX)] = 0;
	if (file_read(path, TOPO_FILE_MAX, &text, err))
		return err->code;
	return topo_parse(text_str(&text), text.len, name, out, err);
}

static int by_version(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void auto_closedir_(DIR **d)
{
	if (*d)
		closedir(*d);
}

int topo_names(const char *dir, struct strlist *names, struct err *err)
{
	__attribute__((cleanup(auto_closedir_))) DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return err_sys(err, "%s", dir);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && has_suffix(e->d_name))
			strlist_add(names, "%.*s", (int)(strlen(e->d_name) - strlen(SUFFIX)), e->d_name);
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_version);
	return 0;
}

static int no_such_name(const char *dir, const char *arg, struct err *err)
{
	auto_strlist struct strlist names = { 0 };
	auto_text struct text all = { 0 };

	if (topo_names(dir, &names, err))
		return err->code;
	const char *near = names.n ? suggest(arg, (const char *const *)names.v) : NULL;
	if (near)
		return err_set(err, -ENOENT, "no topology \"%s\" in %s/ (did you mean \"%s\"?)", arg, dir,
			       near);
	for (size_t i = 0; i < names.n; i++)
		text_printf(&all, "%s%s", i ? ", " : "", names.v[i]);
	return err_set(err, -ENOENT, "no topology \"%s\" in %s/ (there: %s)", arg, dir,
		       names.n ? all.s : "none");
}

int topo_find(const char *dir, const char *arg, char **path, struct err *err)
{
	size_t n = strlen(dir);

	*path = NULL;
	while (n > 1 && dir[n - 1] == '/')
		n--;
	auto_free char *folder = xasprintf("%.*s", (int)n, dir);
	bool is_path = strchr(arg, '/') || has_suffix(arg);
	auto_free char *p = is_path ? xstrdup(arg) : xasprintf("%s/%s%s", folder, arg, SUFFIX);

	if (path_exists(p)) {
		*path = take_ptr(p);
		return 0;
	}
	if (is_path)
		return err_set(err, -ENOENT, "%s: no such topology file", arg);
	return no_such_name(folder, arg, err);
}
