/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/baseline.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "judge/summary_write.h"
#include "kit/kernel.h"

char *baseline_path(const char *dir, const json_t *summary)
{
	const json_t *kernel = json_object_get(summary, "kernel");
	bool exact = !strcmp(json_word(summary, "engine"), "exact"),
	     lab = !strcmp(json_word(kernel, "name"), "lab");
	unsigned v[3];

	kernel_version(json_word(kernel, "release"), v);
	auto_free char *series = lab ? xstrdup("lab") : xasprintf("%u.%u", v[0], v[1]);
	return xasprintf("%s/%s%s%s/%s.json", dir, exact ? "" : json_word(summary, "engine"),
			 exact ? "" : "-", series, json_word(json_object_get(summary, "topology"), "name"));
}

int baseline_write(const char *path, const json_t *summary, struct err *err)
{
	auto_free char *dir = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);
	auto_text struct text t = { 0 };

	summary_write(summary, &t);
	return dir_make(dir, err) || file_output(path, t.s, t.len, err) ? err->code : 0;
}
