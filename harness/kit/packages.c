/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/packages.h"

#include <string.h>

#include "base/auto.h"
#include "base/file.h"

#define STATUS_MOST (64u << 20)

static const char *const names[] = {
	"libc6",	  "libc6-dev", "libnuma1",  "libnuma-dev",     "gcc",
	"busybox-static", "numactl",   "e2fsprogs", "qemu-system-x86", "seabios"
};

static bool wanted(const char *name, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == n && !memcmp(names[i], name, n))
			return true;
	return false;
}

/* The value of a field that begins a line of the stanza, which ends in a 0; its length is *n. */
static const char *field(const char *stanza, const char *name, size_t *n)
{
	size_t len = strlen(name);

	for (const char *at = stanza; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		if (strncmp(at, name, len) != 0 || at[len] != ':')
			continue;
		at += len + 1;
		at += strspn(at, " ");
		*n = strcspn(at, "\n");
		return at;
	}
	return NULL;
}

/* "Status: install ok installed": the last word says whether it is there. */
static bool installed(const char *stanza)
{
	size_t n = 0;
	const char *status = field(stanza, "Status", &n);

	return status && n > 10 && !memcmp(status + n - 10, " installed", 10);
}

json_t *packages_read(const char *status)
{
	auto_text struct text all = { 0 };
	struct err err = ERR_INIT;
	json_t *found = json_object();

	if (file_read(status, STATUS_MOST, &all, &err)) {
		json_decref(found);
		return NULL;
	}
	for (char *at = all.s, *end; at && *at; at = end ? end + 2 : NULL) {
		size_t n = 0, v = 0;

		end = strstr(at, "\n\n");
		if (end)
			*end = 0;
		const char *name = field(at, "Package", &n);
		if (!name || !wanted(name, n) || !installed(at))
			continue;
		const char *version = field(at, "Version", &v);
		auto_free char *key = strndup(name, n);
		if (version)
			json_object_set_new(found, key, json_stringn(version, v));
	}
	return found;
}
