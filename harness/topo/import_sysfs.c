/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of /sys/devices/system/node, as a folder or an archive, as a machine. */
#include "topo/import_machine.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/interrupt.h"
#include "wire/procfs.h"
#include "wire/rawset.h"

#define FILE_MOST (64u << 10)	 /* one sysfs file is a page; meminfo too */
#define ENTRY_MOST (16u << 20)	 /* anything larger is no file of sysfs */
#define ENTRIES_MOST 200000u	 /* node folders hold a link per CPU and per memory block */
#define UNPACKED_MOST (1u << 30) /* all of /sys/devices/system of a machine with 1000 CPUs has less */
#define SLICE (64u << 10)	 /* unpacked between two looks for a signal */

static const char *const node_files[] = { "cpulist", "distance", "meminfo" };

/* --- reading
 * ------------------------------------------------------------------------------------------------------ */

static bool node_name(const char *s, size_t n, unsigned *id)
{
	char *end;

	if (n < 5 || n > 9 || strncmp(s, "node", 4) != 0 || !isdigit((unsigned char)s[4]))
		return false;
	*id = (unsigned)strtoul(s + 4, &end, 10);
	return end == s + n;
}

/* Optional: sparse copies lack files; what is needed is asked for by machine_from_sysfs. */
static int dir_file(const char *dir, const char *below, const char *path, struct rawset *files,
		    struct err *err)
{
	auto_free char *full = xasprintf("%s%s", below, path);
	auto_text struct text text = { 0 };

	if (!beneath_read(dir, full, FILE_MOST, &text, err)) {
		rawset_put(files, path, text_str(&text), text.len);
		return 0;
	}
	if (err->code != -ENOENT && err->code != -ENOTDIR)
		return err->code;
	err->code = 0;
	return 0;
}

static int dir_files(const char *dir, const char *below, struct rawset *files, struct err *err)
{
	if (dir_file(dir, below, "online", files, err))
		return err->code;
	for (unsigned id = 0; id < IDSET_MAX; id++) {
		for (size_t i = 0; i < ARRAY_SIZE(node_files); i++) {
			auto_free char *path = xasprintf("node%u/%s", id, node_files[i]);

			if (dir_file(dir, below, path, files, err))
				return err->code;
		}
	}
	return 0;
}

int sysfs_read_dir(const char *path, struct rawset *files, struct err *err)
{
	static const char *const below[] = { "", "node/", "devices/system/node/", "sys/devices/system/node/",
					     "system/node/" };

	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		if (dir_files(path, below[i], files, err))
			return err->code;
		if (rawset_path(files, 0))
			return 0;
	}
	return err_set(err, -ENOENT,
		       "no node folders: want a copy of /sys/devices/system/node or a folder with it");
}

/*
 * Of an entry's path what counts: "node0/cpulist" or "online" beneath a folder "node", malloc'ed; NULL for
 * all else. *top is set to the length of what stands before.
 */
static char *wanted(const char *path, size_t *top)
{
	const char *file = strrchr(path, '/');
	unsigned id;

	if (!file || file == path)
		return NULL;
	const char *dir = memrchr(path, '/', (size_t)(file - path));
	dir = dir ? dir + 1 : path;
	*top = (size_t)(dir - path);
	if (node_name(dir, (size_t)(file - dir), &id))
		for (size_t i = 0; i < ARRAY_SIZE(node_files); i++)
			if (!strcmp(file + 1, node_files[i]))
				return xasprintf("node%u/%s", id, file + 1);
	if (!strcmp(file + 1, "online") && !strncmp(dir, "node/", 5)) {
		*top = (size_t)(file + 1 - path);
		return xstrdup("online");
	}
	return NULL;
}

static int entry_read(struct archive *a, struct archive_entry *entry, struct rawset *files, char **prefix,
		      struct err *err)
{
	const char *path = archive_entry_pathname(entry);
	size_t top = 0, used = 0;
	auto_free char *name = path && archive_entry_filetype(entry) == AE_IFREG ? wanted(path, &top) : NULL;
	auto_free char *bytes = NULL;
	la_ssize_t n;

	if (archive_entry_size(entry) > ENTRY_MOST)
		return err_set(err, -EFBIG,
			       "archive: %.60s has %" PRId64 " bytes: no file of sysfs is that large",
			       path ? path : "an entry", (int64_t)archive_entry_size(entry));
	if (!name)
		return 0;
	if (!*prefix)
		*prefix = xasprintf("%.*s", (int)top, path);
	else if (strlen(*prefix) != top || strncmp(*prefix, path, top) != 0)
		return err_set(err, -EINVAL,
			       "archive: holds two copies, under \"%.60s\" and \"%.*s\": want one", *prefix,
			       top > 60 ? 60 : (int)top, path);
	bytes = xcalloc(1, FILE_MOST);
	while (used < FILE_MOST && (n = archive_read_data(a, bytes + used, FILE_MOST - used)) > 0)
		used += (size_t)n;
	if (used < FILE_MOST && n < 0)
		return err_set(err, -EINVAL, "archive: %s: %s", name, archive_error_string(a));
	/* tar fills a sysfs file, shorter than the page it claims, up with zeroes: its text ends at the
	 * first. */
	rawset_put(files, name, bytes, strnlen(bytes, used));
	return 0;
}

/* An archive in memory, given in slices: a small one may unpack for long, and a signal ends it. */
struct source {
	const char *at;
	size_t left;
};

static la_ssize_t next_slice(struct archive *a, void *source, const void **bytes)
{
	struct source *s = source;
	size_t n = s->left < SLICE ? s->left : SLICE;

	*bytes = s->at;
	s->at += n;
	s->left -= n;
	if (interrupted()) {
		archive_set_error(a, EINTR, "interrupted");
		return -1;
	}
	return (la_ssize_t)n;
}

static void auto_archive_(struct archive **a)
{
	archive_read_free(*a);
}

static int not_archive(struct archive *a, struct err *err)
{
	const char *why = archive_error_string(a);

	if (interrupt_check(err))
		return err->code;
	return err_set(err, -EINVAL, "neither text of `numactl -H` nor a whole tar archive (%s)",
		       why ? why : "damaged");
}

int sysfs_read_archive(const void *bytes, size_t n, struct rawset *files, struct err *err)
{
	__attribute__((cleanup(auto_archive_))) struct archive *a = archive_read_new();
	auto_free char *prefix = NULL;
	struct source source = { bytes, n };
	struct archive_entry *entry;
	int r;

	archive_read_support_format_tar(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open(a, &source, NULL, next_slice, NULL) != ARCHIVE_OK)
		return not_archive(a, err);
	if (archive_filter_count(a) > 2) /* tar itself is one */
		return err_set(err, -EINVAL, "archive: is packed more than once");
	for (unsigned i = 0; (r = archive_read_next_header(a, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN;
	     i++) {
		if (i >= ENTRIES_MOST)
			return err_set(err, -E2BIG, "archive: more than %u entries", ENTRIES_MOST);
		if (archive_filter_bytes(a, 0) > UNPACKED_MOST)
			return err_set(err, -EFBIG,
				       "archive: unpacks to more than %u MiB, the most that is read",
				       UNPACKED_MOST >> 20);
		if (interrupt_check(err))
			return err->code;
		if (entry_read(a, entry, files, &prefix, err))
			return err->code;
	}
	if (r != ARCHIVE_EOF)
		return not_archive(a, err);
	if (!rawset_path(files, 0))
		return err_set(err, -ENOENT,
			       "archive: no node folders: want one of /sys/devices/system/node");
	return 0;
}

/* --- understanding
 * ----------------------------------------------------------------------------------------------- */

static const char *node_text(const struct rawset *files, unsigned id, const char *file, struct err *err)
{
	char path[64];

	snprintf(path, sizeof(path), "node%u/%s", id, file);
	const char *text = rawset_get(files, path);
	if (!text)
		err_set(err, -ENOENT, "%s: missing", path);
	return text;
}

static int node_read(const struct rawset *files, struct machine_node *n, struct err *err)
{
	auto_counters struct counters mem = { 0 };
	const char *text;

	if (!(text = node_text(files, n->id, "cpulist", err)))
		return err->code;
	if (idset_parse(&n->cpus, text, err))
		return err_prefix(err, "node%u/cpulist", n->id);
	if (!(text = node_text(files, n->id, "meminfo", err)))
		return err->code;
	if (meminfo_parse(text, &mem, err))
		return err_prefix(err, "node%u/meminfo", n->id);
	const uint64_t *kb = counters_get(&mem, "MemTotal");
	if (!kb)
		return err_set(err, -EINVAL, "node%u/meminfo: no MemTotal", n->id);
	if (*kb > UINT64_MAX / 1024)
		return err_set(err, -EINVAL, "node%u/meminfo: MemTotal of %" PRIu64 " kB", n->id, *kb);
	n->mem_bytes = *kb * 1024;
	return 0;
}

static int row_read(const struct rawset *files, struct machine *m, unsigned at, struct err *err)
{
	const char *p = node_text(files, m->node[at].id, "distance", err);
	unsigned n = 0;

	if (!p)
		return err->code;
	for (;; n++) {
		char *end;
		unsigned long d = strtoul(p, &end, 10);

		if (end == p)
			break;
		if (n < m->nodes)
			m->distance[at][n] =
				d > 1000 ? 1000 : (unsigned)d; /* nonsense is refused by topo_parse */
		p = end;
	}
	p += strspn(p, " \n");
	if (n != m->nodes || *p)
		return err_set(err, -EINVAL, "node%u/distance: %u numbers%s: want %u, one per online node",
			       m->node[at].id, n, *p ? " and other text" : "", m->nodes);
	return 0;
}

static int online_read(const struct rawset *files, struct idset *online, struct err *err)
{
	const char *text = rawset_get(files, "online");
	unsigned id;

	*online = (struct idset){ 0 };
	if (text && idset_parse(online, text, err))
		return err_prefix(err, "online");
	const char *path;
	for (size_t i = 0; !text && (path = rawset_path(files, i)); i++) {
		const char *slash = strchr(path, '/');

		if (slash && node_name(path, (size_t)(slash - path), &id))
			idset_add(online, id);
	}
	if (idset_count(online) > TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "%u nodes: want at most %d", idset_count(online), TOPO_NODES_MAX);
	if (!idset_count(online))
		return err_set(err, -EINVAL, "no node is online");
	return 0;
}

int machine_from_sysfs(const struct rawset *files, struct machine *m, struct err *err)
{
	struct idset online;

	if (online_read(files, &online, err))
		return err->code;
	idset_foreach (id, &online) {
		m->node[m->nodes].id = id;
		if (node_read(files, &m->node[m->nodes++], err))
			return err->code;
	}
	for (unsigned at = 0; at < m->nodes; at++)
		if (row_read(files, m, at, err))
			return err->code;
	m->distances = true;
	return 0;
}
