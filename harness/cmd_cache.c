/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/auto.h"
#include "base/file.h"
#include "cli.h"

static const struct opt opts_cache[] = { OPT_END };

static const char *const folders[] = { "snapshots", "guests", "kernels", "hashes", "apt", "kept" };

static void list_folder(const struct cache *c, const char *folder)
{
	auto_free char *dir = cache_path(c, "%s", folder);
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names[i]->d_name);
		auto_text struct text size = { 0 };
		struct stat st;
		char used[32];

		if (names[i]->d_name[0] != '.' && !stat(path, &st) && strcmp(folder, "hashes") &&
		    strcmp(folder, "apt")) {
			strftime(used, sizeof(used), "%Y-%m-%d %H:%M", localtime(&st.st_mtime));
			text_bytes(&size, dir_bytes(path));
			printf("  %8s  %s  %.60s\n", text_str(&size), used, names[i]->d_name);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static int list(const struct cache *c)
{
	auto_text struct text most = { 0 };

	text_bytes(&most, c->max_bytes);
	printf("%s (snapshots, guests and unpacked kernels: at most %s)\n", c->root, text_str(&most));
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_free char *dir = cache_path(c, "%s", folders[i]);

		auto_text struct text size = { 0 };

		text_bytes(&size, dir_bytes(dir));
		printf("%s: %s\n", folders[i], text_str(&size));
		list_folder(c, folders[i]);
	}
	return EXIT_OK;
}

static bool is_folder(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (!strcmp(what, folders[i]))
			return true;
	return !strcmp(what, "all");
}

static int clear(const struct cache *c, const char *what)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		bool all = !strcmp(what, "all");
		auto_free char *dir = cache_path(c, "%s", folders[i]);

		if (strcmp(what, folders[i]) != 0 && (!all || !strcmp(folders[i], "kept")))
			continue; /* results can't be made again like the others */
		/* what a run has in use stays: see its locks */
		if (!strcmp(folders[i], "snapshots") || !strcmp(folders[i], "guests"))
			cache_clear(c, folders[i]);
		else if (dir_remove(dir, &err))
			return cli_fail(&err);
	}
	return EXIT_OK;
}

/* All of them are known before the first is emptied. */
static int clear_all(const struct command *c, const struct cache *cache, int n, char **what)
{
	int code = EXIT_OK;

	for (int i = 0; i < n; i++)
		if (!is_folder(what[i]))
			return cli_usage(
				c, "clear \"%s\": want snapshots, guests, kernels, hashes, apt, kept or all",
				what[i]);
	for (int i = 0; i < n && !code; i++)
		code = clear(cache, what[i]);
	return n ? code : clear(cache, "snapshots");
}

static int cmd_cache(const struct command *c, int argc, char **argv)
{
	auto_cache struct cache cache = { 0 };
	struct err err = ERR_INIT;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, NULL, false, &code);

	if (n < 0)
		return code;
	if (cache_open(&cache, &err))
		return cli_fail(&err);
	if (n == 1 && !strcmp(argv[1], "list"))
		return list(&cache);
	if (n && !strcmp(argv[1], "clear"))
		return clear_all(c, &cache, n - 1, argv + 2);
	if (n && !strcmp(argv[1], "list"))
		return cli_usage(c, "\"%s\": this command takes no further argument", argv[2]);
	return cli_usage(c, "want list or clear");
}

COMMAND(cache) = {
	.name = "cache",
	.args = "list | clear [snapshots|guests|kernels|hashes|apt|kept|all]...",
	.about = "what the cache folder holds",
	.opts = opts_cache,
	.run = cmd_cache,
	.more = "`clear` removes what no run has in use: snapshots, where nothing is named. `kept` has the results of runs "
		"that could not be put where they were asked for, on a full disk for one; `all` leaves them.",
};
