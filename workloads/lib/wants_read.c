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
