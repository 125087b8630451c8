/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/mapped.h"
#include "wire/procfs.h"

struct collector {
	const struct records *r;
	const struct topo_guest *g;
	int shift; /* -1: no instruction clock */
	struct wl_value *v;
	size_t n;
	struct err *err;
};

static void add(struct collector *c, const char *name, int nid, int64_t value)
{
	c->v = xrealloc(c->v, (c->n + 1) * sizeof(*c->v));
	c->v[c->n++] = (struct wl_value){ name, nid, value };
}

/* One counter of one file of one phase: 1 found, 0 not there, -errno. */
static int read_counter(struct collector *c, const char *phase, const char *path, const char *counter,
			bool meminfo, int64_t *value)
{
	auto_counters struct counters all = { 0 };
	const struct phase *p = records_phase(c->r, phase);
	const char *text = p ? rawset_get(&p->raw, path) : NULL;

	/* one that could not be read at some time has a note, and in the phases behind a text that is of before */
	if (!text || pairs_get(&c->r->notes, path))
		return 0;
	if ((meminfo ? meminfo_parse : vmstat_parse)(text, &all, c->err))
		return err_prefix(c->err, "phase %s: %s", phase, path);
	const uint64_t *v = counters_get(&all, counter);
	if (v)
		*value = (int64_t)*v;
	return v != NULL;
}

/* What a kernel counts stays far below: sums and products of such values are numbers, too. */
static int add_counted(struct collector *c, const struct wl_metric *m, int nid, int64_t value)
{
	if (value > RECORD_VALUE_MOST || value < -RECORD_VALUE_MOST)
		return err_set(c->err, -EBADMSG, "metric %s: %s is %" PRId64 ", above 2^53, the limit",
			       m->name, m->counter, value);
	add(c, m->name, nid, value);
	return 0;
}

static int add_rise(struct collector *c, const struct wl_metric *m, const char *path, int nid)
{
	int64_t before, after, rise = INT64_MIN;
	int a = read_counter(c, m->since, path, m->counter, false, &before);
	int b = a > 0 ? read_counter(c, m->until, path, m->counter, false, &after) : a;

	if (b <= 0)
		return b;
	if (__builtin_sub_overflow(after, before, &rise))
		rise = INT64_MIN;
	return add_counted(c, m, nid, rise);
}

static int add_per_node(struct collector *c, const struct wl_metric *m, const char *file)
{
	for (unsigned i = 0; i < c->g->nodes; i++) {
		int nid = (int)c->g->node[i].nid;
		auto_free char *path = xasprintf("/sys/devices/system/node/node%d/%s", nid, file);
		int64_t value;
		int r;

		if (m->from != WL_NODE_MEMINFO) {
			r = add_rise(c, m, path, nid);
		} else {
			r = read_counter(c, m->until, path, m->counter, true, &value);
			if (r > 0)
				r = add_counted(c, m, nid, value);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_nid(const void *a, const void *b)
{
	const struct wl_value *x = a, *y = b;

	return x->nid < y->nid ? -1 : x->nid > y->nid;
}

/* A metric reported twice on a node counts with its last value. */
static int add_reported(struct collector *c, const struct wl_metric *m)
{
	int64_t unit = m->from == WL_CLOCKED && c->shift >= 0 ? 1ll << c->shift : 1;
	size_t from = c->n;

	if (m->from == WL_CLOCKED && c->shift < 0)
		return 0;

	for (size_t i = 0; i < c->r->values; i++) {
		const struct record_value *v = &c->r->value[i];
		size_t j = from;

		if (strcmp(v->name, m->name) != 0)
			continue;
		while (j < c->n && c->v[j].nid != v->nid)
			j++;
		if (j < c->n)
			c->v[j].value = v->value / unit;
		else
			add(c, m->name, v->nid, v->value / unit);
	}
	if (c->n > from)
		qsort(c->v + from, c->n - from, sizeof(*c->v), by_nid);
	return 0;
}

static int add_dmesg(struct collector *c, const struct wl_metric *m)
{
	const struct phase *p = records_phase(c->r, "end");
	const char *log = p ? rawset_get(&p->raw, "dmesg") : NULL;
	int64_t lines = 0;

	if (!log)
		return 0;
	for (const char *at = log; (at = strstr(at, m->counter)); at += strcspn(at, "\n"))
		lines++;
	add(c, m->name, -1, lines);
	return 0;
}

/* A process that was not sent, or a mapping that can't be told apart, leaves the metric out. */
static int add_mapped(struct collector *c, const struct wl_metric *m)
{
	static const enum mapped_kind kinds[] = {
		[WL_MAPS_TEXT] = MAPPED_TEXT, [WL_MAPS_FILE] = MAPPED_FILE, [WL_MAPS_ANON] = MAPPED_ANON
	};
	const struct phase *p = records_phase(c->r, m->until);
	uint64_t pages[PROCFS_NIDS];
	int r = p ? mapped_count(&p->raw, m->process, kinds[m->from], m->counter, pages, c->err) : 0;

	if (r < 0)
		return err_prefix(c->err, "phase %s", m->until);
	idset_foreach (nid, &c->g->has_memory) {
		if (r)
			add(c, m->name, (int)nid, (int64_t)pages[nid]);
	}
	return 0;
}

static int collect_one(struct collector *c, const struct wl_metric *m)
{
	switch (m->from) {
	case WL_REPORTED:
	case WL_CLOCKED:
		return add_reported(c, m);
	case WL_VMSTAT:
		return add_rise(c, m, "/proc/vmstat", -1);
	case WL_NUMASTAT:
		return add_per_node(c, m, "numastat");
	case WL_NODE_VMSTAT:
		return add_per_node(c, m, "vmstat");
	case WL_NODE_MEMINFO:
		return add_per_node(c, m, "meminfo");
	case WL_DMESG_MATCHES:
		return add_dmesg(c, m);
	case WL_MAPS_TEXT:
	case WL_MAPS_FILE:
	case WL_MAPS_ANON:
		return add_mapped(c, m);
	case WL_TRACE:
	case WL_TRACE_NODE:
	case WL_TRACE_CPU_NODE:
		return err_set(c->err, -EINVAL, "metric %s: what the trace counts belongs to .trace_metrics",
			       m->name);
	}
	return 0;
}

static int check_reported(const struct workload *w, const struct records *r, struct err *err)
{
	for (size_t i = 0; i < r->values; i++) {
		bool known = false;

		wl_foreach (m, &w->metrics)
			known |= (m->from == WL_REPORTED || m->from == WL_CLOCKED) &&
				 !strcmp(m->name, r->value[i].name);
		if (!known)
			return err_set(err, -EINVAL,
				       "reports \"%s\", which its table of metrics does not have",
				       r->value[i].name);
	}
	return 0;
}

int metrics_collect(const struct workload *w, const struct records *r, const struct topo_guest *g, int shift,
		    struct wl_value **values, size_t *n, struct err *err)
{
	struct collector c = { .r = r, .g = g, .shift = shift, .err = err };
	int bad = check_reported(w, r, err);

	wl_foreach (m, &w->metrics) {
		if (!bad)
			bad = collect_one(&c, m);
	}
	*values = c.v;
	*n = c.n;
	return bad;
}
