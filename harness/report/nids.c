/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/nids.h"

static unsigned at(const json_t *nids, size_t slot)
{
	return (unsigned)json_integer_value(json_array_get(nids, slot));
}

static bool differ(const json_t *nids)
{
	for (size_t slot = 0; slot < json_array_size(nids); slot++)
		if (at(nids, slot) != slot)
			return true;
	return false;
}

void report_nids(const json_t *nids, struct text *out)
{
	size_t n = json_array_size(nids), last;
	const char *between = "";

	if (!differ(nids))
		return;
	text_printf(out, "nodes of the file as the kernel numbers them: ");
	for (size_t slot = 0; slot < n; slot = last + 1) {
		for (last = slot; last + 1 < n && at(nids, last + 1) == at(nids, last) + 1;)
			last++;
		if (at(nids, slot) == slot)
			continue;
		if (last > slot)
			text_printf(out, "%s%zu-%zu are %u-%u", between, slot, last, at(nids, slot),
				    at(nids, last));
		else
			text_printf(out, "%s%zu is %u", between, slot, at(nids, slot));
		between = ", ";
	}
}

void report_nids_row(const json_t *nids, const struct idset *nodes, int indent, int width, struct text *out)
{
	if (!differ(nids) || !idset_count(nodes))
		return;
	text_printf(out, "%*s", indent, "");
	idset_foreach (nid, nodes) {
		size_t slot = 0;

		while (slot < json_array_size(nids) && at(nids, slot) != nid)
			slot++;
		if (slot < json_array_size(nids))
			text_printf(out, "%*s%3zu", width - 3, "file", slot);
		else
			text_printf(out, "%*s", width, "-");
	}
	text_printf(out, "\n");
}
