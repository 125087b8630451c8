/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/plan_file.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "run/load.h"

struct grid_plan {
	struct run_request *q;
	struct grid *g;
};

static int add_plan_workload(struct grid_plan *a, const char *v, struct err *err)
{
	return plan_add_workload(&a->q->plan, v, err);
}

static int add_plan_topology(struct grid_plan *a, const char *v, struct err *err)
{
	return grid_add_topologies(a->g, v, err);
}

static int add_plan_kernel(struct grid_plan *a, const char *v, struct err *err)
{
	return grid_add_kernels(a->g, v, err);
}

static int add_plan_knob(struct grid_plan *a, const char *v, struct err *err)
{
	return grid_add_knob(a->g, v, err);
}

static const struct {
	const char *key;
	int (*add)(struct grid_plan *a, const char *v, struct err *err);
} lists[] = {
	{ "topologies", add_plan_topology },
	{ "kernels", add_plan_kernel },
	{ "workloads", add_plan_workload },
	{ "knobs", add_plan_knob },
};

/* Whether the command line has named others. */
static bool overridden(const struct grid_plan *a, const char *key)
{
	return (!strcmp(key, "topologies") && a->g->topologies.n) ||
	       (!strcmp(key, "kernels") && a->g->kernels.n);
}

static int read_list(struct grid_plan *a, size_t i, const json_t *list, struct err *err)
{
	json_t *v;
	size_t k;

	if (!json_is_array(list))
		return err_set(err, -EINVAL, "\"%s\": want a list of strings", lists[i].key);
	json_array_foreach (list, k, v) {
		if (!json_is_string(v))
			return err_set(err, -EINVAL, "\"%s\": want a list of strings", lists[i].key);
		if (lists[i].add(a, json_string_value(v), err))
			return err_prefix(err, "\"%s\"", lists[i].key);
	}
	return 0;
}

static int read_member(struct grid_plan *a, const char *key, const json_t *v, struct err *err)
{
	json_int_t seeds = json_integer_value(v);

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (!strcmp(lists[i].key, key))
			return overridden(a, key) ? 0 : read_list(a, i, v, err);
	if (!strcmp(key, "about"))
		return 0;
	if (strcmp(key, "seeds") != 0)
		return err_set(err, -EINVAL,
			       "\"%s\": want about, topologies, kernels, workloads, knobs or seeds", key);
	if (!json_is_integer(v) || seeds < 1 || seeds > 1000)
		return err_set(err, -EINVAL, "\"seeds\": want a number from 1 to 1000");
	if (a->q->engine && strcmp(a->q->engine, "exact") != 0)
		a->g->repeat = (unsigned)seeds; /* these have no schedules to choose */
	else
		a->g->seeds = (unsigned)seeds;
	return 0;
}

int plan_file_read(const char *path, struct run_request *q, struct grid *g, struct err *err)
{
	struct grid_plan into = { q, g }, *a = &into;
	auto_json json_t *doc = NULL;
	const char *key;
	json_t *v;

	if (load_object(path, &doc, err))
		return err->code;
	json_object_foreach (doc, key, v) {
		if (read_member(a, key, v, err))
			return err_prefix(err, "%s", path);
	}
	for (size_t i = 0; i < a->g->axes; i++)
		if (a->g->axis[i].values.n > 1)
			return err_set(err, -EINVAL, "%s: \"knobs\": %s: one value, a baseline has one", path,
				       a->g->axis[i].knob);
	if (!a->g->topologies.n || !a->q->plan.items)
		return err_set(err, -EINVAL, "%s: has no %s", path,
			       a->g->topologies.n ? "workloads" : "topologies");
	return 0;
}
