/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/import_dump.h"
#include "topo/import_machine.h"
#include "topo/import_shape.h"
#include "topo/paste.h"

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

/* --- sources --------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* What was given: its bytes, and the same as text when they are text. */
struct given {
	const char *bytes;
	size_t n;
	const char *text; /* ended by a 0; NULL: no text */
};

static bool looks_text(const struct given *g)
{
	return g->text;
}

static int read_text(const struct given *g, struct machine *m, struct err *err)
{
	return machine_from_text(g->text, m, err);
}

static bool looks_binary(const struct given *g)
{
	return !g->text;
}

static int read_archive(const struct given *g, struct machine *m, struct err *err)
{
	auto_dump struct dump dump = { 0 };

	if (dump_read_archive(g->bytes, g->n, &dump, err))
		return err->code;
	return machine_from_dump(&dump, m, err);
}

/* The first row that it looks like reads it. */
static const struct source {
	const char *name; /* of the kind, as messages say what can be given */
	bool (*looks)(const struct given *g);
	int (*read)(const struct given *g, struct machine *m, struct err *err);
} sources[] = {
	{ "text of `numactl -H` or `lscpu`", looks_text, read_text },
	{ "a tar of /sys/devices/system/node", looks_binary, read_archive },
};

static int empty(struct err *err)
{
	auto_text struct text names = { 0 };
	size_t n = ARRAY_SIZE(sources);

	for (size_t i = 0; i < n; i++)
		text_printf(&names, "%s%s", !i ? "" : i + 1 < n ? ", " : " or ", sources[i].name);
	return err_set(err, -EINVAL, "empty: want %s", names.s);
}

static int machine_read(const struct given *g, struct machine *m, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources) && g->n; i++)
		if (sources[i].looks(g))
			return sources[i].read(g, m, err);
	return empty(err);
}

int topo_import_bytes(const void *bytes, size_t n, const char *name, const struct topo_import *how,
		      struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_text struct text text = { 0 };
	struct given g = { .bytes = bytes, .n = n };

	if (paste_decode(bytes, n, &text))
		g.text = text_str(&text);
	if (machine_read(&g, m, err) || import_shape(m, how, name, out, err))
		return err_prefix(err, "%s", name);
	return 0;
}

int topo_import_path(const char *path, const struct topo_import *how, struct text *out, struct err *err)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_dump struct dump dump = { 0 };
	auto_text struct text bytes = { 0 };
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		if (file_read(path, SOURCE_MAX, &bytes, err))
			return err->code;
		return topo_import_bytes(text_str(&bytes), bytes.len, base_name(path), how, out, err);
	}
	if (dump_read_dir(path, &dump, err) || machine_from_dump(&dump, m, err) ||
	    import_shape(m, how, base_name(path), out, err))
		return err_prefix(err, "%s", path);
	return 0;
}
