/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's empty filesystem: the same bytes always, and one that e2fsck accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/ext4.h"
#include "kit/tool.h"

#define MIB (1024ull * 1024)

struct dir {
	char path[64];
};

static int setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));

	snprintf(d->path, sizeof(d->path), "/tmp/numarig-test-ext4.XXXXXX");
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

#define OK(call)                                            \
	do {                                                \
		struct err err = ERR_INIT;                  \
		if (call)                                   \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

#define REFUSED(call, number, message)                 \
	do {                                           \
		struct err err = ERR_INIT;             \
		assert_int_equal(call, number);        \
		assert_int_equal(err.code, number);    \
		assert_string_equal(err.msg, message); \
	} while (0)

/* The guest's side of the format: writes the blocks into a file of the image's size. Returns their count. */
static uint32_t decode(const struct text *t, uint64_t bytes, const char *to)
{
	uint64_t size;
	uint32_t count, index, before = 0;
	FILE *f = fopen(to, "w");

	assert_non_null(f);
	assert_true(t->len >= 20);
	assert_memory_equal(t->s, EXT4_MAGIC, 8);
	memcpy(&size, t->s + 8, 8);
	memcpy(&count, t->s + 16, 4);
	assert_int_equal(size, bytes);
	assert_int_equal(t->len, 20 + count * (4 + EXT4_BLOCK));
	assert_int_equal(ftruncate(fileno(f), (off_t)size), 0);
	for (uint32_t i = 0; i < count; i++) {
		const char *block = t->s + 20 + i * (4 + EXT4_BLOCK);

		memcpy(&index, block, 4);
		assert_true(!i || index > before);
		assert_true(index < size / EXT4_BLOCK);
		assert_int_equal(pwrite(fileno(f), block + 4, EXT4_BLOCK, (off_t)index * EXT4_BLOCK),
				 EXT4_BLOCK);
		before = index;
	}
	fclose(f);
	return count;
}

/* Runs e2fsck over an image; its exit code. */
static int fsck(char *image)
{
	char fsck[] = "/sbin/e2fsck", options[] = "-fn";
	struct tool t = { .argv = (char *[]){ fsck, options, image, NULL },
			  .env = (char *[]){ NULL },
			  .deadline_ms = 30000 };
	auto_text struct text out = { 0 }, why = { 0 };
	int code = -1;

	OK(tool_run(&t, &out, &why, &code, &err));
	return code;
}

static void ext4_image(void **state)
{
	static const struct {
		uint64_t bytes;
		uint32_t blocks; /* the most that are not zero: mke2fs 1.47.2 has two more than 1.47.0 */
	} cases[] = { { 96 * MIB, 12 }, { 600 * MIB, 17 }, { 8 * MIB, 12 } };
	const struct dir *d = *state;
	auto_free char *image = xasprintf("%s/image", d->path);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text struct text once = { 0 }, again = { 0 };

		OK(ext4_blank(NULL, cases[i].bytes, &once, &err));
		OK(ext4_blank(NULL, cases[i].bytes, &again, &err));
		assert_int_equal(once.len, again.len);
		assert_memory_equal(once.s, again.s, once.len);
		assert_in_range(decode(&once, cases[i].bytes, image), 1, cases[i].blocks);
		assert_int_equal(fsck(image), 0);
	}
	/* e2fsck does look */
	FILE *f = fopen(image, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 4096, SEEK_SET), 0);
	assert_int_equal(fputs("broken", f) < 0, 0);
	fclose(f);
	assert_int_not_equal(fsck(image), 0);
}

/* A field of the superblock, which is in the first block of the encoding. */
static uint32_t superblock_u32(const struct text *t, size_t offset)
{
	uint32_t v;

	assert_int_equal(t->s[20], 0);
	memcpy(&v, t->s + 24 + 1024 + offset, sizeof(v));
	return v;
}

/* Two runs in the same second would agree on the host's time, too. */
static void ext4_times(void **state)
{
	static const size_t times[] = { 0x30, 0x40, 0x108 }; /* written, checked, made (ext4_fs.h) */
	auto_text struct text t = { 0 };
	(void)state;

	OK(ext4_blank(NULL, 8 * MIB, &t, &err));
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		assert_int_equal(superblock_u32(&t, times[i]), 1577836800);
}

/* A mke2fs that writes zeroes, too: they are not in the encoding. The format to the byte. */
static void ext4_encoding(void **state)
{
	static const char script[] = "#!/bin/sh\nfor to; do :; done\n"
				     "dd if=/dev/zero of=$to bs=4096 count=3 conv=notrunc\n"
				     "printf '\\123\\357' | dd of=$to bs=1 seek=1080 conv=notrunc\n"
				     "printf x | dd of=$to bs=1 seek=1048575 conv=notrunc\n";
	const struct dir *d = *state;
	auto_free char *fake = xasprintf("%s/mke2fs", d->path);
	auto_text struct text t = { 0 };

	OK(file_write(fake, script, strlen(script), &err));
	assert_int_equal(chmod(fake, 0755), 0);
	text_add(&t, "before", 6);
	OK(ext4_blank(fake, MIB, &t, &err));
	assert_int_equal(t.len, 6 + 20 + 2 * 4100);
	assert_memory_equal(t.s, "beforeNRGBLK1\n\0\0\020\0\0\0\0\0\002\0\0\0\0\0\0\0", 6 + 24);
	assert_memory_equal(t.s + 6 + 20 + 4 + 1080, "\123\357", 2);
	assert_memory_equal(t.s + 6 + 20 + 4100, "\377\0\0\0", 4);
	assert_int_equal(t.s[t.len - 1], 'x');
}

/* What is in the user's environment does not get in. */
static void ext4_environment(void **state)
{
	auto_text struct text once = { 0 }, again = { 0 };
	(void)state;

	OK(ext4_blank(NULL, 8 * MIB, &once, &err));
	setenv("MKE2FS_CONFIG", "/no/mke2fs.conf", 1);
	setenv("E2FSPROGS_FAKE_TIME", "1", 1);
	setenv("MKE2FS_DEVICE_SECTSIZE", "4096", 1);
	OK(ext4_blank(NULL, 8 * MIB, &again, &err));
	unsetenv("MKE2FS_CONFIG");
	unsetenv("E2FSPROGS_FAKE_TIME");
	unsetenv("MKE2FS_DEVICE_SECTSIZE");
	assert_int_equal(once.len, again.len);
	assert_memory_equal(once.s, again.s, once.len);
}

static void ext4_refused(void **state)
{
	const struct dir *d = *state;
	auto_free char *fails = xasprintf("%s/mke2fs", d->path);
	auto_free char *message = xasprintf("ext4 image: %s: exit code 3: no room", fails);
	auto_text struct text t = { 0 };

	REFUSED(ext4_blank(NULL, 96 * MIB + 512, &t, &err), -EINVAL,
		"ext4 image of 100663808 bytes: want a multiple of 4096 from 1048576 (1 MiB) to 68719476736 (64 GiB)");
	REFUSED(ext4_blank(NULL, 4096, &t, &err), -EINVAL,
		"ext4 image of 4096 bytes: want a multiple of 4096 from 1048576 (1 MiB) to 68719476736 (64 GiB)");
	REFUSED(ext4_blank(NULL, (1ull << 36) + 4096, &t, &err), -EINVAL,
		"ext4 image of 68719480832 bytes: want a multiple of 4096 from 1048576 (1 MiB) to 68719476736 (64 GiB)");
	REFUSED(ext4_blank("/no/mke2fs", MIB, &t, &err), -ENOENT,
		"ext4 image: /no/mke2fs: can't be started: No such file or directory");
	REFUSED(ext4_blank("/bin/true", MIB, &t, &err), -EIO,
		"ext4 image: /bin/true: exit code 0, but it made no filesystem");
	OK(file_write(fails, "#!/bin/sh\necho no room >&2\nexit 3\n", 34, &err));
	assert_int_equal(chmod(fails, 0755), 0);
	REFUSED(ext4_blank(fails, MIB, &t, &err), -EIO, message);
	assert_int_equal(t.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ext4_image, setup, teardown),
		cmocka_unit_test(ext4_times),
		cmocka_unit_test_setup_teardown(ext4_encoding, setup, teardown),
		cmocka_unit_test(ext4_environment),
		cmocka_unit_test_setup_teardown(ext4_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("ext4", tests, NULL, NULL);
}
