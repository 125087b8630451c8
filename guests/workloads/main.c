/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's program of all workloads: workloads NAME [PARAM=VALUE]...; the agent holds the other end of fd 3. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/params.h"

#define CONTROL_FD 3

static void read_line(struct wl *w, const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(buf, (int)size, f))
		wl_broken(w, "%s: can't be read", path);
	fclose(f);
}

static void read_set(struct wl *w, const char *path, struct idset *s)
{
	char text[1024];
	struct err err = ERR_INIT;

	read_line(w, path, text, sizeof(text));
	if (idset_parse(s, text, &err))
		wl_broken(w, "%s: %s", path, err.msg);
}

static void learn_nodes(struct wl *w)
{
	struct idset online;
	char path[96], text[4096];

	read_set(w, "/sys/devices/system/node/online", &online);
	read_set(w, "/sys/devices/system/node/has_memory", &w->mem_nodes);
	read_set(w, "/sys/devices/system/node/has_cpu", &w->cpu_nodes);
	idset_foreach (nid, &online) {
		unsigned to = idset_next(&online, 0);

		if (nid >= WL_NODES)
			wl_broken(w, "node %u: workloads know %u nodes", nid, WL_NODES);
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", nid);
		read_set(w, path, &w->cpus[nid]);
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/distance", nid);
		read_line(w, path, text, sizeof(text));
		/* one number for each online node, in their order (drivers/base/node.c, node_read_distance) */
		for (char *p = strtok(text, " \n"); p && to < WL_NODES; p = strtok(NULL, " \n")) {
			w->distance[nid][to] = (uint8_t)strtoul(p, NULL, 10);
			to = idset_next(&online, to + 1);
		}
	}
}

static const struct workload *find(const char *name)
{
	for (const struct workload_entry *e = workload_table; e->name; e++)
		if (!strcmp(e->name, name))
			return e->w;
	return NULL;
}

int main(int argc, char **argv)
{
	static struct wl w;
	struct err err = ERR_INIT;
	void *params;

	w.control = CONTROL_FD;
	if (argc < 2 || !(w.self = find(argv[1])))
		wl_broken(&w, "there is no workload \"%s\"", argc < 2 ? "" : argv[1]);
	params = calloc(1, w.self->params_size + 1);
	params_default(w.self, params);
	for (int i = 2; i < argc; i++) {
		char *eq = strchr(argv[i], '=');

		if (!eq)
			wl_broken(&w, "\"%s\" is no PARAM=VALUE", argv[i]);
		*eq = 0;
		if (params_set(w.self, params, argv[i], eq + 1, &err))
			wl_broken(&w, "%s: %s", argv[1], err.msg);
	}
	w.params = params;
	learn_nodes(&w);
	if (w.self->setup)
		w.self->setup(&w);
	w.self->run(&w);
	if (w.self->teardown)
		w.self->teardown(&w);
	return 0;
}
