/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/wants_read.h"

#include <errno.h>
#include <string.h>

#include "workloads/lib/expression.h"

static const struct {
	const char *words;
	enum nodes nodes;
	bool names; /* of nodes follow */
} sets[] = {
	{ "each node", EACH, false }, { "each CPU node", EACH_CPU, false }, { "in all", IN_ALL, false },
	{ "on ", ON, true },	      { "not on ", NOT_ON, true },	    { "only on ", ONLY_ON, true },
};

static int where_names(const char *at, struct want *out, struct err *err)
{
	while (*at) {
		size_t len = strcspn(at, ",");

		if (out->names == NODES_MOST)
			return err_set(err, -EINVAL, "names more than %d nodes", NODES_MOST);
		out->name[out->names++] = (struct condition_part){ at, len };
		at += len;
		at += strspn(at, ", ");
	}
	return 0;
}

static int where_read(const char *where, struct want *out, struct err *err)
{
	out->nodes = MACHINE;
	if (!where)
		return 0;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		size_t len = strlen(sets[i].words);

		if (sets[i].names ? strncmp(where, sets[i].words, len) != 0
				  : strcmp(where, sets[i].words) != 0)
			continue;
		out->nodes = sets[i].nodes;
		return sets[i].names ? where_names(where + len, out, err) : 0;
	}
	return err_set(err, -EINVAL,
		       "\"%s\": want each node, each CPU node, on NODE, not on NODE, only on NODE or in all",
		       where);
}

int want_read(const struct wl_want *row, struct want *out, struct err *err)
{
	*out = (struct want){ .row = row };
	if (condition_split(row->is, &out->is, err) || where_read(row->where, out, err))
		return err->code;
	if (out->is.op == CONDITION_LIKE)
		return err_set(err, -EINVAL, "\"%s\": metrics are numbers", row->is);
	return 0;
}

/* --- looking for mistakes -------------------------------------------------------------------------------------------- */
/* Whether it is of a node: 1, 0, and -1 for one that the workload reports as it likes. */
static int of_nodes(enum wl_source from)
{
	switch (from) {
	case WL_VMSTAT:
	case WL_DMESG_MATCHES:
	case WL_TRACE:
		return 0;
	case WL_NUMASTAT:
	case WL_NODE_VMSTAT:
	case WL_NODE_MEMINFO:
	case WL_MAPS_TEXT:
	case WL_MAPS_FILE:
	case WL_MAPS_ANON:
	case WL_TRACE_NODE:
	case WL_TRACE_CPU_NODE:
		return 1;
	case WL_REPORTED:
	case WL_CLOCKED:
		break;
	}
	return -1;
}

int wants_check(const struct workload *w, const struct wl_want *row, struct err *err)
{
	const struct wl_metric *m =
		expression_metric(w, (struct condition_part){ row->metric, strlen(row->metric) });
	struct expression x = { .w = w, .nid = -1 };
	struct want want;
	int64_t value;
	int nid;

	if (!m)
		return err_set(err, -EINVAL, "%s: the workload has no such metric", row->metric);
	if (want_read(row, &want, err) || expression_value(&x, want.is.lo, &value, err) ||
	    (want.is.op == CONDITION_WITHIN && expression_value(&x, want.is.hi, &value, err)))
		return err_prefix(err, "%s", row->metric);
	if (of_nodes(m->from) == (want.nodes == MACHINE))
		return err_set(err, -EINVAL, "%s: is counted %s", row->metric,
			       of_nodes(m->from) ? "by node: want nodes"
						 : "for the whole machine: want no node");
	for (unsigned i = 0; i < want.names; i++)
		if (expression_node(&x, want.name[i], &nid, err))
			return err_prefix(err, "%s", row->metric);
	return want.names || (want.nodes != ON && want.nodes != NOT_ON && want.nodes != ONLY_ON)
		       ? 0
		       : err_set(err, -EINVAL, "%s: names no node", row->metric);
}
