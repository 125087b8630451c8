/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON files that were sent: what is refused, and that a large one is not read at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"

static void files(void **state)
{
	char dir[] = "/tmp/numarig-test-parse.XXXXXX";
	struct err err = ERR_INIT;
	(void)state;

	assert_non_null(mkdtemp(dir));
	auto_free char *path = xasprintf("%s/x.json", dir);
	assert_null(parse_file(path, &err));
	assert_int_equal(err.code, -ENOENT);
	assert_int_equal(file_write(path, "{\"a\": 1}", 8, &err), 0);
	json_t *j = parse_file(path, &err);
	assert_int_equal(json_integer_value(json_object_get(j, "a")), 1);
	json_decref(j);
	assert_int_equal(file_write(path, "{\"a\": 1, \"a\": 2}", 16, &err), 0);
	assert_null(parse_file(path, &err));
	assert_int_equal(err.code, -EINVAL);
	auto_free char *want = xasprintf("%s: line 1, column 12: duplicate object key near '\"a\"'", path);
	assert_string_equal(err.msg, want);
	/* a hole: the bound is on what is read, not on the disk */
	assert_int_equal(truncate(path, (off_t)PARSE_FILE_MAX + 1), 0);
	assert_null(parse_file(path, &err));
	assert_int_equal(err.code, -EFBIG);
	assert_int_equal(dir_remove(dir, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(files) };

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
