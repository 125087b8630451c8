/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access trace (result/access.h) as the plugin left it, or anything.
 *
 * Beyond not crashing: success means a whole text, of which no shorter one passes, and nodes that a set can hold; an
 * error is -EBADMSG with one line and nothing kept. What a metric makes of it has a value for each node or none.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/idset.h"
#include "judge/traced.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void pairs(const struct access_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		must(p->v[i].from >= -1 && p->v[i].from < IDSET_MAX);
		must(p->v[i].to >= -1 && p->v[i].to < IDSET_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wl_metric metric = { "m", "1", WL_TRACE_NODE, "accesses user remote" };
	static const struct records none;
	auto_free char *text = xcalloc(size + 1, 1);
	auto_access struct access a = { 0 }, less = { 0 };
	auto_access_regions struct access_regions regions = { 0 };
	auto_free struct wl_value *v = NULL;
	struct err err = ERR_INIT;
	size_t n = 0;

	memcpy(text, data, size);
	int code = access_parse(text, &a, &err);
	if (code) {
		must(code == -EBADMSG && err.code == code && *err.msg && !strchr(err.msg, '\n'));
		must(!a.intervals && !a.programs && !a.cpus);
		return 0;
	}
	for (size_t i = 0; i < a.intervals; i++) {
		pairs(&a.interval[i].pairs);
		for (size_t k = 0; k < a.interval[i].regions.n; k++)
			pairs(&a.interval[i].regions.v[k].pairs);
	}
	must(!traced_metric(&a, &metric, &v, &n, &err) && (!n || n == a.nids));
	must(!traced_mappings(&a, &none, &regions, &err) && regions.n <= a.programs);
	text[strlen(text) - 1] = 0;
	must(access_parse(text, &less, &err) == -EBADMSG);
	return 0;
}
