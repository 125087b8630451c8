/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket for gdb: which folder, which mode, and that it goes. Addresses that are none: tests/check/cli.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "machine/gdbdoor.h"

/* The folder that holds the door's folder. */
static char *parent(const struct gdb_door *d)
{
	return xasprintf("%.*s", (int)(strrchr(d->folder, '/') - d->folder), d->folder);
}

static void folders(void **state)
{
	char dir[] = "/tmp/numarig-test-door.XXXXXX";
	struct gdb_door d = { 0 }, other = { 0 };
	struct err err = ERR_INIT;
	struct stat st;
	(void)state;

	assert_non_null(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	unsetenv("TMPDIR");
	mode_t old = umask(0);
	assert_int_equal(gdb_door_open(&d, NULL, &err), 0);
	assert_int_equal(gdb_door_open(&other, NULL, &err), 0);
	umask(old);
	assert_string_not_equal(d.target, other.target);
	auto_free char *in = parent(&d);
	assert_string_equal(in, dir);
	assert_int_equal(stat(d.folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	auto_free char *device = xasprintf("unix:%s,server=on,wait=off", d.target);
	assert_string_equal(d.device, device);
	auto_free char *gone = xstrdup(d.folder);
	gdb_door_close(&d);
	assert_false(path_exists(gone));
	gdb_door_close(&other);

	/* one that everybody can take our folder out of, and one too long for a socket's path */
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(gdb_door_open(&d, NULL, &err), 0);
	auto_free char *instead = parent(&d);
	assert_string_equal(instead, "/tmp");
	gdb_door_close(&d);
	assert_int_equal(chmod(dir, 0700), 0);
	auto_free char *deep = xasprintf("%s/%080d", dir, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	setenv("XDG_RUNTIME_DIR", deep, 1);
	setenv("TMPDIR", dir, 1);
	assert_int_equal(gdb_door_open(&d, NULL, &err), 0);
	auto_free char *second = parent(&d);
	assert_string_equal(second, dir);
	gdb_door_close(&d);
	assert_int_equal(dir_remove(dir, &err), 0);
}

static void tcp(void **state)
{
	static const char *const good[] = { "127.0.0.1:1", "localhost:65535", "[::1]:1234" };
	struct gdb_door d = { 0 };
	struct err err = ERR_INIT;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(gdb_address_check(good[i], &err), 0);
	assert_int_equal(gdb_door_open(&d, "[::1]:1234", &err), 0);
	assert_string_equal(d.device, "tcp:[::1]:1234");
	assert_string_equal(d.target, "[::1]:1234");
	assert_null(d.folder);
	gdb_door_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(folders), cmocka_unit_test(tcp) };

	return cmocka_run_group_tests_name("gdbdoor", tests, NULL, NULL);
}
