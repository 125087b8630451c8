/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kit/cache.h in a temporary NUMARIG_CACHE: locks, workspaces and who sweeps them, what is trimmed, remembered digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "kit/cache.h"

struct place {
	char path[64];
	struct cache cache;
};

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct err err = ERR_INIT;

	snprintf(p->path, sizeof(p->path), "/tmp/numarig-test-cache.XXXXXX");
	*state = p;
	unsetenv("NUMARIG_CACHE_MAX");
	return !mkdtemp(p->path) || setenv("NUMARIG_CACHE", p->path, 1) || cache_open(&p->cache, &err);
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

static bool there(const struct cache *c, const char *what)
{
	auto_free char *path = cache_path(c, "%s", what);

	return path_exists(path);
}

static void write_file(const char *path, const char *text)
{
	struct err err = ERR_INIT;

	if (file_write(path, text, strlen(text), &err))
		fail_msg("%s", err.msg);
}

static void opening(void **state)
{
	struct place *p = *state;
	static const char *const folders[] = { "snapshots", "guests", "kernels", "hashes", "locks", "tmp" };
	struct err err = ERR_INIT;

	assert_string_equal(p->cache.root, p->path);
	assert_true(p->cache.max_bytes == CACHE_MAX_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		assert_true(there(&p->cache, folders[i]));
	auto_free char *path = cache_path(&p->cache, "a/%d", 3);
	auto_free char *want = xasprintf("%s/a/3", p->path);
	assert_string_equal(path, want);
	setenv("NUMARIG_CACHE_MAX", "3G", 1);
	{
		auto_cache struct cache c = { 0 };
		assert_int_equal(cache_open(&c, &err), 0);
		assert_true(c.max_bytes == 3ull << 30);
	}
	setenv("NUMARIG_CACHE_MAX", "much", 1);
	{
		auto_cache struct cache c = { 0 };
		assert_int_equal(cache_open(&c, &err), -EINVAL);
		assert_string_equal(err.msg,
				    "NUMARIG_CACHE_MAX: \"much\": want a size such as \"256M\" or \"1G\"");
	}
	unsetenv("NUMARIG_CACHE_MAX");
}

/* The cache's root under other environments; the folders are made there. */
static void root_is(const char *root)
{
	auto_cache struct cache c = { 0 };
	struct err err = ERR_INIT;

	if (cache_open(&c, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(c.root, root);
}

static void roots(void **state)
{
	struct place *p = *state;
	auto_free char *xdg = xasprintf("%s/xdg", p->path), *in_xdg = xasprintf("%s/numarig", xdg);
	auto_free char *home = xasprintf("%s/home", p->path), *in_home = xasprintf("%s/.cache/numarig", home);
	auto_free char *old_home = getenv("HOME") ? xstrdup(getenv("HOME")) : NULL;
	auto_free char *old_xdg = getenv("XDG_CACHE_HOME") ? xstrdup(getenv("XDG_CACHE_HOME")) : NULL;
	struct cache c;
	struct err err = ERR_INIT;

	setenv("NUMARIG_CACHE", "", 1);
	setenv("XDG_CACHE_HOME", xdg, 1);
	setenv("HOME", home, 1);
	root_is(in_xdg);
	setenv("XDG_CACHE_HOME", "relative", 1); /* to be ignored, says the XDG specification */
	root_is(in_home);
	unsetenv("XDG_CACHE_HOME");
	root_is(in_home);
	unsetenv("HOME");
	assert_int_equal(cache_open(&c, &err), -ENOENT);
	assert_string_equal(err.msg,
			    "no cache folder: neither NUMARIG_CACHE, XDG_CACHE_HOME nor HOME is set");
	cache_close(&c);
	auto_free char *file = xasprintf("%s/file", p->path), *below = xasprintf("%s/sub", file);
	auto_free char *want = xasprintf("cache folder: %s: is no folder", file);
	write_file(file, "x");
	setenv("NUMARIG_CACHE", below, 1);
	assert_int_equal(cache_open(&c, &err), -ENOTDIR);
	assert_string_equal(err.msg, want);
	cache_close(&c);
	setenv("NUMARIG_CACHE", p->path, 1);
	if (old_home)
		setenv("HOME", old_home, 1);
	if (old_xdg)
		setenv("XDG_CACHE_HOME", old_xdg, 1);
}

static void locks(void **state)
{
	struct place *p = *state;
	auto_free char *want = xasprintf("lock %s/locks/a: another run has it", p->path);
	struct err err = ERR_INIT;
	int one, two, three;

	assert_int_equal(cache_lock(&p->cache, "a", false, false, &one, &err), 0);
	assert_int_equal(cache_lock(&p->cache, "a", false, false, &two, &err), 0); /* shared by two */
	assert_int_equal(cache_lock(&p->cache, "a", true, false, &three, &err), -EWOULDBLOCK);
	assert_string_equal(err.msg, want);
	assert_int_equal(cache_lock(&p->cache, "b", true, false, &three, &err),
			 0); /* another name, another lock */
	close(three);
	close(one);
	assert_int_equal(cache_lock(&p->cache, "a", true, false, &three, &err), -EWOULDBLOCK);
	close(two);
	assert_int_equal(cache_lock(&p->cache, "a", true, true, &three, &err), 0);
	assert_int_equal(cache_lock(&p->cache, "a", false, false, &one, &err), -EWOULDBLOCK);
	assert_true(fcntl(three, F_GETFD) & FD_CLOEXEC); /* QEMU must not keep it */
	close(three);
	assert_int_equal(cache_lock(&p->cache, "a", false, false, &one, &err), 0);
	close(one);
}

static unsigned entries(const char *dir)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

/* A folder without a living owner goes, whole; one with an owner, and what is none of ours, stays. */
static void workspaces(void **state)
{
	struct place *p = *state;
	auto_free char *parent = cache_path(&p->cache, "work");
	auto_free char *alive = NULL, *dead = NULL, *again = NULL;
	auto_free char *stranger = xasprintf("%s/stranger", parent);
	struct err err = ERR_INIT;
	int alive_fd, dead_fd;

	assert_int_equal(cache_workspace(parent, &alive, &alive_fd, &err), 0); /* makes the parent, too */
	assert_int_equal(cache_workspace(parent, &dead, &dead_fd, &err), 0);
	assert_string_not_equal(alive, dead);
	assert_int_equal(strncmp(alive, parent, strlen(parent)), 0);
	assert_int_equal(dir_make(stranger, &err), 0);
	auto_free char *deep = xasprintf("%s/a/b", dead), *file = xasprintf("%s/a/b/c", dead);
	assert_int_equal(dir_make(deep, &err), 0);
	write_file(file, "left by a killed run");
	cache_sweep(parent);
	assert_int_equal(entries(parent), 3);
	close(dead_fd);
	cache_sweep(parent);
	assert_int_equal(entries(parent), 2);
	assert_true(path_exists(alive) && path_exists(stranger) && !path_exists(dead));
	close(alive_fd);
	cache_sweep(parent);
	assert_int_equal(entries(parent), 1);
	cache_sweep("/nonexistent"); /* nothing to sweep is fine */
	/* opening the cache sweeps tmp/ */
	auto_free char *tmp = cache_path(&p->cache, "tmp");
	assert_int_equal(cache_workspace(tmp, &again, &dead_fd, &err), 0);
	close(dead_fd);
	root_is(p->path);
	assert_false(path_exists(again));
}

/* A process that was killed: nobody closes its descriptors but the kernel. */
static void owner_killed(void **state)
{
	struct place *p = *state;
	auto_free char *tmp = cache_path(&p->cache, "tmp");
	int ready[2], status;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (!pid) {
		struct err err = ERR_INIT;
		char *dir;
		int fd;

		close(ready[0]);
		if (cache_workspace(tmp, &dir, &fd, &err) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ssize_t n = read(ready[0], &c, 1);
	close(ready[0]);
	cache_sweep(tmp);
	unsigned while_alive = entries(tmp);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(n, 1);
	assert_int_equal(while_alive, 1);
	cache_sweep(tmp);
	assert_int_equal(entries(tmp), 0);
}

/* A snapshot of so many KiB, last used at this second. */
static void put_snapshot(const struct cache *c, const char *name, size_t kib, time_t used)
{
	auto_free char *dir = cache_path(c, "snapshots/%s", name),
		       *file = cache_path(c, "snapshots/%s/ram0", name);
	auto_free char *bytes = xcalloc(kib, 1024);
	struct timespec times[2] = { { .tv_sec = used }, { .tv_sec = used } };
	struct err err = ERR_INIT;

	memset(bytes, 'x', kib * 1024);
	assert_int_equal(dir_make(dir, &err), 0);
	assert_int_equal(file_write(file, bytes, kib * 1024, &err), 0);
	assert_int_equal(utimensat(AT_FDCWD, dir, times, 0), 0);
}

static void put_guest(const struct cache *c, const char *name, size_t kib, time_t used)
{
	auto_free char *file = cache_path(c, "guests/%s", name);
	auto_free char *bytes = xcalloc(kib, 1024);
	struct timespec times[2] = { { .tv_sec = used }, { .tv_sec = used } };
	struct err err = ERR_INIT;

	memset(bytes, 'x', kib * 1024);
	assert_int_equal(file_write(file, bytes, kib * 1024, &err), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* Which of them are left: "abcg". */
static const char *left(const struct cache *c)
{
	static char buf[8];
	char *to = buf;

	for (const char *n = "abc"; *n; n++) {
		auto_free char *path = cache_path(c, "snapshots/%c", *n);

		if (path_exists(path))
			*to++ = *n;
	}
	if (there(c, "guests/g.cpio"))
		*to++ = 'g';
	*to = 0;
	return buf;
}

static void put_all(struct cache *c)
{
	put_snapshot(c, "a", 256, 3000);
	put_snapshot(c, "b", 256, 1000); /* the oldest */
	put_snapshot(c, "c", 256, 4000);
	put_guest(c, "g.cpio", 256, 2000);
}

static void trimming(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	int lock;

	p->cache.max_bytes = 1100 << 10;
	put_all(&p->cache);
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "abcg"); /* they fit */
	p->cache.max_bytes = 900 << 10;
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "acg");
	p->cache.max_bytes = 600 << 10;
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "ac");
	p->cache.max_bytes = 0;
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "");
	/* what is in use stays, though it be the oldest: the next one goes in its place */
	put_all(&p->cache);
	assert_int_equal(cache_lock(&p->cache, "snapshots-b", false, false, &lock, &err), 0);
	p->cache.max_bytes = 900 << 10;
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "abc");
	p->cache.max_bytes = 0;
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "b");
	close(lock);
	cache_trim(&p->cache);
	assert_string_equal(left(&p->cache), "");
}

static void clearing(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	int lock;

	put_all(&p->cache);
	assert_int_equal(cache_lock(&p->cache, "snapshots-a", false, false, &lock, &err), 0);
	cache_clear(&p->cache, "snapshots");
	assert_string_equal(left(&p->cache), "ag");
	close(lock);
	cache_clear(&p->cache, "snapshots");
	assert_string_equal(left(&p->cache), "g");
	cache_clear(&p->cache, "guests");
	assert_string_equal(left(&p->cache), "");
}

static void hash_is(const struct cache *c, const char *path, const char *hex)
{
	struct sha256 sha;
	struct err err = ERR_INIT;

	if (cache_hash(c, path, &sha, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(sha.hex, hex);
}

/* The only memo there is: its path. */
static char *memo_of(const struct cache *c)
{
	auto_free char *dir = cache_path(c, "hashes");
	DIR *d = opendir(dir);
	struct dirent *e;
	char *path = NULL;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			path = path ? path : xasprintf("%s/%s", dir, e->d_name);
	closedir(d);
	assert_non_null(path);
	return path;
}

/* Writes into the file as it is until its change time has moved: the kernel's clock has steps. */
static void write_in_place(const char *path, const char *text)
{
	struct stat before, now;
	uint64_t until = host_ns() + 10000000000ull;

	assert_int_equal(stat(path, &before), 0);
	do {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
		close(fd);
		assert_int_equal(stat(path, &now), 0);
		assert_true(host_ns() < until);
	} while (!memcmp(&now.st_ctim, &before.st_ctim, sizeof(now.st_ctim)));
}

static void hashes(void **state)
{
	static const char one[] =
		"f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2"; /* "test\n" */
	static const char lie[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct place *p = *state;
	auto_free char *file = cache_path(&p->cache, "file"), *link = cache_path(&p->cache, "link");
	struct sha256 other;
	struct err err = ERR_INIT;

	write_file(file, "test\n");
	hash_is(&p->cache, file, one);
	hash_is(&p->cache, file, one);
	/* that it does not read the file anew: what the memo says is what it says */
	auto_free char *memo = memo_of(&p->cache);
	auto_text struct text old = { 0 };
	assert_int_equal(file_read(memo, 4096, &old, &err), 0);
	auto_free char *lying = xasprintf("%s%s", lie, old.s + 64);
	write_file(memo, lying);
	hash_is(&p->cache, file, lie);
	assert_int_equal(symlink(file, link), 0);
	hash_is(&p->cache, link, lie); /* a link is the file */
	/* changed, with the same name and size: looked at anew */
	write_in_place(file, "tost\n");
	sha256_bytes("tost\n", 5, &other);
	hash_is(&p->cache, file, other.hex);
	/* replaced by another file */
	write_file(file, "test\n");
	hash_is(&p->cache, file, one);
	/* a memo that is cut or garbage is none */
	write_file(memo, "f2ca1b");
	hash_is(&p->cache, file, one);
	write_file(memo, "");
	hash_is(&p->cache, file, one);
	unlink(file);
	auto_free char *want = xasprintf("%s: No such file or directory", file);
	assert_int_equal(cache_hash(&p->cache, file, &other, &err), -ENOENT);
	assert_string_equal(err.msg, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opening, setup, teardown),
		cmocka_unit_test_setup_teardown(roots, setup, teardown),
		cmocka_unit_test_setup_teardown(locks, setup, teardown),
		cmocka_unit_test_setup_teardown(workspaces, setup, teardown),
		cmocka_unit_test_setup_teardown(owner_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(trimming, setup, teardown),
		cmocka_unit_test_setup_teardown(clearing, setup, teardown),
		cmocka_unit_test_setup_teardown(hashes, setup, teardown),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
