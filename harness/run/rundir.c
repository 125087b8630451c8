/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/rundir.h"

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

int rundir_publish(char **dir, const char *asked, const char *parent, const char *name, struct err *err)
{
	auto_free char *final = asked ? xstrdup(asked) : xasprintf("%s/%s", parent, name);

	if (asked)
		rmdir(asked); /* an empty folder is as good as none */
	for (unsigned i = 2; renameat2(AT_FDCWD, *dir, AT_FDCWD, final, RENAME_NOREPLACE); i++) {
		if (errno != EEXIST || asked || i > 1000)
			return err_sys(err, "%s", final);
		free(final);
		final = xasprintf("%s/%s-%u", parent, name, i);
	}
	free(*dir);
	*dir = take_ptr(final);
	return 0;
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
