/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The goldens of tests/topologies: for every shipped shape expected/NAME.args, the machine's QEMU options, and
 * expected/NAME.sysfs, what the guest must show; for every shape that is refused invalid/NAME.err, the message.
 * usage: test_goldens [--write [NAME]...]    with --write the goldens (of these shapes, else of all) are written anew
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "qemu/argv.h"
#include "topo/attest.h"
#include "topo/topo.h"
#include "tests/unit/expected_sysfs.h"

#define SHIFT 4

static int args_of(const char *shape, struct text *out, struct err *err)
{
	auto_topo struct topo *t = NULL;

	if (topo_load(shape, &t, err))
		return err->code;
	argv_machine_text(t, ENGINE_EXACT, SHIFT, out);
	return 0;
}

static int sysfs_of(const char *shape, struct text *out, struct err *err)
{
	auto_topo struct topo *t = NULL;

	if (topo_load(shape, &t, err))
		return err->code;
	expected_sysfs(t, out);
	return 0;
}

static int message_of(const char *shape, struct text *out, struct err *err)
{
	auto_topo struct topo *t = NULL;
	struct err refused = ERR_INIT;

	if (!topo_load(shape, &t, &refused))
		return err_set(err, -EINVAL, "%s: loads, and stands among those that are refused", shape);
	text_printf(out, "%s\n", refused.msg);
	return 0;
}

static const struct golden {
	const char *shapes, *folder, *suffix;
	int (*make)(const char *shape, struct text *out, struct err *err);
} golden_table[] = {
	{ "topologies", "tests/topologies/expected", "args", args_of },
	{ "topologies", "tests/topologies/expected", "sysfs", sysfs_of },
	{ "tests/topologies/invalid", "tests/topologies/invalid", "err", message_of },
};

/* The names of a row's shapes; ends the test when there are none. */
static void shapes_of(const struct golden *g, struct strlist *names)
{
	struct err err = ERR_INIT;

	if (topo_names(g->shapes, names, &err))
		fail_msg("%s", err.msg);
	assert_true(names->n > 0);
}

static int text_of(const struct golden *g, const char *name, struct text *out, struct err *err)
{
	auto_free char *shape = xasprintf("%s/%s.json", g->shapes, name);

	return g->make(shape, out, err);
}

/* Whether the golden is there and what this build makes; else `why` is what is wrong, and which command writes it. */
static bool is_as_written(const struct golden *g, const char *name, struct text *why)
{
	auto_free char *path = xasprintf("%s/%s.%s", g->folder, name, g->suffix);
	auto_text struct text is = { 0 }, want = { 0 };
	struct err err = ERR_INIT;
	int code = text_of(g, name, &is, &err);

	if (code)
		text_printf(why, "%s\n", err.msg);
	else if (file_read(path, 1 << 20, &want, &err))
		text_printf(why, "%s: `make goldens TOPO=%s` writes it\n", err.msg, name);
	else if (strcmp(text_str(&is), text_str(&want)) != 0)
		text_printf(why,
			    "%s: differs from what this build makes: `make goldens TOPO=%s` writes it anew, "
			    "and `git diff` shows the difference\n",
			    path, name);
	else
		return true;
	return false;
}

static void as_written(void **state)
{
	auto_text struct text why = { 0 };
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(golden_table); i++) {
		auto_strlist struct strlist names = { 0 };

		shapes_of(&golden_table[i], &names);
		for (size_t k = 0; k < names.n; k++)
			wrong += !is_as_written(&golden_table[i], names.v[k], &why);
	}
	if (wrong)
		fail_msg("%u of the goldens:\n%s", wrong, text_str(&why));
}

/* The golden's shape is there: NAME.SUFFIX of one of the rows of this folder. */
static bool has_shape(const char *folder, const char *file)
{
	const char *dot = strrchr(file, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(golden_table); i++) {
		const struct golden *g = &golden_table[i];
		auto_free char *shape = xasprintf("%s/%.*s.json", g->shapes, (int)(dot - file), file);

		if (!strcmp(g->folder, folder) && (!strcmp(g->suffix, dot + 1) || !strcmp(dot, ".json")) &&
		    path_exists(shape))
			return true;
	}
	return false;
}

static void no_golden_without_a_shape(void **state)
{
	unsigned left = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(golden_table); i++) {
		DIR *d = opendir(golden_table[i].folder);

		assert_non_null(d);
		for (struct dirent *e; (e = readdir(d));) {
			if (e->d_name[0] == '.' || has_shape(golden_table[i].folder, e->d_name))
				continue;
			print_error("%s/%s: there is no shape of this name: remove the file\n",
				    golden_table[i].folder, e->d_name);
			left++;
		}
		closedir(d);
	}
	assert_int_equal(left, 0);
}

/* A new shape asks for its goldens by name: the message of a golden that is missing. */
static void missing_is_reported(void **state)
{
	(void)state;
	assert_false(has_shape("tests/topologies/expected", "no-such-shape.args"));
	assert_false(has_shape("tests/topologies/expected", "4node.err"));
	assert_true(has_shape("tests/topologies/expected", "4node.args"));
	const struct golden elsewhere = { "topologies", "tests/data", "args", args_of };
	auto_text struct text why = { 0 };
	assert_false(is_as_written(&elsewhere, "4node", &why));
	assert_string_equal(text_str(&why), "tests/data/4node.args: No such file or directory: "
					    "`make goldens TOPO=4node` writes it\n");
	const struct golden other = { "topologies", "tests/topologies/expected", "args", sysfs_of };
	text_free(&why);
	assert_false(is_as_written(&other, "4node", &why));
	assert_string_equal(
		text_str(&why),
		"tests/topologies/expected/4node.args: differs from what this build makes: "
		"`make goldens TOPO=4node` writes it anew, and `git diff` shows the difference\n");
}

static int write_one(const struct golden *g, const char *name)
{
	auto_free char *path = xasprintf("%s/%s.%s", g->folder, name, g->suffix);
	auto_text struct text is = { 0 }, was = { 0 };
	struct err err = ERR_INIT, none = ERR_INIT;

	if (text_of(g, name, &is, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	if (!file_read(path, 1 << 20, &was, &none) && !strcmp(text_str(&was), text_str(&is)))
		return 0;
	if (file_write(path, text_str(&is), is.len, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	printf("wrote %s\n", path);
	return 0;
}

/* The goldens of the shape called so, in whatever folders it is; of all for NULL. 1 when there is none or one failed. */
static int write_named(const char *name)
{
	unsigned shapes = 0;
	int code = 0;

	for (size_t i = 0; i < ARRAY_SIZE(golden_table); i++) {
		auto_strlist struct strlist names = { 0 };

		shapes_of(&golden_table[i], &names);
		for (size_t k = 0; k < names.n; k++) {
			if (name && strcmp(name, names.v[k]) != 0)
				continue;
			shapes++;
			code |= write_one(&golden_table[i], names.v[k]);
		}
	}
	if (!shapes)
		fprintf(stderr, "no topology \"%s\" in topologies/ or tests/topologies/invalid/\n", name);
	return code || !shapes;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_written),
		cmocka_unit_test(no_golden_without_a_shape),
		cmocka_unit_test(missing_is_reported),
	};
	int code = 0;

	if (chdir(TEST_SOURCE_DIR)) {
		perror(TEST_SOURCE_DIR);
		return 1;
	}
	if (argc == 1)
		return cmocka_run_group_tests_name("goldens", tests, NULL, NULL);
	if (strcmp(argv[1], "--write") != 0) {
		fprintf(stderr, "usage: test_goldens [--write [NAME]...]\n");
		return 2;
	}
	if (argc == 2)
		return write_named(NULL);
	for (int i = 2; i < argc; i++)
		code |= write_named(argv[i]);
	return code;
}
