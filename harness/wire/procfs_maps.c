/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/procfs.h"

#include <stdlib.h>

#include "wire/procfs_fields.h"
#include "wire/procfs_scan.h"

void maps_free(struct maps *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].name);
	free(m->v);
	*m = (struct maps){ 0 };
}

int maps_parse(const char *text, struct maps *out, struct err *err)
{
	struct scan s;
	int r;

	*out = (struct maps){ 0 };
	scan_init(&s, "maps", text);
	while ((r = scan_line(&s, err)) > 0) {
		struct map m = { 0 };
		const char *name;
		size_t name_len;

		if (!scan_mapping(&s, &m, &name, &name_len)) {
			r = scan_fail(&s, err, "want \"START-END rwxp OFFSET MAJOR:MINOR INODE NAME\"");
			break;
		}
		out->v = scan_grow(out->v, out->n, sizeof(*out->v));
		m.name = name_len ? scan_copy(name, name_len) : NULL;
		out->v[out->n++] = m;
	}
	if (r)
		maps_free(out);
	return r;
}
