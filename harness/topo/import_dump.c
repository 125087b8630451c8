/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a machine out of a folder. */
#include "topo/import_dump.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/idset.h"

#define ACCESS_CLASSES 2 /* Linux has access0, of all initiators, and access1, of CPUs only */
#define CACHES_MOST 4	 /* levels of a memory side cache that are looked at */

static const char *const node_files[] = { "cpulist", "cpumap", "distance", "meminfo" };
static const char *const access_files[] = { "read_latency", "write_latency", "read_bandwidth",
					    "write_bandwidth" };
static const char *const cache_files[] = { "size", "line_size", "indexing", "write_policy" };
static const char *const cpu_files[] = { "thread_siblings_list", "thread_siblings" };

void dump_free(struct dump *d)
{
	rawset_free(&d->files);
	text_free(&d->srat);
	text_free(&d->hmat);
}

bool dump_node_name(const char *s, size_t n, unsigned *id)
{
	char *end;

	if (n < 5 || n > 9 || strncmp(s, "node", 4) != 0 || !isdigit((unsigned char)s[4]))
		return false;
	*id = (unsigned)strtoul(s + 4, &end, 10);
	return end == s + n;
}

struct text *dump_table(struct dump *d, const char *name)
{
	return !strcasecmp(name, "HMAT") || !strcasecmp(name, "hmat.dat")   ? &d->hmat
	       : !strcasecmp(name, "SRAT") || !strcasecmp(name, "srat.dat") ? &d->srat
									    : NULL;
}

static bool named(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

bool dump_wants(const char *rest)
{
	const char *file = strrchr(rest, '/');
	unsigned id;

	if (!file)
		return named(rest, node_files, ARRAY_SIZE(node_files));
	file++;
	if (!fnmatch("access[01]/initiators/*", rest, FNM_PATHNAME))
		return named(file, access_files, ARRAY_SIZE(access_files)) ||
		       dump_node_name(file, strlen(file), &id);
	return !fnmatch("memory_side_cache/index[1-4]/*", rest, FNM_PATHNAME) &&
	       named(file, cache_files, ARRAY_SIZE(cache_files));
}

/* --- a folder -------------------------------------------------------------------------------- */

/* Where node folders may be in a folder, and what else of /sys is there then; NULL: nothing. */
static const struct place {
	const char *nodes, *cpus, *tables;
} places[] = {
	{ "", NULL, "" },
	{ "node/", "cpu/", "" },
	{ "devices/system/node/", "devices/system/cpu/", "firmware/acpi/tables/" },
	{ "sys/devices/system/node/", "sys/devices/system/cpu/", "sys/firmware/acpi/tables/" },
	{ "system/node/", "system/cpu/", "" },
};

/* Optional: sparse copies lack files; what is needed is asked for by machine_from_sysfs. */
static int file_take(const char *dir, const char *below, const char *path, const char *as, struct dump *d,
		     struct err *err)
{
	auto_free char *full = xasprintf("%s%s", below, path);
	auto_text struct text text = { 0 };

	if (!beneath_read(dir, full, DUMP_FILE_MOST, &text, err)) {
		rawset_put(&d->files, as, text_str(&text), text.len);
		return 0;
	}
	if (err->code != -ENOENT && err->code != -ENOTDIR)
		return err->code;
	err->code = 0;
	return 0;
}

static int files_take(const char *dir, const char *below, const char *folder, const char *const *names,
		      size_t n, struct dump *d, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s", folder, names[i]);

		if (file_take(dir, below, path, path, d, err))
			return err->code;
	}
	return 0;
}

static bool there(const char *dir, const char *below, const char *path)
{
	auto_free char *full = xasprintf("%s/%s%s", dir, below, path);
	struct stat st;

	return !lstat(full, &st);
}

/* The initiators are links, to nodes that need not be in the copy. */
static int access_take(const char *dir, const char *below, unsigned id, struct dump *d, struct err *err)
{
	for (unsigned k = 0; k < ACCESS_CLASSES; k++) {
		auto_free char *folder = xasprintf("node%u/access%u/initiators", id, k);

		if (!there(dir, below, folder))
			continue;
		if (files_take(dir, below, folder, access_files, ARRAY_SIZE(access_files), d, err))
			return err->code;
		for (unsigned from = 0; from < IDSET_MAX; from++) {
			auto_free char *link = xasprintf("%s/node%u", folder, from);

			if (there(dir, below, link))
				rawset_put(&d->files, link, "", 0);
		}
	}
	return 0;
}

static int node_take(const char *dir, const char *below, unsigned id, struct dump *d, struct err *err)
{
	auto_free char *node = xasprintf("node%u", id);

	if (!there(dir, below, node))
		return 0;
	if (files_take(dir, below, node, node_files, ARRAY_SIZE(node_files), d, err) ||
	    access_take(dir, below, id, d, err))
		return err->code;
	for (unsigned k = 1; k <= CACHES_MOST; k++) {
		auto_free char *cache = xasprintf("%s/memory_side_cache/index%u", node, k);

		if (there(dir, below, cache) &&
		    files_take(dir, below, cache, cache_files, ARRAY_SIZE(cache_files), d, err))
			return err->code;
	}
	return 0;
}

static int cpus_take(const char *dir, const char *below, struct dump *d, struct err *err)
{
	if (file_take(dir, below, "online", "cpu/online", d, err))
		return err->code;
	for (unsigned id = 0; id < IDSET_MAX; id++) {
		auto_free char *folder = xasprintf("cpu%u/topology", id);

		if (!there(dir, below, folder))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(cpu_files); i++) {
			auto_free char *path = xasprintf("%s/%s", folder, cpu_files[i]);
			auto_free char *as = xasprintf("cpu/%s", path);

			if (file_take(dir, below, path, as, d, err))
				return err->code;
		}
	}
	return 0;
}

/* Only root may read the tables of a running machine: without them there is what the node folders say. */
static int tables_take(const char *dir, const char *below, struct dump *d, struct err *err)
{
	static const char *const names[] = { "SRAT", "HMAT", "srat.dat", "hmat.dat" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = xasprintf("%s%s", below, names[i]);
		struct text *table = dump_table(d, names[i]);

		if (!table->len && beneath_read(dir, path, DUMP_TABLE_MOST, table, err) &&
		    err->code != -ENOENT && err->code != -ENOTDIR && err->code != -EACCES)
			return err->code;
		err->code = 0;
	}
	return 0;
}

static int place_take(const char *dir, const struct place *p, struct dump *d, struct err *err)
{
	if (file_take(dir, p->nodes, "online", "online", d, err))
		return err->code;
	for (unsigned id = 0; id < IDSET_MAX; id++)
		if (node_take(dir, p->nodes, id, d, err))
			return err->code;
	if (!rawset_path(&d->files, 0))
		return 0;
	if (p->cpus && cpus_take(dir, p->cpus, d, err))
		return err->code;
	return tables_take(dir, p->tables, d, err);
}

int dump_read_dir(const char *path, struct dump *d, struct err *err)
{
	/* The machine that this runs on: tables and CPUs are beside its nodes. */
	auto_free char *real = realpath(path, NULL);
	const char *dir = real && !strcmp(real, "/sys/devices/system/node") ? "/sys" : path;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (place_take(dir, &places[i], d, err))
			return err->code;
		if (rawset_path(&d->files, 0))
			return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].cpus && there(dir, places[i].cpus, "online"))
			return err_set(err, -ENOENT,
				       "CPUs and no node folders: the kernel there had no NUMA");
	return err_set(err, -ENOENT,
		       "no node folders: want a copy of /sys/devices/system/node or a folder with it");
}
