/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of /sys/devices/system/node as a machine. */
#include "topo/import_machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "topo/import_dump.h"
#include "topo/import_hmat.h"
#include "wire/procfs.h"

static const char *node_text(const struct rawset *files, unsigned id, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "node%u/%s", id, file);
	return rawset_get(files, path);
}

/* Whether any node has the file: then its absence elsewhere is a hole in the copy. */
static bool any_has(const struct rawset *files, const char *file)
{
	size_t n = strlen(file);
	const char *path;

	for (size_t i = 0; (path = rawset_path(files, i)); i++) {
		size_t len = strlen(path);

		if (len > n && path[len - n - 1] == '/' && !strcmp(path + len - n, file) &&
		    memchr(path, '/', len) == path + len - n - 1)
			return true;
	}
	return false;
}

/* Old kernels have only the map; hwloc and lscpu, which read that one, keep no other. */
static int cpus_read(const struct rawset *files, struct machine_node *n, struct err *err)
{
	const char *list = node_text(files, n->id, "cpulist"), *map = node_text(files, n->id, "cpumap");
	const char *online = rawset_get(files, "cpu/online");
	struct idset up;

	if (!list && !map)
		return err_set(err, -ENOENT, "node%u/cpulist: missing, and so is node%u/cpumap", n->id,
			       n->id);
	if (list ? idset_parse(&n->cpus, list, err) : idset_parse_mask(&n->cpus, map, err))
		return err_prefix(err, "node%u/%s", n->id, list ? "cpulist" : "cpumap");
	if (!online)
		return 0;
	if (idset_parse(&up, online, err))
		return err_prefix(err, "cpu/online");
	/* Old kernels have CPUs in the map that are offline. */
	for (size_t i = 0; i < ARRAY_SIZE(up.bits); i++)
		n->cpus.bits[i] &= up.bits[i];
	return 0;
}

static int memory_read(const struct rawset *files, struct machine_node *n, struct err *err)
{
	const char *text = node_text(files, n->id, "meminfo");
	auto_counters struct counters mem = { 0 };

	if (!text && any_has(files, "meminfo"))
		return err_set(err, -ENOENT, "node%u/meminfo: missing", n->id);
	if (!text) {
		n->mem_unknown = true;
		return 0;
	}
	text += strspn(text, "\n"); /* kernels before 5.10 begin with an empty line */
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
	const char *p = node_text(files, m->node[at].id, "distance");
	unsigned n = 0;

	if (!p)
		return err_set(err, -ENOENT, "node%u/distance: missing", m->node[at].id);
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

		if (slash && dump_node_name(path, (size_t)(slash - path), &id))
			idset_add(online, id);
	}
	if (idset_count(online) > TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "%u nodes: want at most %d", idset_count(online), TOPO_NODES_MAX);
	if (!idset_count(online))
		return err_set(err, -EINVAL, "no node is online");
	return 0;
}

/* How many CPUs share a core: the most, where the copy has what says so. */
static int threads_read(const struct rawset *files, struct machine *m, struct err *err)
{
	const char *path;

	for (size_t i = 0; (path = rawset_path(files, i)); i++) {
		bool list = strstr(path, "/thread_siblings_list"), mask = strstr(path, "/thread_siblings");
		struct idset core;

		if (!list && !mask)
			continue;
		if (list ? idset_parse(&core, rawset_get(files, path), err)
			 : idset_parse_mask(&core, rawset_get(files, path), err))
			return err_prefix(err, "%s", path);
		m->threads = idset_count(&core) > m->threads ? idset_count(&core) : m->threads;
	}
	return 0;
}

int machine_from_dump(const struct dump *d, struct machine *m, struct err *err)
{
	struct idset online;

	if (online_read(&d->files, &online, err))
		return err->code;
	idset_foreach (id, &online) {
		struct machine_node *n = &m->node[m->nodes];

		n->id = id;
		n->was = m->nodes++;
		if (cpus_read(&d->files, n, err) || memory_read(&d->files, n, err))
			return err->code;
	}
	m->distances = any_has(&d->files, "distance");
	for (unsigned at = 0; m->distances && at < m->nodes; at++)
		if (row_read(&d->files, m, at, err))
			return err->code;
	if (threads_read(&d->files, m, err) || hmat_from_sysfs(&d->files, m, err))
		return err->code;
	return d->hmat.len ? hmat_from_tables(d, m, err) : 0;
}
