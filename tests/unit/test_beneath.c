/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of others: what leads out of them is refused, with openat2 and, on kernels without, a step at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/file.h"

static char dir[] = "/tmp/numarig-test-beneath.XXXXXX";

static void link_to(const char *name, const char *to)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(symlink(to, path), 0);
}

static int setup(void **state)
{
	auto_free char *folder = mkdtemp(dir) ? xasprintf("%s/in", dir) : NULL;
	auto_free char *file = xasprintf("%s/in/file", dir);
	struct err err = ERR_INIT;

	(void)state;
	if (!folder || dir_make(folder, &err) || file_write(file, "text\n", 5, &err))
		return -1;
	link_to("near", "in/file");
	link_to("back", "in/../near");
	link_to("far", "/etc/passwd");
	link_to("up", "..");
	link_to("magic", "/proc/self/exe");
	return 0;
}

static int teardown(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return dir_remove(dir, &err);
}

static void reads(const char *path, int want)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(beneath_read(dir, path, 100, &t, &err), want);
	if (!want)
		assert_string_equal(t.s, "text\n");
	else
		assert_int_equal(strncmp(err.msg, path, strlen(path)), 0);
}

static void leads_out(void **state)
{
	static const char *const out[] = { "far", "up/etc", "magic", "../etc", "in/../../x", "/etc/passwd" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(out); i++)
		reads(out[i], -EINVAL);
	reads("in/file", 0);
	reads("near", 0);
	reads("back", 0);
	reads("gone", -ENOENT);
	reads("in", -EINVAL);
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	assert_int_equal(beneath_read(dir, "in/file", 4, &t, &err), -EFBIG);
}

static void names(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_true(beneath_name("a") && beneath_name("..."));
	assert_false(beneath_name("") || beneath_name(".") || beneath_name("..") || beneath_name("a/b"));
	auto_free char *in = xasprintf("%s/in", dir), *up = xasprintf("%s/up", dir);
	assert_int_equal(beneath_plain(in, &err), 0);
	assert_int_equal(beneath_plain("/nowhere", &err), 0);
	assert_int_equal(beneath_plain(up, &err), -EINVAL);
	err.code = 0;
	assert_int_equal(beneath_plain(dir, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "is a link or no regular file"));
}

/* The last one: from here on this process has no openat2. */
static void without_openat2(void **state)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), /* the call's number */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(rules), rules };

	(void)state;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		skip();
	reads("in/file", 0);
	reads("near", -EINVAL);
	reads("far", -EINVAL);
	reads("up/etc", -EINVAL);
	reads("in/../../x", -EINVAL);
	reads("/etc/passwd", -EINVAL);
	reads("gone", -ENOENT);
	reads("in", -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leads_out),
		cmocka_unit_test(names),
		cmocka_unit_test(without_openat2),
	};

	return cmocka_run_group_tests_name("beneath", tests, setup, teardown);
}
