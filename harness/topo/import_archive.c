/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a machine out of an archive: one of node folders, or what hwloc-gather-topology and lscpu's tests make. */
#include "topo/import_dump.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"

#define ENTRY_MOST (16u << 20)	 /* anything larger is no file of sysfs */
#define ENTRIES_MOST 200000u	 /* node folders hold a link per CPU and per memory block */
#define UNPACKED_MOST (1u << 30) /* all of /sys/devices/system of a machine with 1000 CPUs has less */
#define SLICE (64u << 10)	 /* unpacked between two looks for a signal */

/* What follows a node's folder and leads to other folders of its name, in copies that followed links. */
static bool leads_away(const char *rest)
{
	return !fnmatch("cpu[0-9]*/*", rest, 0) || !fnmatch("memory[0-9]*/*", rest, 0) ||
	       !strncmp(rest, "access", 6) || !strncmp(rest, "memory_side_cache/", 18);
}

/*
 * Of an entry's path what counts, as struct dump has it, malloc'ed; NULL for all else. For a file of nodes *top is set to the length
 * of what stands before: each archive may hold one machine. Hosts are called node7, too.
 */
static char *wanted(const char *path, size_t *top, bool *of_nodes)
{
	const char *at = path, *slash;
	unsigned id;

	*of_nodes = true;
	for (; (slash = strchr(at, '/')); at = slash + 1) {
		*top = (size_t)(at - path);
		if (!strcmp(at, "node/online")) {
			*top += strlen("node/");
			return xstrdup("online");
		}
		if (!dump_node_name(at, (size_t)(slash - at), &id))
			continue;
		if (dump_wants(slash + 1))
			return xasprintf("node%u/%s", id, slash + 1);
		if (leads_away(slash + 1))
			return NULL;
	}
	*of_nodes = false;
	const char *cpu = strstr(path, "system/cpu/");
	if (cpu && (!strcmp(cpu, "system/cpu/online") ||
		    !fnmatch("system/cpu/cpu[0-9]*/topology/thread_siblings*", cpu, FNM_PATHNAME)))
		return xstrdup(cpu + strlen("system/"));
	return NULL;
}

/* Bytes of an entry, up to `most`. */
static int bytes_read(struct archive *a, const char *name, size_t most, struct text *out, struct err *err)
{
	auto_free char *bytes = xcalloc(1, most);
	size_t used = 0;
	la_ssize_t n = 0;

	while (used < most && (n = archive_read_data(a, bytes + used, most - used)) > 0)
		used += (size_t)n;
	if (used < most && n < 0)
		return err_set(err, -EINVAL, "archive: %s: %s", name, archive_error_string(a));
	text_add(out, bytes, used);
	return 0;
}

static int table_read(struct archive *a, const char *path, struct dump *d, struct err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct text *table = dump_table(d, name);

	if (!table)
		return 0;
	if (table->len)
		return err_set(err, -EINVAL, "archive: holds %s twice: want the tables of one machine", name);
	return bytes_read(a, name, DUMP_TABLE_MOST, table, err);
}

static int one_machine(const char *path, size_t top, char **prefix, struct err *err)
{
	if (!*prefix)
		*prefix = xasprintf("%.*s", (int)top, path);
	else if (strlen(*prefix) != top || strncmp(*prefix, path, top) != 0)
		return err_set(err, -EINVAL,
			       "archive: holds two copies, under \"%.60s\" and \"%.*s\": want one", *prefix,
			       top > 60 ? 60 : (int)top, path);
	return 0;
}

static int entry_read(struct archive *a, struct archive_entry *entry, struct dump *d, char **prefix,
		      struct err *err)
{
	const char *path = archive_entry_pathname(entry);
	bool file = archive_entry_filetype(entry) == AE_IFREG, of_nodes;
	auto_text struct text text = { 0 };
	size_t top = 0;

	if (archive_entry_size(entry) > ENTRY_MOST)
		return err_set(err, -EFBIG,
			       "archive: %.60s has %" PRId64 " bytes: no file of sysfs is that large",
			       path ? path : "an entry", (int64_t)archive_entry_size(entry));
	if (!path)
		return 0;
	auto_free char *name = wanted(path, &top, &of_nodes);
	if (!name)
		return file ? table_read(a, path, d, err) : 0;
	/* An initiator is a link, and only its name counts. Other links could lead anywhere. */
	if (!file && !strstr(name, "/initiators/node"))
		return 0;
	if (of_nodes && one_machine(path, top, prefix, err))
		return err->code;
	if (file && bytes_read(a, name, DUMP_FILE_MOST, &text, err))
		return err->code;
	/* tar fills a file of sysfs up with zeroes to the page that it claims to have */
	rawset_put(&d->files, name, text_str(&text), strnlen(text_str(&text), text.len));
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

int dump_read_archive(const void *bytes, size_t n, struct dump *d, struct err *err)
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
		if (entry_read(a, entry, d, &prefix, err))
			return err->code;
	}
	if (r != ARCHIVE_EOF)
		return not_archive(a, err);
	if (!prefix && rawset_get(&d->files, "cpu/online"))
		return err_set(err, -ENOENT,
			       "archive: CPUs and no node folders: the kernel there had no NUMA");
	if (!prefix)
		return err_set(err, -ENOENT,
			       "archive: no node folders: want one of /sys/devices/system/node");
	return 0;
}
