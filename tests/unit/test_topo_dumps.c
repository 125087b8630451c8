/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps of machines: each file of tests/data/machines/dumps is built as a folder and as an archive, which have to come to the same,
 * to the golden expected/NAME.out: the topology, and the message where it is refused.
 * usage: test_topo_dumps [--write]    with --write the goldens are written anew
 *
 * "=== PATH" opens a file; "=== hex PATH" one whose bytes stand in hexadecimal; "=== link PATH TARGET" is a symbolic link.
 */
#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "tests/unit/imported.h"

#define FOLDER TEST_SOURCE_DIR "/tests/data/machines/dumps"

static const struct imported_how options[] = {
	{ "lscpu-dump.txt", { .num = 1, .den = 1, .mem_bytes = 64u << 20 } },
	{ "offline-gaps-keep-ids.txt", { .num = 1, .den = 16, .keep_ids = true } },
	{ "hmat-tables.txt", { .num = 1, .den = 1 } },
	{ "hmat-nearest.txt", { .num = 1, .den = 1 } },
	{ "hmat-tables-renumbered.txt", { .num = 1, .den = 1 } },
	{ NULL, { .num = 1, .den = 16 } },
};

/* --- the two forms --------------------------------------------------------------------------- */

/* Gets each entry of a description; `link` is NULL for a file. */
typedef void put_fn(void *to, const char *path, const struct text *bytes, const char *link);

static void hex_read(const char *text, const char *end, struct text *out)
{
	while (text < end) {
		char *next;
		char byte = (char)strtoul(text, &next, 16);

		if (next == text)
			return;
		text_add(out, &byte, 1);
		text = next;
	}
}

static void each_entry(const char *description, put_fn *put, void *to)
{
	for (const char *p = description, *next; p && *p; p = next) {
		const char *head = p + strlen("=== "), *text = strchr(p, '\n') + 1;
		bool hex = !strncmp(head, "hex ", 4), link = !strncmp(head, "link ", 5);
		const char *path = head + (hex ? 4 : link ? 5 : 0);
		size_t n = strcspn(path, " \n");
		auto_free char *name = xasprintf("%.*s", (int)n, path);
		auto_free char *target =
			link ? xasprintf("%.*s", (int)strcspn(path + n + 1, "\n"), path + n + 1) : NULL;
		auto_text struct text bytes = { 0 };

		assert_memory_equal(p, "=== ", 4);
		next = strstr(text - 1, "\n=== ");
		next = next ? next + 1 : NULL;
		const char *end = next ? next : text + strlen(text);
		if (hex)
			hex_read(text, end, &bytes);
		else
			text_add(&bytes, text, (size_t)(end - text));
		put(to, name, &bytes, target);
	}
}

static void put_file(void *to, const char *path, const struct text *bytes, const char *link)
{
	auto_free char *full = xasprintf("%s/%s", (const char *)to, path);
	auto_free char *dir = xasprintf("%.*s", (int)(strrchr(full, '/') - full), full);
	struct err err = ERR_INIT;

	if (dir_make(dir, &err) || (!link && file_write(full, text_str(bytes), bytes->len, &err)))
		fail_msg("%s", err.msg);
	if (link)
		assert_int_equal(symlink(link, full), 0);
}

static void put_entry(void *to, const char *path, const struct text *bytes, const char *link)
{
	auto_free char *full = xasprintf("node7/%s", path); /* a host of that name */
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, full);
	archive_entry_set_perm(e, 0644);
	if (link) {
		archive_entry_set_filetype(e, AE_IFLNK);
		archive_entry_set_symlink(e, link);
	} else {
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_size(e, (la_int64_t)bytes->len);
	}
	assert_int_equal(archive_write_header(to, e), ARCHIVE_OK);
	if (!link)
		assert_int_equal(archive_write_data(to, text_str(bytes), bytes->len), bytes->len);
	archive_entry_free(e);
}

static void by_archive(const char *description, int filter, const char *name, struct text *out)
{
	struct archive *a = archive_write_new();
	struct topo_import how = imported_how(options, name);
	size_t used = 0, size = 1 << 20;
	auto_free char *bytes = xcalloc(1, size);
	struct err err = ERR_INIT;

	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	archive_write_set_format_pax_restricted(a);
	archive_write_open_memory(a, bytes, size, &used);
	each_entry(description, put_entry, a);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	if (topo_import_bytes(bytes, used, name, &how, out, &err))
		text_printf(out, "refused: %s\n", err.msg);
}

static void by_folder(const char *description, const char *name, struct text *out)
{
	char top[] = "/tmp/numarig-test-dumps-XXXXXX";
	assert_non_null(mkdtemp(top));
	auto_free char *dir = xasprintf("%s/%s", top, name);
	struct topo_import how = imported_how(options, name);
	struct err err = ERR_INIT, gone = ERR_INIT;

	each_entry(description, put_file, dir);
	if (topo_import_path(dir, &how, out, &err))
		text_printf(out, "refused: %s\n", err.msg + strlen(top) + 1);
	assert_int_equal(dir_remove(top, &gone), 0);
}

/* --- goldens --------------------------------------------------------------------------------- */

static void made_of(const char *name, size_t number, struct text *out)
{
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_BZIP2,
				       ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD };
	auto_free char *path = xasprintf(FOLDER "/%s", name);
	auto_text struct text in = { 0 }, folder = { 0 };
	struct err err = ERR_INIT;

	if (file_read(path, IMPORTED_MOST, &in, &err))
		fail_msg("%s", err.msg);
	by_archive(text_str(&in), filters[number % ARRAY_SIZE(filters)], name, out);
	by_folder(text_str(&in), name, &folder);
	/* A folder is not called an archive; the rest is the same. */
	if (strcmp(text_str(out), text_str(&folder)) != 0)
		text_printf(out, "as a folder %s", text_str(&folder));
}

static void test_goldens(void **state)
{
	(void)state;
	imported_goldens(FOLDER, made_of, false, "test_topo_dumps");
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
	};

	if (argc > 1 && !strcmp(argv[1], "--write")) {
		imported_goldens(FOLDER, made_of, true, "test_topo_dumps");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
