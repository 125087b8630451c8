/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/load.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/file.h"
#include "base/parse.h"
#include "judge/summary.h"
#include "run/run.h"
#include "judge/summary_check.h"

int load_object(const char *path, json_t **out, struct err *err)
{
	*out = parse_file(path, err);
	if (json_is_object(*out))
		return 0;
	if (*out)
		err_set(err, -EINVAL, "%s: can't be read: is no object", path);
	json_decref(*out);
	*out = NULL;
	if (err->code == -EISDIR)
		err_set(err, -EINVAL,
			"%s: can't be read: is a folder with neither series.json nor result.json", path);
	return err->code;
}

static json_t *new_group(const char *label)
{
	return json_pack("{s:s, s:[], s:[]}", "label", label, "results", "edited");
}

static int add_result(json_t *group, json_t *result, const char *path, struct err *err)
{
	struct sha256 digest;

	if (!json_is_array(json_object_get(result, "workloads")))
		return err_set(err, -EINVAL, "%s: is no result, series or baseline", path);
	result_digest(result, &digest);
	if (strcmp(digest.hex, json_word(result, "digest")) != 0)
		json_array_append_new(json_object_get(group, "edited"), json_string(path));
	json_array_append(json_object_get(group, "results"), result);
	return 0;
}

/* --- a series ----------------------------------------------------------------------------------------------------------- */
/* What a cell has in common with those that differ in seed only. The kernel's name tells groups apart where there are several. */
static char *label_of(const json_t *series, const json_t *cell)
{
	auto_text struct text t = { 0 };
	const json_t *axes = json_object_get(series, "axes");
	const char *knob;
	json_t *v;

	text_printf(&t, "%s", json_word(cell, "topology"));
	if (json_array_size(json_object_get(axes, "kernels")) > 1)
		text_printf(&t, "-%s", json_word(cell, "kernel"));
	json_object_foreach (json_object_get(cell, "knobs"), knob, v) {
		text_printf(&t, "-%s=%s", knob, json_string_value(v) ? json_string_value(v) : "");
	}
	return xstrdup(text_str(&t));
}

static json_t *group_named(json_t *groups, const char *label)
{
	json_t *g;
	size_t i;

	json_array_foreach (groups, i, g) {
		if (!strcmp(json_word(g, "label"), label))
			return g;
	}
	g = new_group(label);
	json_array_append_new(groups, g);
	return g;
}

static int load_series(const char *dir, const json_t *series, json_t *groups, struct err *err)
{
	json_t *cell;
	size_t i;

	json_array_foreach (json_object_get(series, "cells"), i, cell) {
		auto_free char *label = label_of(series, cell);
		auto_free char *path = xasprintf("%s/%s/result.json", dir, json_word(cell, "name"));
		auto_json json_t *result = NULL;

		if (!beneath_name(json_word(cell, "name")))
			return err_set(err, -EINVAL, "%s/series.json: cell %zu has no name", dir, i);
		if (*json_word(cell, "why"))
			return err_set(err, -EINVAL, "%s: cell %s was not run: %s", dir,
				       json_word(cell, "name"), json_word(cell, "why"));
		if (load_object(path, &result, err) ||
		    add_result(group_named(groups, label), result, path, err))
			return err->code;
	}
	return json_array_size(groups) ? 0 : err_set(err, -EINVAL, "%s/series.json: has no cells", dir);
}

/* --- any ---------------------------------------------------------------------------------------------------------------- */
static int summarize(json_t *groups, const char *path, struct err *err)
{
	json_t *g, *summary;
	size_t i;

	json_array_foreach (groups, i, g) {
		if (json_object_get(g, "summary"))
			continue;
		if (summary_make(json_object_get(g, "results"), &summary, err))
			return err_prefix(err, "%s", path);
		json_object_set_new(g, "summary", summary);
		json_object_del(g, "results");
	}
	return 0;
}

/* The file in a folder, or the path itself. */
static char *file_of(const char *path)
{
	static const char *const files[] = { "series.json", "result.json" };
	struct stat st;

	for (size_t i = 0; !stat(path, &st) && S_ISDIR(st.st_mode) && i < ARRAY_SIZE(files); i++) {
		auto_free char *file = xasprintf("%s/%s", path, files[i]);

		if (path_exists(file))
			return take_ptr(file);
	}
	return xstrdup(path);
}

static int load_any(const char *file, json_t *groups, struct err *err)
{
	auto_json json_t *doc = NULL;
	const char *slash = strrchr(file, '/');
	struct err no_baseline = ERR_INIT;

	if (load_object(file, &doc, err))
		return err->code;
	if (json_is_array(json_object_get(doc, "cells"))) {
		auto_free char *dir = slash ? xasprintf("%.*s", (int)(slash - file), file) : xstrdup(".");

		return load_series(dir, doc, groups, err);
	}
	json_t *g = new_group("");
	json_array_append_new(groups, g);
	if (summary_check(doc, &no_baseline)) {
		/* only a baseline has them by name */
		if (!json_is_object(json_object_get(doc, "workloads")))
			return add_result(g, doc, file, err);
		return err_set(err, no_baseline.code, "%s: %s", file, no_baseline.msg);
	}
	json_object_set(g, "summary", doc);
	return 0;
}

int load_groups(const char *path, json_t **groups, struct err *err)
{
	auto_free char *file = file_of(path);
	auto_json json_t *all = json_array();

	*groups = NULL;
	if (load_any(file, all, err) || summarize(all, path, err))
		return err->code;
	*groups = take_ptr(all);
	return 0;
}
