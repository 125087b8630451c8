/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/ext4.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/tool.h"

#define DEADLINE_MS 60000
#define LEAST (1ull << 20)
#define MOST (1ull << 36)

/* Whatever else mke2fs would take from its configuration or its version: 1.47.1 adds features of its own. */
static const struct {
	const char *option, *value;
} options[] = {
	{ "-t", "ext4" },
	{ "-b", "4096" },
	{ "-I", "256" },  /* bytes an inode */
	{ "-G", "16" },	  /* groups whose bitmaps and tables lie together */
	{ "-N", "1024" }, /* inodes */
	{ "-m", "0" },
	{ "-o", "Linux" },
	{ "-O",
	  "none,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,"
	  "extra_isize,metadata_csum" },
	{ "-U", "6e756d61-7269-4700-8000-000000000001" },
	{ "-E",
	  "lazy_itable_init=0,nodiscard,root_owner=0:0,hash_seed=6e756d61-7269-4700-8000-000000000002" },
};

/* The clock: 2020-01-01, as the guest's. The newer releases read SOURCE_DATE_EPOCH. No mke2fs.conf of the
 * host's. */
static const char *const environment[] = {
	"E2FSPROGS_FAKE_TIME=1577836800",
	"SOURCE_DATE_EPOCH=1577836800",
	"MKE2FS_CONFIG=/dev/null",
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	"LC_ALL=C",
};

static char *find_mke2fs(void)
{
	static const char *const places[] = { "/sbin/mke2fs", "/usr/sbin/mke2fs" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (path_exists(places[i]))
			return xstrdup(places[i]);
	return tool_which("mke2fs");
}

static int make(const char *mke2fs, int fd, struct err *err)
{
	auto_strlist struct strlist argv = { 0 }, env = { 0 };
	auto_text struct text out = { 0 }, why = { 0 };
	char line[512];
	int code;

	strlist_add(&argv, "%s", mke2fs);
	strlist_add(&argv, "-q");
	strlist_add(&argv, "-F"); /* what it writes to is no block device */
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		strlist_add(&argv, "%s", options[i].option);
		strlist_add(&argv, "%s", options[i].value);
	}
	strlist_add(&argv, "/proc/self/fd/%d", TOOL_FD);
	for (size_t i = 0; i < ARRAY_SIZE(environment); i++)
		strlist_add(&env, "%s", environment[i]);
	struct tool t = { .argv = argv.v, .env = env.v, .give_fd = fd, .deadline_ms = DEADLINE_MS };
	if (tool_run(&t, &out, &why, &code, err))
		return err_prefix(err, "ext4 image");
	if (code)
		return err_set(err, -EIO, "ext4 image: %s: exit code %d: %s", mke2fs, code,
			       tool_first_line(&why, line, sizeof(line)));
	return 0;
}

/* The magic number of ext2 to ext4 at its place in the superblock: mke2fs did what it said. */
static int check(int fd, const char *mke2fs, struct err *err)
{
	uint16_t magic = 0;

	if (pread(fd, &magic, sizeof(magic), 1024 + 56) != sizeof(magic) || le16toh(magic) != 0xef53)
		return err_set(err, -EIO, "ext4 image: %s: exit code 0, but it made no filesystem", mke2fs);
	return 0;
}

static void add_u32(struct text *out, uint32_t v)
{
	v = htole32(v);
	text_add(out, &v, sizeof(v));
}

/* Appends the blocks that are not zero, and their count where `count_at` says. */
static int encode(int fd, uint64_t bytes, size_t count_at, struct text *out, struct err *err)
{
	static const char zero[EXT4_BLOCK];
	char block[EXT4_BLOCK];
	uint32_t count = 0;

	for (off_t at = 0; (uint64_t)at < bytes; at += EXT4_BLOCK) {
		at = lseek(fd, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO)
			break; /* nothing but hole up to the end */
		at &= ~(off_t)(EXT4_BLOCK - 1);
		if (at < 0 || pread(fd, block, sizeof(block), at) != (ssize_t)sizeof(block))
			return err_sys(err, "ext4 image: reading it");
		if (!memcmp(block, zero, sizeof(block)))
			continue;
		add_u32(out, (uint32_t)(at / EXT4_BLOCK));
		text_add(out, block, sizeof(block));
		count++;
	}
	count = htole32(count);
	memcpy(out->s + count_at, &count, sizeof(count));
	return 0;
}

int ext4_blank(const char *mke2fs, uint64_t bytes, struct text *out, struct err *err)
{
	auto_free char *program = mke2fs ? xstrdup(mke2fs) : find_mke2fs();
	auto_close int fd = -1;
	uint64_t size = htole64(bytes);

	if (bytes % EXT4_BLOCK || bytes < LEAST || bytes > MOST)
		return err_set(
			err, -EINVAL,
			"ext4 image of %llu bytes: want a multiple of %d from %llu (1 MiB) to %llu (64 GiB)",
			(unsigned long long)bytes, EXT4_BLOCK, LEAST, MOST);
	if (!program)
		return err_set(err, -ENOPKG,
			       "ext4 image: no mke2fs in /sbin, /usr/sbin or PATH; install e2fsprogs");
	fd = memfd_create("numarig-ext4", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		return err_sys(err, "ext4 image of %llu bytes", (unsigned long long)bytes);
	if (make(program, fd, err) || check(fd, program, err))
		return err->code;
	size_t from = out->len;
	text_add(out, EXT4_MAGIC, 8);
	text_add(out, &size, sizeof(size));
	add_u32(out, 0);
	if (encode(fd, bytes, from + 16, out, err)) {
		out->len = from;
		out->s[from] = 0;
		return err->code;
	}
	return 0;
}
