/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/offered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "kit/kernel.h"
#include "kit/tool.h"

#define LIST_MS 300000 /* a slow mirror's index */

void offered_free(struct offered *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].abi);
		free(o->v[i].package);
	}
	free(o->v);
	*o = (struct offered){ 0 };
}

static int by_version(const void *a, const void *b)
{
	const struct offered_kernel *x = a, *y = b;
	unsigned v[3], w[3];

	kernel_version(x->package, v);
	kernel_version(y->package, w);
	for (unsigned i = 0; i < 3; i++)
		if (v[i] != w[i])
			return v[i] < w[i] ? -1 : 1;
	return strverscmp(x->package, y->package);
}

int offered_parse(const char *text, struct offered *out, struct err *err)
{
	auto_free char *copy = xstrdup(text);

	for (char *save = NULL, *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		struct offered_kernel k = { 0 };
		char *inside = NULL, *abi = strtok_r(l, " ", &inside),
		     *package = strtok_r(NULL, " ", &inside);
		unsigned v[3];

		kernel_version(package ? package : "", v);
		if (!abi || !package || !v[0])
			return err_set(err, -EBADMSG,
				       "the list of kernels has a line without a version: \"%s\"",
				       abi ? abi : "");
		k.abi = xstrdup(abi);
		k.package = xstrdup(package);
		snprintf(k.series, sizeof(k.series), "%u.%u", v[0], v[1]);
		out->v = xrealloc(out->v, (out->n + 1) * sizeof(*out->v));
		out->v[out->n++] = k;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_version);
	return out->n ? 0 : err_set(err, -ENODATA, "the archive has no kernel");
}

int offered_get(const struct cache *c, const char *tree, struct offered *out, struct err *err)
{
	auto_free char *script = xasprintf("%s/guests/kernel/fetch", tree);
	char *argv[] = { (char *)(uintptr_t) "/bin/sh", script, c->root, (char *)(uintptr_t) "--list", NULL };
	auto_text struct text list = { 0 };
	auto_text struct text why = { 0 };
	struct tool t = { .argv = argv, .env = environ, .deadline_ms = LIST_MS };
	char line[512];
	int code;

	if (tool_run(&t, &list, &why, &code, err))
		return err_prefix(err, "list of kernels");
	if (code)
		return err_set(err, -EIO, "list of kernels: %s", tool_first_line(&why, line, sizeof(line)));
	return offered_parse(text_str(&list), out, err);
}
