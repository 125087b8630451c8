/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/tool.h"
#include "topo/layout.h"
#include "topo/size.h"
#include "topo/attest.h"

#define PROBE_MS 30000
#define NAME_MOST 63 /* harness/wire/mark.h */

int trace_ask(struct trace_request *t, const char *what, struct err *err)
{
	t->on = true;
	if (!what)
		return 0;
	size_t n = strcspn(what, ":");
	if (n != strlen("caches") || memcmp(what, "caches", n) != 0)
		return err_set(err, -EINVAL,
			       "--trace=%s: want --trace, --trace=caches or --trace=caches:l2=1M,...", what);
	t->caches = true;
	caches_default(&t->geometry);
	if (caches_parse(what[n] ? what + n + 1 : NULL, &t->geometry, err))
		return err_prefix(err, "--trace=caches");
	return 0;
}

int trace_add_region(struct trace_request *t, const char *arg, struct err *err)
{
	const char *eq = strchr(arg, '=');
	unsigned long long from;
	uint64_t bytes;
	char *end;
	struct err ignored = ERR_INIT;

	if (!eq || eq == arg || eq - arg > NAME_MOST || strcspn(arg, " \t") < (size_t)(eq - arg))
		return err_set(err, -EINVAL, "--region %s: want NAME=ADDRESS,LENGTH", arg);
	from = strtoull(eq + 1, &end, 0);
	if (end == eq + 1 || *end != ',' || eq[1] == '-')
		return err_set(err, -EINVAL, "--region %s: \"%s\" begins with no address", arg, eq + 1);
	const char *length = end + 1;
	bytes = strtoull(length, &end, 0);
	if ((end == length || *end || *length == '-') && topo_size_parse(length, &bytes, &ignored))
		return err_set(err, -EINVAL, "--region %s: \"%s\" is no length, such as 0x1000 or 64K", arg,
			       length);
	if (!bytes || from + bytes < from || from + bytes > 1ull << 47)
		return err_set(err, -EINVAL, "--region %s: is not in a program's address space", arg);
	strlist_add(&t->regions, "%.*s %llx %" PRIx64, (int)(eq - arg), arg, from, bytes);
	return 0;
}

/* --- the plugin -------------------------------------------------------------------------------------------------------- */
static int ask(struct setup *r, struct err *err)
{
	auto_free char *plugin = xasprintf("%s,probe=on", r->trace);
	char *argv[] = { r->qemu.path,
			 (char *)(uintptr_t) "-machine",
			 (char *)(uintptr_t) "none",
			 (char *)(uintptr_t) "-nodefaults",
			 (char *)(uintptr_t) "-display",
			 (char *)(uintptr_t) "none",
			 (char *)(uintptr_t) "-accel",
			 (char *)(uintptr_t) "tcg",
			 (char *)(uintptr_t) "-plugin",
			 plugin,
			 NULL };
	struct tool t = { .argv = argv, .env = environ, .deadline_ms = PROBE_MS };
	auto_text struct text out = { 0 }, why = { 0 };
	char line[256];
	int code;

	if (tool_run(&t, &out, &why, &code, err))
		return err->code;
	if (!code && out.len)
		return 0;
	tool_first_line(&why, line, sizeof(line));
	text_plain(line);
	r->trace_lacks = xasprintf("QEMU %s does not take the access trace's plugin: %s", r->qemu.version,
				   line[0] ? line : "it does not say why");
	return 0;
}

static int caches_possible(const struct topo *topo, const struct caches_geometry *g, struct err *err)
{
	unsigned with = 0;

	for (unsigned i = 0; i < topo->nodes; i++)
		with += topo->node[i].cpus > 0;
	return caches_fit(g, topo->cpus, with, err) ? err_prefix(err, "--trace=caches") : 0;
}

int trace_probe(struct setup *r, const struct trace_request *t, struct err *err)
{
	if (r->topo->nodes > CACHES_NODES_MAX)
		return err_set(err, -EINVAL, "--trace: %s has %u nodes: want at most %d", r->topo->name,
			       r->topo->nodes, CACHES_NODES_MAX);
	if (t->caches && caches_possible(r->topo, &t->geometry, err))
		return err->code;
	r->trace = xasprintf("%s/trace.so", r->build);
	if (cache_hash(&r->cache, r->trace, &r->trace_sha256, err))
		return err->code;
	auto_free char *memo =
		cache_path(&r->cache, "hashes/plugin-%.24s-%.24s", r->qemu.sha256.hex, r->trace_sha256.hex);
	struct err ignored = ERR_INIT;

	if (path_exists(memo))
		return 0;
	if (ask(r, err))
		return err->code;
	if (r->trace_lacks)
		return 0;
	file_write(memo, "taken\n", 6, &ignored);
	return 0;
}

/* That it is one, and each option by its name. */
static json_t *caches_json(const struct caches_geometry *g)
{
	json_t *o = json_pack("{s:s}", "model",
			      "inclusive, write-back, LRU, no prefetch: a model, not a measurement");

	for (const struct caches_option *c = caches_options; c->name; c++)
		json_object_set_new(o, c->name, json_integer((json_int_t)caches_value(g, c)));
	return o;
}

json_t *trace_head(const struct setup *r, const struct trace_request *t)
{
	json_t *regions = json_array();

	for (size_t i = 0; i < t->regions.n; i++)
		json_array_append_new(regions, json_string(t->regions.v[i]));
	json_t *head = json_pack("{s:s, s:o}", "plugin", r->trace_sha256.hex, "regions", regions);
	if (t->caches)
		json_object_set_new(head, "caches", caches_json(&t->geometry));
	if (r->trace_lacks)
		json_object_set_new(head, "lacks", json_string(r->trace_lacks));
	return head;
}

static void conf_piece(const struct layout_piece *p, unsigned nid, const char *path, struct text *conf)
{
	for (unsigned i = 0; i < p->ranges; i++)
		text_printf(conf, "ram %" PRIx64 " %" PRIx64 " %u\n", p->range[i].from, p->range[i].to, nid);
	if (path)
		text_printf(conf, "file %u %s\n", nid, path);
}

int trace_conf(const struct topo *topo, const struct rawset *boot, char *const *ram,
	       const struct trace_request *t, bool exec, const char *out, struct text *conf, struct err *err)
{
	struct layout_piece piece[LAYOUT_PIECES];
	unsigned pieces = layout_pieces(topo, piece);
	struct topo_guest guest;

	if (topo_attest(topo, boot, &guest, err))
		return err->code;
	text_printf(conf, "out %s\n", out);
	for (unsigned i = 0; i < guest.nodes; i++)
		text_printf(conf, "node %u\n", guest.node[i].nid);
	for (unsigned i = 0; i < guest.nodes; i++) {
		unsigned nid = guest.node[i].nid, slot = guest.node[i].slot;

		for (unsigned k = 0; k < pieces; k++)
			if (piece[k].slot == slot)
				conf_piece(&piece[k], nid, ram[k], conf);
		idset_foreach (cpu, &topo->node[slot].cpu_ids)
			text_printf(conf, "cpu %u %u\n", cpu, nid);
	}
	if (t->caches) {
		text_printf(conf, "caches");
		for (unsigned l = 0; l < CACHES_LEVELS; l++)
			text_printf(conf, " %" PRIu64 " %" PRIu64, t->geometry.bytes[l], t->geometry.ways[l]);
		text_printf(conf, " %" PRIu64 "\n", t->geometry.line);
	}
	for (size_t i = 0; i < t->regions.n; i++)
		text_printf(conf, "region %s\n", t->regions.v[i]);
	if (exec)
		text_printf(conf, "pages\n");
	return 0;
}
