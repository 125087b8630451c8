/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/topo.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "topo/parse_hmat.h"
#include "topo/parse_node.h"

/* What becomes part of paths and of QEMU's arguments. */
static int name_check(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (!n || n >= TOPO_NAME_MAX)
		return err_set(err, -EINVAL, "topology name \"%.*s\": want 1 to %d characters", PARSE_SHOW,
			       name, TOPO_NAME_MAX - 1);
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && (c == name || !strchr("._-", *c)))
			return err_set(
				err, -EINVAL,
				"topology name \"%s\": want letters, digits, '.', '_' and '-', the first a "
				"letter or digit",
				name);
	return 0;
}

static int root_parse(struct topo *t, struct err *err)
{
	static const char *const keys[] = { "about", "nodes", "distances", "expect_guest", NULL };
	json_t *about = json_object_get(t->json, "about"), *nodes = json_object_get(t->json, "nodes");

	if (parse_keys(t->json, keys, err))
		return err->code;
	if (about && (!json_is_string(about) || strpbrk(json_string_value(about), "\r\n")))
		return err_set(err, -EINVAL, "about: want one line of text");
	t->about = xstrdup(about ? json_string_value(about) : "");
	if (!json_is_array(nodes) || !json_array_size(nodes))
		return err_set(err, -EINVAL, "nodes: want an array of 1 to %d nodes", TOPO_NODES_MAX);
	if (json_array_size(nodes) > TOPO_NODES_MAX)
		return err_set(err, -EINVAL, "nodes: %zu nodes: want at most %d", json_array_size(nodes),
			       TOPO_NODES_MAX);
	t->nodes = (unsigned)json_array_size(nodes);
	if (parse_nodes(nodes, t, err) || parse_hmat(nodes, t, err))
		return err->code;
	return parse_distances(t->json, t, err);
}

int topo_parse(const char *text, size_t len, const char *name, struct topo **out, struct err *err)
{
	*out = NULL;
	if (name_check(name, err))
		return err->code;
	auto_topo struct topo *t = xcalloc(1, sizeof(*t));
	memcpy(t->name, name, strlen(name) + 1);
	t->json = parse_text(text, len, TOPO_FILE_MAX, err);
	if (!t->json || root_parse(t, err))
		return err_prefix(err, "%s.json", name);
	*out = take_ptr(t);
	return 0;
}

void topo_free(struct topo *t)
{
	if (!t)
		return;
	json_decref(t->json);
	free(t->about);
	free(t->why);
	free(t);
}
