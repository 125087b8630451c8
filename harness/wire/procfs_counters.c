/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/procfs.h"

#include <string.h>

#include "wire/procfs_fields.h"
#include "wire/procfs_scan.h"

static int vmstat_lines(const char *text, struct counters *out, struct err *err)
{
	struct scan s;
	int r;

	scan_init(&s, "vmstat", text);
	while ((r = scan_line_some(&s, err)) > 0) {
		struct counter one;

		if (!scan_name(&s, ' ', one.name, sizeof(one.name)) || !scan_text(&s, " ") ||
		    !scan_u64(&s, &one.value) || !scan_end(&s) || !counters_put(&s, out, &one))
			return scan_fail(&s, err, "want \"name 123\"");
	}
	return r;
}

int vmstat_parse(const char *text, struct counters *out, struct err *err)
{
	*out = (struct counters){ 0 };
	int r = vmstat_lines(text, out, err);

	if (r)
		counters_free(out);
	return r;
}

/* smaps_rollup opens with the range of all mappings, under the name "[rollup]". */
static bool rollup_head(struct scan *s)
{
	const char *from = s->p, *name;
	struct map all;
	size_t n;

	if (scan_mapping(s, &all, &name, &n) && n == strlen("[rollup]") && !memcmp(name, "[rollup]", n))
		return true;
	s->p = from;
	s->why = NULL;
	return false;
}

/* nodeN/meminfo puts "Node N " before every name: the same N throughout, on all lines or on none. */
static bool node_prefix(struct scan *s, bool *prefixed, unsigned *nid)
{
	unsigned here;

	if (s->line == 1)
		*prefixed = scan_peek(s, "Node ");
	if (!*prefixed)
		return true;
	if (!scan_text(s, "Node ") || !scan_nid(s, &here) || !scan_text(s, " "))
		return false;
	if (s->line == 1)
		*nid = here;
	if (here != *nid)
		s->why = "the line is another node's";
	return here == *nid;
}

static int meminfo_lines(const char *text, struct counters *out, struct err *err)
{
	bool prefixed = false;
	unsigned nid = 0;
	struct scan s;
	int r;

	scan_init(&s, "meminfo", text);
	while ((r = scan_line_some(&s, err)) > 0) {
		if (s.line == 1 && rollup_head(&s))
			continue;
		if (!node_prefix(&s, &prefixed, &nid) || !scan_field(&s, out))
			return scan_fail(&s, err,
					 prefixed ? "want \"Node 0 Name: 123 kB\" or \"Node 0 Name: 123\""
						  : "want \"Name: 123 kB\" or \"Name: 123\"");
	}
	return r;
}

int meminfo_parse(const char *text, struct counters *out, struct err *err)
{
	*out = (struct counters){ 0 };
	int r = meminfo_lines(text, out, err);

	if (r)
		counters_free(out);
	return r;
}
