/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/wait.h"
#include "topo/topo.h"
#include "topo/size.h"

#define WORKSPACE_PREFIX ".work-"

static char *default_root(void)
{
	const char *own = getenv("NUMARIG_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own && *own)
		return xstrdup(own);
	if (xdg && *xdg == '/')
		return xasprintf("%s/numarig", xdg);
	return home && *home ? xasprintf("%s/.cache/numarig", home) : NULL;
}

int cache_open(struct cache *c, struct err *err)
{
	static const char *const folders[] = { "snapshots", "guests", "kernels", "hashes", "locks", "tmp" };
	const char *most = getenv("NUMARIG_CACHE_MAX");

	*c = (struct cache){ .root = default_root(), .max_bytes = CACHE_MAX_BYTES };
	if (!c->root)
		return err_set(err, -ENOENT,
			       "no cache folder: neither NUMARIG_CACHE, XDG_CACHE_HOME nor HOME is set");
	if (most && topo_size_parse(most, &c->max_bytes, err))
		return err_prefix(err, "NUMARIG_CACHE_MAX");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_free char *dir = cache_path(c, "%s", folders[i]);

		if (dir_make(dir, err))
			return err_prefix(err, "cache folder");
	}
	auto_free char *tmp = cache_path(c, "tmp");
	cache_sweep(tmp);
	return 0;
}

void cache_close(struct cache *c)
{
	free(c->root);
	c->root = NULL;
}

char *cache_path(const struct cache *c, const char *fmt, ...)
{
	auto_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		abort();
	va_end(ap);
	return xasprintf("%s/%s", c->root, what);
}

int cache_hash(const struct cache *c, const char *path, struct sha256 *out, struct err *err)
{
	struct sha256 name;
	struct stat st;
	struct err ignored = ERR_INIT;
	auto_free char *real = realpath(path, NULL);
	auto_text struct text old = { 0 };

	if (!real || stat(real, &st))
		return err_sys(err, "%s", path);
	sha256_bytes(real, strlen(real), &name);
	auto_free char *memo = cache_path(c, "hashes/%.32s", name.hex);
	auto_free char *stamp =
		xasprintf("%s %ju %ju %ju.%09ld", real, (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
			  (uintmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	if (!file_read(memo, 8192, &old, &ignored) && old.len > 66 && !strcmp(old.s + 65, stamp) &&
	    old.s[64] == ' ') {
		memcpy(out->hex, old.s, 64);
		out->hex[64] = 0;
		return 0;
	}
	if (sha256_file(real, out, err))
		return err->code;
	auto_free char *text = xasprintf("%s %s", out->hex, stamp);
	file_write(memo, text, strlen(text), &ignored); /* only a memo */
	return 0;
}

/* Of somebody else's cache, or of one on a medium that can't be written, what there is can be read and locked. */
static int lock_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666), why = errno;

	if (fd >= 0 || (why != EROFS && why != EACCES))
		return fd;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	errno = why;
	return fd;
}

int cache_lock(const struct cache *c, const char *name, bool exclusive, bool wait, int *fd, struct err *err)
{
	auto_free char *path = cache_path(c, "locks/%s", name);
	auto_close int f = lock_open(path);

	*fd = -1;
	if (f < 0 && !exclusive && (errno == EROFS || errno == EACCES))
		return 0;
	if (f < 0)
		return err_sys(err, "lock %s", path);
	int how = exclusive ? LOCK_EX : LOCK_SH;
	if (wait && wait_lock(f, how, err))
		return err->code == -EINTR ? err->code : err_prefix(err, "lock %s", path);
	if (!wait && flock(f, how | LOCK_NB))
		return errno == EWOULDBLOCK ? err_set(err, -EWOULDBLOCK, "lock %s: another run has it", path)
					    : err_sys(err, "lock %s", path);
	*fd = take_fd(&f);
	return 0;
}

/* Making and sweeping workspaces exclude each other: a folder is never seen between its making and its lock. */
static int lock_parent(const char *parent)
{
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err ignored = ERR_INIT;

	if (fd >= 0)
		wait_lock(fd, LOCK_EX, &ignored); /* interrupted: its callers look */
	return fd;
}

int cache_workspace(const char *parent, char **dir, int *fd, struct err *err)
{
	auto_free char *path = NULL;
	char random[FILE_RANDOM];

	if (dir_make(parent, err))
		return err->code;
	auto_close int guard = lock_parent(parent);
	if (interrupt_check(err))
		return err->code;
	file_random(random);
	path = xasprintf("%s/" WORKSPACE_PREFIX "%s", parent, random);
	if (mkdir(path, 0777)) /* by the umask, as it will be kept under another name */
		return err_sys(err, "%s", path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 || flock(*fd, LOCK_EX | LOCK_NB)) {
		err_sys(err, "%s", path);
		rmdir(path);
		return err->code;
	}
	*dir = take_ptr(path);
	return 0;
}

/* The cache's tmp/, or where that can't be written a folder of this user's own. NULL: err. */
static char *scratch_parent(const struct cache *c, struct err *err)
{
	auto_free char *own = cache_path(c, "tmp");
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (!access(own, W_OK))
		return take_ptr(own);
	free(own);
	own = xasprintf("%s/numarig-%u", tmp && *tmp == '/' ? tmp : "/tmp", (unsigned)geteuid());
	if ((mkdir(own, 0700) && errno != EEXIST) || lstat(own, &st)) {
		err_sys(err, "%s", own);
	} else if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022)) {
		err_set(err, -EPERM, "%s: want a folder of this user's own that no other can write", own);
	} else {
		cache_sweep(own);
		return take_ptr(own);
	}
	return NULL;
}

int cache_scratch(const struct cache *c, char **dir, int *fd, struct err *err)
{
	auto_free char *parent = scratch_parent(c, err);

	return parent ? cache_workspace(parent, dir, fd, err) : err->code;
}

void cache_sweep(const char *parent)
{
	auto_close int guard = lock_parent(parent);
	DIR *d = opendir(parent);
	struct dirent *e;

	while (d && !interrupted() && (e = readdir(d))) {
		struct err ignored = ERR_INIT;

		if (strncmp(e->d_name, WORKSPACE_PREFIX, strlen(WORKSPACE_PREFIX)) != 0)
			continue;
		auto_free char *path = xasprintf("%s/%s", parent, e->d_name);
		auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			dir_remove(path, &ignored);
	}
	if (d)
		closedir(d);
}

struct entry {
	char *path, *lock;
	uint64_t bytes;
	time_t used;
};

static int older_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->used < y->used ? -1 : x->used > y->used;
}

static size_t list_entries(const struct cache *c, const char *what, struct entry **v, size_t n)
{
	auto_free char *parent = cache_path(c, "%s", what);
	DIR *d = opendir(parent);
	struct dirent *e;
	struct stat st;
	const char *slash = strrchr(what, '/'); /* kernels/vmlinux has locks called vmlinux-KEY */

	while (d && (e = readdir(d))) {
		char *path = xasprintf("%s/%s", parent, e->d_name);

		if (e->d_name[0] == '.' || stat(path, &st)) {
			free(path);
			continue;
		}
		*v = xrealloc(*v, (n + 1) * sizeof(**v));
		(*v)[n++] = (struct entry){ .lock = xasprintf("%s-%s", slash ? slash + 1 : what, e->d_name),
					    .bytes = dir_bytes(path),
					    .used = st.st_mtim.tv_sec,
					    .path = path };
	}
	if (d)
		closedir(d);
	return n;
}

/* Oldest first, until at most `most` bytes are left; gives the list back. */
static void remove_entries(const struct cache *c, struct entry *v, size_t n, uint64_t most)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i].bytes;
	if (n)
		qsort(v, n, sizeof(*v), older_first);
	for (size_t i = 0; i < n; i++) {
		struct err ignored = ERR_INIT;
		auto_close int fd = -1;

		if ((sum > most || !most) && !cache_lock(c, v[i].lock, true, false, &fd, &ignored) &&
		    !dir_remove(v[i].path, &ignored))
			sum -= v[i].bytes;
		free(v[i].path);
		free(v[i].lock);
	}
	free(v);
}

void cache_trim(const struct cache *c)
{
	struct entry *v = NULL;
	size_t n = list_entries(c, "snapshots", &v, 0);

	n = list_entries(c, "guests", &v, n);
	n = list_entries(c, "kernels/vmlinux", &v, n);
	remove_entries(c, v, n, c->max_bytes ? c->max_bytes : 1);
}

void cache_clear(const struct cache *c, const char *what)
{
	struct entry *v = NULL;
	size_t n = list_entries(c, what, &v, 0);

	remove_entries(c, v, n, 0);
}
