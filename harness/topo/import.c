/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/import_machine.h"
#include "topo/size.h"
#include "wire/rawset.h"

#define SCALE_MAX 1048576u
/* A tar of /sys/devices/system/node of the largest machines is a few MiB. */
#define SOURCE_MAX (64u << 20)

static bool scale_part(const char **p, unsigned *out)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	unsigned long v = strtoul(*p, &end, 10);
	*p = end;
	*out = (unsigned)v;
	return v >= 1 && v <= SCALE_MAX;
}

int topo_import_scale(const char *text, struct topo_import *how, struct err *err)
{
	const char *p = text;

	how->den = 1;
	bool good = scale_part(&p, &how->num);
	if (good && *p == '/') {
		p++;
		good = scale_part(&p, &how->den);
	}
	if (good && !*p)
		return 0;
	return err_set(err, -EINVAL, "scale \"%.40s\": want \"1/256\", \"1\" or \"2\", parts from 1 to %u",
		       text, SCALE_MAX);
}

/* --- machine to topology
 * ------------------------------------------------------------------------------------------ */

static uint64_t mem_scaled(uint64_t bytes, const struct topo_import *how, bool first)
{
	uint64_t least = first ? TOPO_MEM_MIN_FIRST : TOPO_MEM_MIN;

	if (!bytes)
		return 0;
	__uint128_t scaled = (__uint128_t)bytes * how->num / how->den;
	if (scaled > TOPO_MEM_TOTAL_MAX)
		scaled = TOPO_MEM_TOTAL_MAX + 1; /* too much anyway: topo_parse says so */
	uint64_t up = ((uint64_t)scaled + TOPO_MEM_STEP - 1) / TOPO_MEM_STEP * TOPO_MEM_STEP;
	return up < least ? least : up;
}

static unsigned cpus_kept(unsigned cpus, const struct topo_import *how)
{
	return how->cpus_most && cpus > how->cpus_most ? how->cpus_most : cpus;
}

/* Leaves out what has neither CPUs nor memory; says in `notes` what became of the ids. */
static int compact(struct machine *m, struct text *notes, struct err *err)
{
	unsigned n = 0, keep[TOPO_NODES_MAX];
	bool renamed = false;

	for (unsigned i = 0; i < m->nodes; i++) {
		if (m->node[i].cpus || m->node[i].mem_bytes)
			keep[n++] = i;
		else
			text_printf(notes, "; node %u left out, it has neither CPUs nor memory",
				    m->node[i].id);
	}
	if (!n)
		return err_set(err, -EINVAL, "no node has CPUs or memory");
	for (unsigned i = 0; i < n; i++) {
		renamed = renamed || m->node[keep[i]].id != i;
		m->node[i] = m->node[keep[i]];
		/* Rows and columns only ever move up and left, over ones already moved. */
		for (unsigned j = 0; j < n; j++)
			m->distance[i][j] = m->distance[keep[i]][keep[j]];
	}
	m->nodes = n;
	for (unsigned i = 0; renamed && i < n; i++)
		text_printf(notes, "%s%u=%u", i ? " " : "; nodes here=there: ", i, m->node[i].id);
	return 0;
}

static json_t *node_json(const struct machine_node *n, const struct topo_import *how, bool first)
{
	json_t *node = json_object();
	char size[24];

	if (n->cpus)
		json_object_set_new(node, "cpus", json_integer(cpus_kept(n->cpus, how)));
	if (n->mem_bytes)
		json_object_set_new(
			node, "mem",
			json_string(topo_size_format(mem_scaled(n->mem_bytes, how, first), size)));
	return node;
}

/* One node and one row of distances a line: as the shipped files look. */
static void lines_add(struct text *out, const char *key, json_t *array)
{
	size_t i;
	json_t *one;

	text_printf(out, ",\n\t\"%s\": [\n", key);
	json_array_foreach (array, i, one) {
		auto_free char *line = json_dumps(one, JSON_PRESERVE_ORDER);

		text_printf(out, "\t\t%s%s\n", line ? line : "null",
			    i + 1 < json_array_size(array) ? "," : "");
	}
	text_printf(out, "\t]");
}

static void document(const struct machine *m, const struct topo_import *how, const char *about,
		     struct text *out)
{
	auto_json json_t *nodes = json_array();
	auto_json json_t *rows = json_array();
	/* A source that is not UTF-8 gets no name: JSON could not hold it. */
	auto_json json_t *line = json_string(about);
	auto_free char *quoted = line ? json_dumps(line, JSON_ENCODE_ANY) : NULL;
	bool first = true;

	for (unsigned i = 0; i < m->nodes; i++) {
		json_t *row = json_array();

		json_array_append_new(nodes, node_json(&m->node[i], how, first && m->node[i].mem_bytes));
		first = first && !m->node[i].mem_bytes;
		for (unsigned j = 0; j < m->nodes; j++)
			json_array_append_new(row, json_integer(m->distance[i][j]));
		json_array_append_new(rows, row);
	}
	text_printf(out, "{\n\t\"about\": %s", quoted ? quoted : "\"imported\"");
	lines_add(out, "nodes", nodes);
	if (m->distances && m->nodes > 1)
		lines_add(out, "distances", rows);
	text_printf(out, "\n}\n");
}

static int finish(struct machine *m, const struct topo_import *how, const char *name, struct text *out,
		  struct err *err)
{
	auto_text struct text about = { 0 }, json = { 0 };
	auto_topo struct topo *t = NULL;
	unsigned cut = 0, cpus = 0;

	text_printf(&about, "imported from %s, sizes x %u", name, how->num);
	if (how->den > 1)
		text_printf(&about, "/%u", how->den);
	for (unsigned i = 0; i < m->nodes; i++) {
		cut += cpus_kept(m->node[i].cpus, how) < m->node[i].cpus;
		cpus += cpus_kept(m->node[i].cpus, how);
	}
	if (cpus > TOPO_CPUS_MAX)
		return err_set(err, -E2BIG, "%u CPUs: want at most %d: keep fewer of each node (--cpus N)",
			       cpus, TOPO_CPUS_MAX);
	if (cut)
		text_printf(&about, "; at most %u CPUs a node", how->cpus_most);
	if (compact(m, &about, err))
		return err->code;
	document(m, how, text_str(&about), &json);
	if (topo_parse(text_str(&json), json.len, "imported", &t, err))
		return err_prefix(err, "the machine as a topology");
	text_add(out, json.s, json.len);
	return 0;
}

/* --- sources
 * ---------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Tar begins with a file name in a field filled up with 0, packed streams with bytes that are no letters. */
static bool is_text(const char *bytes, size_t n)
{
	return n && (isgraph((unsigned char)*bytes) || isspace((unsigned char)*bytes)) &&
	       !memchr(bytes, 0, n);
}

int topo_import_bytes(const void *bytes, size_t n, const char *name, const struct topo_import *how,
		      struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_rawset struct rawset files = { 0 };

	if (!n) {
		err_set(err, -EINVAL, "empty: want `numactl -H` text or a tar of /sys/devices/system/node");
	} else if (is_text(bytes, n)) {
		auto_text struct text text = { 0 };

		text_add(&text, bytes, n);
		if (!machine_from_numactl(text.s, m, err) && !finish(m, how, name, out, err))
			return 0;
	} else if (!sysfs_read_archive(bytes, n, &files, err) && !machine_from_sysfs(&files, m, err) &&
		   !finish(m, how, name, out, err)) {
		return 0;
	}
	return err_prefix(err, "%s", name);
}

int topo_import_path(const char *path, const struct topo_import *how, struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_rawset struct rawset files = { 0 };
	auto_text struct text bytes = { 0 };
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		if (file_read(path, SOURCE_MAX, &bytes, err))
			return err->code;
		return topo_import_bytes(text_str(&bytes), bytes.len, base_name(path), how, out, err);
	}
	if (sysfs_read_dir(path, &files, err) || machine_from_sysfs(&files, m, err) ||
	    finish(m, how, base_name(path), out, err))
		return err_prefix(err, "%s", path);
	return 0;
}
