/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's cpio reader, over archives of the harness's writer and over forged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "guests/agent/uncpio.c"

#include "base/auto.h"
#include "base/file.h"
#include "kit/initramfs.h"

struct dir {
	char path[64];
};

static int setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));

	snprintf(d->path, sizeof(d->path), "/tmp/numarig-test-uncpio.XXXXXX");
	*state = d;
	return !mkdtemp(d->path);
}

static int teardown(void **state)
{
	struct dir *d = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(d->path, &err);

	free(d);
	return bad;
}

/* One file of a tree as "MODE content", links as "-> target"; "" when it is not there. */
static char *shown(const struct dir *d, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", d->path, name);
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	char target[256] = "";
	struct stat st;

	if (lstat(path, &st))
		return xstrdup("");
	if (S_ISLNK(st.st_mode)) {
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
		return xasprintf("-> %s", target);
	}
	if (S_ISREG(st.st_mode) && file_read(path, 1 << 20, &t, &err))
		fail_msg("%s", err.msg);
	return xasprintf("%o %s", st.st_mode, text_str(&t));
}

static void shows(const struct dir *d, const char *name, const char *want)
{
	auto_free char *got = shown(d, name);

	assert_string_equal(got, want);
}

static void unpacked(const struct text *t, const struct dir *d)
{
	char why[256] = "";

	if (uncpio(t->s, t->len, d->path, why, sizeof(why), false))
		fail_msg("%s", why);
}

/* Must be refused with this reason, and leave nothing behind. */
static void refused(const struct text *t, const struct dir *d, const char *message)
{
	char why[256] = "";

	assert_int_equal(uncpio(t->s, t->len, d->path, why, sizeof(why), false), -1);
	assert_string_equal(why, message);
	assert_int_equal(uncpio(t->s, t->len, NULL, why, sizeof(why), true), -1);
	assert_string_equal(why, message);
	shows(d, "a", "");
}

static void sample(struct text *t)
{
	auto_cpio struct cpio *c = cpio_new();
	struct err err = ERR_INIT;
	int bad = cpio_add_bytes(c, "bin/prog", 04755, "content", 7, &err) ||
		  cpio_add_bytes(c, "empty", 0600, "", 0, &err) ||
		  cpio_add_link(c, "lib64", "/usr/lib", &err) || cpio_add_dir(c, "tmp", 01777, &err) ||
		  cpio_write_text(c, t, &err);

	if (bad)
		fail_msg("%s", err.msg);
}

static void round_trip(void **state)
{
	const struct dir *d = *state;
	auto_text struct text t = { 0 };
	char why[64] = "";
	mode_t mask = umask(077); /* modes are the archive's */

	sample(&t);
	assert_int_equal(uncpio(t.s, t.len, d->path, why, sizeof(why), true), 0);
	shows(d, "bin", ""); /* only checked */
	unpacked(&t, d);
	umask(mask);
	shows(d, "bin", "40755 ");
	shows(d, "bin/prog", "104755 content");
	shows(d, "empty", "100600 ");
	shows(d, "lib64", "-> /usr/lib");
	shows(d, "tmp", "41777 ");
	/* once more over what is there; zeroes may follow */
	text_add(&t, "\0\0\0", 3);
	unpacked(&t, d);
	shows(d, "bin/prog", "104755 content");
	shows(d, "lib64", "-> /usr/lib");
}

/* Forged entries. */
struct forged {
	const char *magic, *name, *data;
	unsigned mode, nlink, name_size, size, check; /* sizes of 0: what name and data have */
};

static void forge(struct text *t, const struct forged *f)
{
	size_t size = f->size ? f->size : f->data ? strlen(f->data) : 0;
	size_t name_size = f->name_size ? f->name_size : strlen(f->name) + 1;

	text_printf(t, "%s%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
		    f->magic ? f->magic : "070701", 1u, f->mode, 0u, 0u, f->nlink ? f->nlink : 1, 0u, size,
		    0u, 0u, 0u, 0u, name_size, f->check);
	text_add(t, f->name, strlen(f->name) + 1);
	while (t->len % 4)
		text_add(t, "", 1);
	text_add(t, f->data ? f->data : "", f->data ? strlen(f->data) : 0);
	while (t->len % 4)
		text_add(t, "", 1);
}

static const struct forged trailer = { .name = "TRAILER!!!" };
static const struct forged first = { .name = "a", .mode = S_IFREG | 0644, .data = "x" };

static const struct {
	struct forged f;
	const char *message;
} entries[] = {
	{ { .name = "../b", .mode = S_IFREG },
	  "cpio archive: path \"../b\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "b/../../c", .mode = S_IFREG },
	  "cpio archive: path \"b/../../c\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "/etc/passwd", .mode = S_IFREG },
	  "cpio archive: path \"/etc/passwd\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "b//c", .mode = S_IFREG },
	  "cpio archive: path \"b//c\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "b/", .mode = S_IFDIR },
	  "cpio archive: path \"b/\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = ".", .mode = S_IFDIR },
	  "cpio archive: path \".\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "..\n", .name_size = 3, .mode = S_IFREG },
	  "cpio archive: byte 116: name is not ended by its only 0" },
	{ { .name = "line\nbreak/..", .mode = S_IFREG },
	  "cpio archive: path \"line?break/..\": want a relative path without \"\", \".\" and \"..\"" },
	{ { .name = "dev", .mode = S_IFCHR | 0600 },
	  "cpio archive: dev: mode 20600: want a file, folder or link" },
	{ { .name = "b", .mode = 0644 }, "cpio archive: b: mode 644: want a file, folder or link" },
	{ { .name = "b", .mode = S_IFREG, .nlink = 2 }, "cpio archive: b: has 2 hard links; want 1" },
	{ { .name = "b", .mode = S_IFDIR, .data = "x" }, "cpio archive: b: is a folder with content" },
	{ { .name = "b", .mode = S_IFLNK },
	  "cpio archive: b: link to a path of 0 bytes; 1 to 4095, none of them 0, are right" },
	{ { .name = "b", .mode = S_IFLNK, .data = "xyz", .size = 4 },
	  "cpio archive: b: link to a path of 4 bytes; 1 to 4095, none of them 0, are right" },
	{ { .name = "b", .mode = S_IFREG, .check = 1 }, "cpio archive: b: checksum 1; want 0 in this form" },
	{ { .name = "b", .mode = S_IFREG, .magic = "070702" },
	  "cpio archive: byte 116: not a header of the newc form (070701)" },
	{ { .name = "b", .mode = S_IFREG, .magic = "070701000000 1" },
	  "cpio archive: byte 122: eight hex digits are right here" },
	{ { .name = "", .mode = S_IFREG }, "cpio archive: byte 116: name of 1 bytes; 2 to 4096 are right" },
	{ { .name = "b", .mode = S_IFREG, .name_size = 4097 },
	  "cpio archive: byte 116: name of 4097 bytes; 2 to 4096 are right" },
	{ { .name = "bcd", .mode = S_IFREG, .name_size = 5 },
	  "cpio archive: byte 116: name is not ended by its only 0" },
	{ { .name = "b", .mode = S_IFREG, .size = 0xffffffff },
	  "cpio archive: byte 228: content of 4294967295 bytes is cut short, 124 are left" },
	{ { .name = "b", .mode = S_IFREG, .data = "yy", .size = 1 },
	  "cpio archive: byte 229: padding is not zero" },
	{ { .name = "TRAILER!!!" }, "cpio archive: byte 240: more behind the entry TRAILER!!!" },
};

static void entries_refused(void **state)
{
	const struct dir *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		auto_text struct text t = { 0 };

		/* a good file before it: the fault is found before that is made */
		forge(&t, &first);
		forge(&t, &entries[i].f);
		forge(&t, &trailer);
		refused(&t, d, entries[i].message);
	}
}

/* Cut anywhere it is refused; only the zeroes behind the last entry's name are checked for being there, too.
 */
static void truncated(void **state)
{
	const struct dir *d = *state;
	auto_text struct text t = { 0 };
	char why[128];

	sample(&t);
	for (size_t n = 0; n < t.len; n++) {
		auto_free char *copy = xrealloc(NULL, n); /* so that a sanitizer sees a read past the end */

		memcpy(copy, t.s, n);
		why[0] = 0;
		assert_int_equal(uncpio(copy, n, d->path, why, sizeof(why), false), -1);
		assert_string_not_equal(why, "");
	}
	shows(d, "bin", "");
	t.len = 0;
	refused(&t, d, "cpio archive: byte 0: ends without the entry TRAILER!!!");
	forge(&t, &first);
	refused(&t, d, "cpio archive: byte 116: ends without the entry TRAILER!!!");
	assert_int_equal(uncpio("", 0, d->path, why, 8, false), -1);
	assert_string_equal(why, "cpio ar"); /* cut to its room */
}

/* Links, in the archive or there before, are never a way out. */
static void links_not_followed(void **state)
{
	const struct dir *d = *state;
	const struct forged out = { .name = "b", .mode = S_IFLNK | 0777, .data = "outside" };
	const struct forged through = { .name = "b/escaped", .mode = S_IFREG | 0644, .data = "x" };
	const struct forged over = { .name = "b", .mode = S_IFREG | 0644, .data = "file" };
	auto_text struct text t = { 0 }, u = { 0 }, v = { 0 };
	auto_free char *outside = xasprintf("%s/outside", d->path);
	char why[256] = "";

	assert_int_equal(mkdir(outside, 0755), 0);
	forge(&t, &out);
	forge(&t, &through);
	forge(&t, &trailer);
	assert_int_equal(uncpio(t.s, t.len, d->path, why, sizeof(why), false), -1);
	assert_string_equal(why, "b/escaped: the folder it is in: Not a directory");
	shows(d, "outside/escaped", "");
	/* a file takes the link's place, not its target's */
	shows(d, "b", "-> outside");
	forge(&u, &over);
	forge(&u, &trailer);
	unpacked(&u, d);
	shows(d, "b", "100644 file");
	/* a folder doesn't */
	const struct forged folder = { .name = "b", .mode = S_IFDIR | 0755 };
	forge(&v, &folder);
	forge(&v, &trailer);
	assert_int_equal(uncpio(v.s, v.len, d->path, why, sizeof(why), false), -1);
	assert_string_equal(why, "b: Not a directory");
}

static void folders(void **state)
{
	const struct dir *d = *state;
	const struct forged deep = { .name = "b/c/d", .mode = S_IFREG | 0644, .data = "x" };
	const struct forged b = { .name = "b", .mode = S_IFDIR | 0700 };
	const struct forged file = { .name = "b", .mode = S_IFREG | 0644 };
	auto_text struct text t = { 0 }, u = { 0 };
	char why[256] = "";

	forge(&t, &deep); /* before the folder it is in */
	forge(&t, &b);
	forge(&t, &trailer);
	unpacked(&t, d);
	shows(d, "b/c", "40755 ");
	shows(d, "b/c/d", "100644 x");
	shows(d, "b", "40755 "); /* was there: left as it is */
	forge(&u, &file);
	forge(&u, &trailer);
	assert_int_equal(uncpio(u.s, u.len, d->path, why, sizeof(why), false), -1);
	assert_string_equal(why, "b: Is a directory");
	assert_int_equal(uncpio(t.s, t.len, "/no/root", why, sizeof(why), false), -1);
	assert_string_equal(why, "/no/root: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(links_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(folders, setup, teardown),
	};

	return cmocka_run_group_tests_name("uncpio", tests, NULL, NULL);
}
