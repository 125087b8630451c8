/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/prepare.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/place.h"
#include "kit/kernel_room.h"
#include "machine/engines.h"

void run_free(struct run *r)
{
	for (size_t i = 0; i < r->machines; i++) {
		snapshot_free(&r->machine[i].snapshot);
		free(r->machine[i].setup.append);
		free(r->machine[i].name);
	}
	free(r->machine);
	for (size_t i = 0; i < r->jobs; i++)
		free(r->job[i].label);
	free(r->job);
	strlist_free(&r->lacks);
	setup_free(&r->setup);
	free(r->dir);
	json_decref(r->result);
	*r = (struct run){ .setup = { .guest = { .lock = -1 } } };
}

/* More memory than the host has would be found out by the OOM killer otherwise. */
static int check_host(const struct topo *t, struct err *err)
{
	struct sysinfo si;

	sysinfo(&si);
	uint64_t host = (uint64_t)si.totalram * si.mem_unit;
	if (t->mem_bytes > host - host / 8)
		return err_set(err, -ENOMEM, "%s: wants %" PRIu64 " MiB, this machine has %" PRIu64 " MiB",
			       t->name, t->mem_bytes >> 20, host >> 20);
	return 0;
}

/* QEMU has what makes an empty node online since 9.0 (hw/acpi/acpi_generic_initiator.c). */
static int check_qemu(const struct setup *g, struct err *err)
{
	for (unsigned i = 0; i < g->topo->nodes; i++)
		if (g->topo->node[i].empty == TOPO_EMPTY_ONLINE && strtoul(g->qemu.version, NULL, 10) < 9)
			return err_set(err, -ENOPKG,
				       "%s: node %u is empty and online: want QEMU 9.0 or later, this is %s",
				       g->topo->name, i, g->qemu.version);
	return 0;
}

static int find_topology(const struct run_request *q, struct setup *g, struct err *err)
{
	auto_free char *dir = xasprintf("%s/topologies", g->tree);
	auto_free char *path = NULL;

	if (!q->topology)
		return err_set(err, -EINVAL, "no topology: want -t TOPO (`numarig list topologies`)");
	return topo_find(dir, q->topology, &path, err) || topo_load(path, &g->topo, err) ? err->code : 0;
}

/* A machine much slower or faster than ours has its own idea of how long a boot or a job may take. */
static int find_deadline(struct setup *g, struct err *err)
{
	const char *text = getenv("NUMARIG_DEADLINE");
	char *end = NULL;

	if (!text || !*text)
		return 0;
	unsigned long s = strtoul(text, &end, 10);
	if (*end || *text == '-' || s < 1 || s > 86400)
		return err_set(err, -EINVAL, "NUMARIG_DEADLINE=%s: want seconds from 1 to 86400", text);
	g->own_s = (unsigned)s;
	return 0;
}

int run_prepare(const struct run_request *q, struct run *r, struct err *err)
{
	struct setup *g = &r->setup;
	const char *kernel = q->kernel ? q->kernel : KERNEL_DEFAULT;

	*r = (struct run){ .setup = { .guest = { .lock = -1 } } };
	if (interrupt_begin(err))
		return err->code;
	if (q->progress)
		q->progress("finding QEMU, kernel and guest", 0, 0);
	g->tree = place_data();
	g->build = place_built();
	g->append = plan_append(&q->plan);
	g->steady = xasprintf("%s/steady.so", g->build);
	if (find_deadline(g, err) || find_topology(q, g, err) || check_host(g->topo, err) ||
	    cache_open(&g->cache, err) || kernel_find(&g->cache, g->tree, kernel, &g->kernel, err) ||
	    kernel_room(&g->kernel, g->topo->nodes, g->topo->cpus, err) ||
	    qemu_find(&g->cache, &g->qemu, err) || check_qemu(g, err) ||
	    cache_hash(&g->cache, g->steady, &g->steady_sha256, err) ||
	    guest_get(&g->cache, g->build, &g->kernel, &g->guest, err))
		return err->code;
	if (!setup_firmware(g))
		return err_set(
			err, -ENOPKG,
			"SeaBIOS, which sets up the PCI devices of %s, is not on this machine: install the package seabios",
			g->topo->name);
	g->boot_shift = setup_boot_shift(g->topo->cpus);
	g->job_shift = setup_job_shift(q->plan.shift, g->topo->cpus);
	if (engine_choose(q->engine, g, err))
		return err->code;
	if (q->trace.on && g->engine != ENGINE_EXACT)
		return err_set(err, -EINVAL, "--trace: counts with engine exact only, and this is %s",
			       engine_name(g->engine));
	return q->trace.on ? trace_probe(g, &q->trace, err) : 0;
}
