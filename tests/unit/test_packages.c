/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The versions of packages, out of dpkg's status file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/json.h"
#include "kit/packages.h"

static json_t *read_text(const char *text)
{
	char path[] = "/tmp/numarig-packages-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	json_t *found = packages_read(path);
	unlink(path);
	return found;
}

static void as_dpkg_writes_it(void **state)
{
	auto_json json_t *found = read_text("Package: libc6\n"
					    "Status: install ok installed\n"
					    "Description: GNU C Library\n"
					    " Version: 9 stands in the description\n"
					    "Version: 2.36-9+deb12u13\n"
					    "\n"
					    "Package: numactl\n"
					    "Status: deinstall ok config-files\n"
					    "Version: 2.0.16-1\n"
					    "\n"
					    "Package: libc6-i386\n"
					    "Status: install ok installed\n"
					    "Version: 1\n"
					    "\n"
					    "Package: seabios\n"
					    "Status: install ok installed\n"
					    "Version: 1.16.2-1"); /* cut off, and without an end */

	(void)state;
	assert_string_equal(json_word(found, "libc6"), "2.36-9+deb12u13");
	assert_string_equal(json_word(found, "seabios"), "1.16.2-1");
	assert_int_equal(json_object_size(found), 2);
}

/* What nothing is known of is not an empty list. */
static void no_dpkg(void **state)
{
	(void)state;
	assert_null(packages_read("/nonexistent/status"));
}

static void nothing_of_ours(void **state)
{
	auto_json json_t *empty = read_text(""), *other = read_text("\n\n\nnot: a package\n\n");

	(void)state;
	assert_int_equal(json_object_size(empty), 0);
	assert_int_equal(json_object_size(other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_dpkg_writes_it),
		cmocka_unit_test(no_dpkg),
		cmocka_unit_test(nothing_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
