/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/import_machine.h"
#include "topo/import_shape.h"
#include "wire/rawset.h"

#define SCALE_MAX 1048576u
/* A tar of /sys/devices/system/node of the largest machines is a few MiB. */
#define SOURCE_MAX (64u << 20)

static bool scale_part(const char **p, unsigned *out)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	unsigned long v = strtoul(*p, &end, 10);
	*p = end;
	*out = (unsigned)v;
	return v >= 1 && v <= SCALE_MAX;
}

int topo_import_scale(const char *text, struct topo_import *how, struct err *err)
{
	const char *p = text;

	how->den = 1;
	bool good = scale_part(&p, &how->num);
	if (good && *p == '/') {
		p++;
		good = scale_part(&p, &how->den);
	}
	if (good && !*p)
		return 0;
	return err_set(err, -EINVAL, "scale \"%.40s\": want \"1/256\", \"1\" or \"2\", parts from 1 to %u",
		       text, SCALE_MAX);
}

/* --- sources
 * ---------------------------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Tar begins with a file name in a field filled up with 0, packed streams with bytes that are no letters. */
static bool is_text(const char *bytes, size_t n)
{
	return n && (isgraph((unsigned char)*bytes) || isspace((unsigned char)*bytes)) &&
	       !memchr(bytes, 0, n);
}

int topo_import_bytes(const void *bytes, size_t n, const char *name, const struct topo_import *how,
		      struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_rawset struct rawset files = { 0 };

	if (!n) {
		err_set(err, -EINVAL, "empty: want `numactl -H` text or a tar of /sys/devices/system/node");
	} else if (is_text(bytes, n)) {
		auto_text struct text text = { 0 };

		text_add(&text, bytes, n);
		if (!machine_from_numactl(text.s, m, err) && !import_shape(m, how, name, out, err))
			return 0;
	} else if (!sysfs_read_archive(bytes, n, &files, err) && !machine_from_sysfs(&files, m, err) &&
		   !import_shape(m, how, name, out, err)) {
		return 0;
	}
	return err_prefix(err, "%s", name);
}

int topo_import_path(const char *path, const struct topo_import *how, struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_rawset struct rawset files = { 0 };
	auto_text struct text bytes = { 0 };
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		if (file_read(path, SOURCE_MAX, &bytes, err))
			return err->code;
		return topo_import_bytes(text_str(&bytes), bytes.len, base_name(path), how, out, err);
	}
	if (sysfs_read_dir(path, &files, err) || machine_from_sysfs(&files, m, err) ||
	    import_shape(m, how, base_name(path), out, err))
		return err_prefix(err, "%s", path);
	return 0;
}
