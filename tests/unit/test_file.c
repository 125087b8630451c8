/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of other kinds than regular ones: what is read never blocks in open, what is written goes into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/sha256.h"

static char dir[] = "/tmp/numarig-file-XXXXXX";

static int enter(void **state)
{
	(void)state;
	umask(022);
	return !mkdtemp(dir) || chdir(dir);
}

static int leave(void **state)
{
	struct err err = ERR_INIT;
	(void)state;

	return chdir("/") || dir_remove(dir, &err);
}

static void says(const char *path, const char *want)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(file_read(path, 100, &t, &err), 0);
	assert_string_equal(text_str(&t), want);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode;
}

static void reads_no_fifo(void **state)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	struct sha256 sha;
	(void)state;

	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("fifo", "to-fifo"), 0);
	assert_int_equal(file_read("fifo", 100, &t, &err), -EINVAL);
	assert_string_equal(err.msg, "fifo: is a FIFO: want a regular file");
	assert_int_equal(file_read("to-fifo", 100, &t, &err), -EINVAL);
	assert_int_equal(file_read("/dev/zero", 100, &t, &err), -EINVAL);
	assert_string_equal(err.msg, "/dev/zero: is a device: want a regular file");
	assert_int_equal(file_read(".", 100, &t, &err), -EISDIR);
	assert_int_equal(sha256_file("fifo", &sha, &err), -EINVAL);
	assert_int_equal(sha256_file_sparse("fifo", &sha, &err), -EINVAL);
	assert_null(parse_file("fifo", &err));
	assert_string_equal(err.msg, "fifo: is a FIFO: want a regular file");
	assert_int_equal(unlink("fifo") || unlink("to-fifo"), 0);
}

/* `numarig check <(command)` */
static void reads_pipe_by_name(void **state)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	int pair[2];
	(void)state;

	assert_int_equal(pipe(pair), 0);
	assert_int_equal(write(pair[1], "through", 7), 7);
	close(pair[1]);
	auto_free char *path = xasprintf("/dev/fd/%d", pair[0]);
	assert_int_equal(file_read(path, 100, &t, &err), 0);
	assert_string_equal(text_str(&t), "through");
	close(pair[0]);
	assert_int_equal(file_read(path, 100, &t, &err), -EBADF);
	assert_int_equal(file_named_fd("/dev/stdin"), 0);
	assert_int_equal(file_named_fd("/proc/self/fd/12"), 12);
	assert_int_equal(file_named_fd("/dev/fd/1x"), -1);
	assert_int_equal(file_named_fd("/dev/fd/"), -1);
	assert_int_equal(file_named_fd("/dev/fd/99999999999999999999"), -1);
	assert_int_equal(file_named_fd("stdin"), -1);
}

static void outputs_into(void **state)
{
	struct err err = ERR_INIT;
	char buf[16] = "";
	struct stat st;
	int pair[2];
	(void)state;

	/* a device stays one */
	assert_int_equal(file_output("/dev/null", "x", 1, &err), 0);
	assert_true(S_ISCHR(mode_of("/dev/null")));
	assert_int_equal(file_output("/dev/full", "x", 1, &err), -ENOSPC);
	assert_string_equal(err.msg, "/dev/full: can't be written, 1 bytes: No space left on device");
	/* a FIFO with a reader */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	int reader = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_int_equal(file_output("fifo", "x", 1, &err), 0);
	assert_int_equal(read(reader, buf, sizeof(buf)), 1);
	assert_true(S_ISFIFO(mode_of("fifo")));
	close(reader);
	/* links, also to what is not there yet */
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(file_output("link", "first", 5, &err), 0);
	assert_int_equal(file_output("link", "2nd", 3, &err), 0);
	assert_true(S_ISLNK(mode_of("link")));
	says("target", "2nd");
	/* a descriptor by name, where it stands */
	assert_int_equal(pipe(pair), 0);
	auto_free char *path = xasprintf("/dev/fd/%d", pair[1]);
	assert_int_equal(file_output(path, "y", 1, &err), 0);
	assert_int_equal(read(pair[0], buf, sizeof(buf)), 1);
	close(pair[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(file_output(path, "y", 1, &err), -EPIPE);
	close(pair[1]);
	int fd = open("log", O_RDWR | O_CREAT, 0644);
	assert_int_equal(write(fd, "before ", 7), 7);
	auto_free char *log = xasprintf("/proc/self/fd/%d", fd);
	assert_int_equal(file_output(log, "after", 5, &err), 0);
	close(fd);
	says("log", "before after");
	/* a regular file is another one afterwards, of the same mode */
	assert_int_equal(chmod("log", 0600), 0);
	assert_int_equal(stat("log", &st), 0);
	assert_int_equal(file_output("log", "new", 3, &err), 0);
	assert_int_equal(mode_of("log") & 07777, 0600);
	says("log", "new");
	assert_int_equal(unlink("fifo") || unlink("link") || unlink("target") || unlink("log"), 0);
}

/* Whoever foresees the name of a temporary file could have a file of ours written elsewhere. */
static void follows_no_link(void **state)
{
	struct err err = ERR_INIT;
	auto_free char *foreseen = xasprintf("file.tmp.%d", (int)getpid());
	int fd = open("from", O_RDWR | O_CREAT, 0644);
	(void)state;

	assert_int_equal(symlink("victim", foreseen), 0);
	assert_int_equal(file_write("file", "x", 1, &err), 0);
	assert_false(path_exists("victim"));
	assert_int_equal(symlink("victim", "copy"), 0);
	assert_int_equal(file_copy_sparse(fd, "copy", &err), -EEXIST);
	assert_false(path_exists("victim"));
	close(fd);
	assert_int_equal(unlink(foreseen) || unlink("copy") || unlink("from") || unlink("file"), 0);
}

static void modes_by_umask(void **state)
{
	static const mode_t masks[] = { 077, 022, 002 };
	struct err err = ERR_INIT;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		int fd = open("/dev/null", O_RDONLY);

		umask(masks[i]);
		assert_int_equal(dir_make("a/b", &err) || file_write("a/f", "x", 1, &err), 0);
		assert_int_equal(mode_of("a/b") & 0777, 0777 & ~masks[i]);
		assert_int_equal(mode_of("a/f") & 0777, 0666 & ~masks[i]);
		assert_int_equal(file_copy_sparse(fd, "a/c", &err), 0);
		assert_int_equal(mode_of("a/c") & 0777, 0666 & ~masks[i]);
		assert_int_equal(dir_remove("a", &err), 0);
		close(fd);
	}
	umask(022);
}

/* ulimit -f */
static void file_limit(void **state)
{
	struct rlimit old, few = { 1000, RLIM_INFINITY };
	struct err err = ERR_INIT;
	static char bytes[3000];
	(void)state;

	signal(SIGXFSZ, SIG_IGN); /* interrupt_install does it */
	getrlimit(RLIMIT_FSIZE, &old);
	few.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	int code = file_write("large", bytes, sizeof(bytes), &err);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(code, -ENOSPC);
	assert_string_equal(
		err.msg,
		"large: can't be written, 3000 bytes: File too large: a file may have 1000 bytes here (ulimit -f)");
	assert_false(path_exists("large"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_no_fifo),  cmocka_unit_test(reads_pipe_by_name),
		cmocka_unit_test(outputs_into),	  cmocka_unit_test(follows_no_link),
		cmocka_unit_test(modes_by_umask), cmocka_unit_test(file_limit),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
