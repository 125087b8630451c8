/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's program of all workloads. The agent holds the other end of fd 3 and starts it before the instant at
 * which the machine is saved; in the restored one it is told "NAME\0PARAM=VALUE\0..." and runs that. A channel that
 * ends instead ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/mark.h"
#include "workloads/lib/agree.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/params.h"
#include "workloads/lib/zones.h"

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

static void *read_params(struct wl *w, const char *words, const char *end)
{
	void *params = calloc(1, w->self->params.size + 1);
	struct err err = ERR_INIT;

	params_default(w->self, params);
	for (; words < end; words += strlen(words) + 1) {
		const char *eq = strchr(words, '=');
		char name[64];

		if (!eq)
			wl_broken(w, "\"%s\" is no PARAM=VALUE", words);
		snprintf(name, sizeof(name), "%.*s", (int)(eq - words), words);
		if (!strcmp(name, "sabotage") ? params_sabotage(w->self, eq + 1, &w->sabotage, &err)
					      : params_set(w->self, params, name, eq + 1, &err))
			wl_broken(w, "%s", err.msg);
	}
	return params;
}

int main(void)
{
	static char words[8192 + 1];
	static struct zones zones;
	static struct wl w = { .zones = &zones };

	w.control = CONTROL_FD;
	learn_nodes(&w);
	zones_read(&w, &zones);
	ssize_t n = recv(w.control, words, sizeof(words) - 1, 0);
	if (n <= 0)
		return 0;
	w.self = find(words);
	if (!w.self)
		wl_broken(&w, "there is no workload \"%s\"", words);
	w.params = read_params(&w, words + strlen(words) + 1, words + n);
	MARK(MARK_BEGIN, NULL, 0, 0);
	w.self->run(&w);
	MARK(MARK_CLOSE, "rest", 0, 0);
	wl_agree(&w);
	return 0;
}
