/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-consistency after every workload. No row of the mission is proved by it, every row stands on it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/judge.h"
#include "wire/procfs.h"

enum { PAGES_AGREE, COUNTERS_AGREE };

static const struct wl_expect expects[] = {
	[PAGES_AGREE] = { "pages-agree", "",
			  "numa_maps, move_pages and pagemap tell the same node of the process's pages",
			  NULL },
	[COUNTERS_AGREE] = { "counters-agree", "",
			     "the sums of numastat's counters over the nodes are those of vmstat", NULL },
};
const struct wl_expects judge_sound_expects = WL_LIST(expects);

__attribute__((format(printf, 3, 4))) static void set(struct wl_verdict *v, enum outcome o, const char *fmt,
						      ...)
{
	va_list ap;

	if (outcome_join(v->outcome, o) == v->outcome)
		return;
	v->outcome = o;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
	text_plain(v->why);
}

/* Note "pages-agree", of workloads/lib/agree.c: pages that all three tell the same of, and others. */
static void pages_agree(const struct records *r, struct wl_verdict *v)
{
	const char *note = pairs_get(&r->notes, "pages-agree");
	uint64_t same, other;

	if (!note || sscanf(note, "%" SCNu64 " %" SCNu64, &same, &other) != 2) {
		set(v, OUTCOME_BROKEN, "the workload's process did not compare them");
		return;
	}
	snprintf(v->expected, sizeof(v->expected), "0 pages of which they differ");
	snprintf(v->actual, sizeof(v->actual), "%" PRIu64 " of %" PRIu64, other, same + other);
	if (other || !same)
		set(v, OUTCOME_FAIL, "%s", other ? "the kernel contradicts itself" : "no page was compared");
}

static bool read_file(const struct phase *p, const char *path, bool meminfo, struct counters *out,
		      struct wl_verdict *v)
{
	const char *text = p ? rawset_get(&p->raw, path) : NULL;
	struct err err = ERR_INIT;

	*out = (struct counters){ 0 };
	if (!text)
		set(v, OUTCOME_BROKEN, "%s: was not read", path);
	else if (meminfo ? meminfo_parse(text, out, &err) : vmstat_parse(text, out, &err))
		set(v, OUTCOME_BROKEN, "%s: %s", path, err.msg);
	return text && !err.code;
}

/* The files of each node that ends so, in turn from *at on. */
static const char *next_of_node(const struct phase *p, const char *file, size_t *at, unsigned *nid)
{
	const char *path;

	while (p && (path = rawset_path(&p->raw, *at))) {
		int used = 0;

		++*at;
		if (sscanf(path, "/sys/devices/system/node/node%u/%n", nid, &used) == 1 && used &&
		    !strcmp(path + used, file))
			return path;
	}
	return NULL;
}

/* The counters of numastat, as vmstat and as a node call them. */
static const char *const counter_names[][2] = {
	{ "numa_hit", "numa_hit" },	    { "numa_miss", "numa_miss" },
	{ "numa_foreign", "numa_foreign" }, { "numa_interleave", "interleave_hit" },
	{ "numa_local", "local_node" },	    { "numa_other", "other_node" },
};

/* The sums over the nodes; how many there were. */
static unsigned sum_nodes(const struct phase *end, uint64_t sum[], struct wl_verdict *v)
{
	unsigned nid, nodes = 0;
	const char *path;

	for (size_t at = 0; (path = next_of_node(end, "numastat", &at, &nid)); nodes++) {
		auto_counters struct counters c;
		bool read = read_file(end, path, false, &c, v);

		for (size_t i = 0; read && i < ARRAY_SIZE(counter_names); i++) {
			const uint64_t *x = counters_get(&c, counter_names[i][1]);

			if (!x)
				set(v, OUTCOME_BROKEN, "%s: has no %s", path, counter_names[i][1]);
			sum[i] += x ? *x : 0;
		}
	}
	return nodes;
}

/*
 * Nodes that had a file of that name at the start have it at the end, and there are some. A file that could not be read at some
 * time keeps its text in the phases behind, and has a note.
 */
static bool all_nodes(const struct records *r, const char *file, struct wl_verdict *v)
{
	const struct phase *start = records_phase(r, "start"), *end = records_phase(r, "end");
	unsigned nid, nodes = 0;
	const char *path;

	for (size_t at = 0; (path = next_of_node(start, file, &at, &nid)); nodes++)
		if (!end || !rawset_get(&end->raw, path) || pairs_get(&r->notes, path))
			set(v, OUTCOME_BROKEN, "%s: was not read at the end", path);
	if (!nodes)
		set(v, OUTCOME_BROKEN, "no node's %s was read at the start", file);
	return v->outcome != OUTCOME_BROKEN;
}

static void counters_agree(const struct records *r, struct wl_verdict *v)
{
	const struct phase *end = records_phase(r, "end");
	auto_counters struct counters before, after;
	bool had_before = read_file(end, "/proc/vmstat", false, &before, v),
	     had_after = read_file(end, "/proc/./vmstat", false, &after, v);
	uint64_t sum[ARRAY_SIZE(counter_names)] = { 0 };
	unsigned nodes = sum_nodes(end, sum, v);

	if (!all_nodes(r, "numastat", v) || !had_before || !had_after)
		return;
	for (size_t i = 0; nodes && i < ARRAY_SIZE(counter_names); i++) {
		const uint64_t *low = counters_get(&before, counter_names[i][0]),
			       *high = counters_get(&after, counter_names[i][0]);

		if (!low || !high)
			set(v, OUTCOME_BROKEN, "/proc/vmstat: has no %s", counter_names[i][0]);
		else if (sum[i] < *low || sum[i] > *high)
			set(v, OUTCOME_FAIL,
			    "%s: the nodes' sum is %" PRIu64 ", vmstat says %" PRIu64 " before and %" PRIu64
			    " after",
			    counter_names[i][1], sum[i], *low, *high);
	}
}

void judge_sound(const struct records *r, struct judged *out)
{
	static void (*const checks[])(const struct records *, struct wl_verdict *) = {
		[PAGES_AGREE] = pages_agree, [COUNTERS_AGREE] = counters_agree
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		out->check = xrealloc(out->check, (out->checks + 1) * sizeof(*out->check));
		struct judged_check *c = &out->check[out->checks++];

		*c = (struct judged_check){ .expect = &judge_sound_expects.v[i] };
		checks[i](r, &c->verdict);
		out->outcome = outcome_join(out->outcome, c->verdict.outcome);
	}
}
