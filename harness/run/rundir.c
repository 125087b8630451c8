/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"

char *rundir_name(const char *what)
{
	time_t now = time(NULL);
	char utc[32];

	strftime(utc, sizeof(utc), "%Y%m%dT%H%M%SZ", gmtime(&now));
	return xasprintf("%s-%s", utc, what);
}

int rundir_workspace(const struct cache *c, const char *parent, char **dir, int *lock, struct err *err)
{
	struct stat there, cache;

	cache_sweep(parent);
	if (!stat(parent, &there) && !stat(c->root, &cache) && there.st_dev != cache.st_dev)
		return cache_scratch(c, dir, lock, err);
	return cache_workspace(parent, dir, lock, err);
}

static int copy_tree(const char *from, const char *to, struct err *err)
{
	struct dirent **names;
	int n = scandir(from, &names, NULL, NULL);

	if (n < 0)
		return err_sys(err, "%s", from);
	for (int i = 0; i < n; i++) {
		auto_free char *source = xasprintf("%s/%s", from, names[i]->d_name);
		auto_free char *copy = xasprintf("%s/%s", to, names[i]->d_name);
		bool is_self = !strcmp(names[i]->d_name, ".") || !strcmp(names[i]->d_name, "..");
		auto_close int fd = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		struct stat st;

		free(names[i]);
		if (err->code || is_self)
			continue;
		if (fd < 0 || fstat(fd, &st))
			err_sys(err, "%s", source);
		else if (!S_ISDIR(st.st_mode))
			file_copy_sparse(fd, copy, err);
		else if (!dir_make(copy, err))
			copy_tree(source, copy, err);
	}
	free(names);
	return err->code;
}

/* To the file system of `parent`, into a workspace there, which is another's to sweep once *lock is closed. */
static int bring(char **dir, const char *parent, int *lock, struct err *err)
{
	auto_free char *near = NULL;
	struct err ignored = ERR_INIT;

	if (cache_workspace(parent, &near, lock, err))
		return err->code;
	if (copy_tree(*dir, near, err)) {
		dir_remove(near, &ignored);
		return err->code;
	}
	dir_remove(*dir, &ignored);
	free(*dir);
	*dir = take_ptr(near);
	return 0;
}

int rundir_publish(char **dir, const char *asked, const char *parent, const char *name, struct err *err)
{
	auto_free char *final = asked ? xstrdup(asked) : xasprintf("%s/%s", parent, name);
	auto_close int lock = -1;

	if (asked)
		rmdir(asked); /* an empty folder is as good as none */
	for (unsigned i = 2; renameat2(AT_FDCWD, *dir, AT_FDCWD, final, RENAME_NOREPLACE); i++) {
		if (errno == EXDEV) {
			if (bring(dir, parent, &lock, err))
				return err_prefix(err, "%s", final);
			continue;
		}
		if (errno != EEXIST || asked || i > 1000)
			return err_sys(err, "%s", final);
		free(final);
		final = xasprintf("%s/%s-%u", parent, name, i);
	}
	free(*dir);
	*dir = take_ptr(final);
	return 0;
}

bool rundir_keep(const struct cache *c, char **dir, const char *name, struct err *err)
{
	auto_free char *kept = cache_path(c, "kept"), *why = xstrdup(err->msg);
	struct err ignored = ERR_INIT;

	if (dir_make(kept, &ignored) || rundir_publish(dir, NULL, kept, name, &ignored))
		return false;
	err_set(err, err->code, "%s; the results are kept in %s", why, *dir);
	return true;
}

int rundir_make(const char *asked, char **first, struct err *err)
{
	auto_free char *made = NULL;

	for (size_t n = 1; asked[n - 1] && !made; n++) {
		auto_free char *part = xasprintf("%.*s", (int)n, asked);

		if ((asked[n] == '/' || !asked[n]) && !path_exists(part))
			made = take_ptr(part);
	}
	*first = take_ptr(made);
	return dir_make(asked, err);
}

void rundir_unmake(const char *asked, const char *first)
{
	auto_free char *at = xstrdup(asked);

	while (first && strlen(at) >= strlen(first) && !rmdir(at)) {
		char *slash = strrchr(at, '/');

		if (!slash)
			break;
		*slash = 0;
	}
}

int rundir_latest(const char *results, const char *dir, struct err *err)
{
	auto_free char *link = xasprintf("%s/latest", results);
	char random[FILE_RANDOM];
	auto_free char *real = realpath(dir, NULL);

	if (dir_make(results, err))
		return err->code;
	file_random(random);
	auto_free char *tmp = xasprintf("%s.%s", link, random);
	if (!real || symlink(real, tmp) || rename(tmp, link)) {
		err_sys(err, "%s", link);
		unlink(tmp);
	}
	return err->code;
}
