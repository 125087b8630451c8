/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the kernel's hands to a machine worth saving. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guests/agent/agent.h"

#define SEED_TREE "/ext4root" /* what goes onto ext4: see harness/kit/guest.c */
#define BLOCKS_FILE "/lib/numarig/ext4.blocks"

static const struct {
	const char *source, *target, *type, *data;
} mounts[] = {
	{ "proc", "/proc", "proc", "" },
	{ "sysfs", "/sys", "sysfs", "" },
	{ "devtmpfs", "/dev", "devtmpfs", "" },
	{ "debugfs", "/sys/kernel/debug", "debugfs", "" },
	{ "tracefs", "/sys/kernel/tracing", "tracefs", "" },
	{ "cgroup2", "/sys/fs/cgroup", "cgroup2", "" },
	{ "tmpfs", "/tmp", "tmpfs", "" },
	{ "hugetlbfs", "/dev/hugepages", "hugetlbfs", "pagesize=2M" },
	{ "tmpfs", "/dev/shm", "tmpfs", "" },
	{ "devpts", "/dev/pts", "devpts", "" },
};

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	int r = n < 0 ? -errno : 0;
	close(fd);
	return r;
}

void boot_mounts(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].target, 0755);
		/* a kernel without one of them is not an error here: what needs it says so */
		mount(mounts[i].source, mounts[i].target, mounts[i].type, 0, mounts[i].data);
	}
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/", 1);
	/* what is printed later is ours or the program's, not the kernel's chatter; panics still come */
	write_file("/proc/sys/kernel/printk", "1 4 1 7");
}

static int load_module(const char *path, const char *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, options, 0) && errno != EEXIST)
		r = -errno;
	close(fd);
	return r;
}

/* Writes the image's non-zero blocks to the device (harness/kit/ext4.h has the format). */
static const char *blocks_write(const char *from, const char *device)
{
	struct {
		char magic[8];
		uint64_t bytes;
		uint32_t count;
	} __attribute__((packed)) head = { .count = 0 };
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(device, O_WRONLY | O_CLOEXEC);
	const char *wrong = NULL;

	if (in < 0)
		wrong = "the initramfs has no image";
	else if (out < 0)
		wrong = "no RAM disk device";
	else if (read(in, &head, sizeof(head)) != sizeof(head) || memcmp(head.magic, "NRGBLK1\n", 8) != 0)
		wrong = "the image is malformed";
	for (uint32_t i = 0; !wrong && i < head.count; i++) {
		struct {
			uint32_t index;
			char bytes[4096];
		} b;

		if (read(in, &b, sizeof(b)) != sizeof(b) ||
		    pwrite(out, b.bytes, sizeof(b.bytes), (off_t)b.index * 4096) != (ssize_t)sizeof(b.bytes))
			wrong = "the image can't be written to the RAM disk";
	}
	if (!wrong && fsync(out))
		wrong = "the RAM disk can't be written";
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return wrong;
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
	static char buf[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	ssize_t n = -1;

	if (in >= 0 && out >= 0)
		while ((n = read(in, buf, sizeof(buf))) > 0)
			if (write(out, buf, (size_t)n) != n) {
				n = -1;
				break;
			}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n ? -1 : 0;
}

/* nftw callback: one entry of the seed tree to the same place below EXT4_ROOT. */
static int copy_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char to[512], link[512];
	(void)ftw;

	snprintf(to, sizeof(to), "%s%s", EXT4_ROOT, path + strlen(SEED_TREE));
	if (type == FTW_D)
		return mkdir(to, 0755) && errno != EEXIST ? -1 : 0;
	if (type == FTW_SL) {
		ssize_t n = readlink(path, link, sizeof(link) - 1);

		if (n < 0)
			return -1;
		link[n] = 0;
		return symlink(link, to);
	}
	return copy_file(path, to, st->st_mode & 0777);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static const char *ext4_make(void)
{
	/* 96 MiB: room for a large program of the user's; RAM is taken only for what is written */
	int r = load_module("/lib/modules/brd.ko", "rd_nr=1 rd_size=98304");
	const char *wrong;

	if (r && access("/dev/ram0", F_OK))
		return r == -ENOENT ? "the kernel has no brd (CONFIG_BLK_DEV_RAM)" : "brd.ko can't be loaded";
	wrong = blocks_write(BLOCKS_FILE, "/dev/ram0");
	if (wrong)
		return wrong;
	mkdir(EXT4_ROOT, 0755);
	if (mount("/dev/ram0", EXT4_ROOT, "ext4", MS_NOATIME, ""))
		return errno == ENODEV ? "the kernel has no ext4 (CONFIG_EXT4_FS)" : "ext4 can't be mounted";
	if (nftw(SEED_TREE, copy_entry, 16, FTW_PHYS))
		return "files can't be copied onto ext4";
	sync();
	/* mounted anew: whoever reads first brings the page cache, not this copy */
	if (umount(EXT4_ROOT) || mount("/dev/ram0", EXT4_ROOT, "ext4", MS_NOATIME, ""))
		return "ext4 can't be mounted a second time";
	return NULL;
}

/* Without ext4 the tree itself is the root of the user's programs: their tools are there, if not their page cache's file system. */
static void seed_as_root(void)
{
	umount(EXT4_ROOT);
	rmdir(EXT4_ROOT);
	rename(SEED_TREE, EXT4_ROOT);
}

void boot_ext4(struct channel *c)
{
	static const char *const inside[] = { "/proc", "/sys", "/dev" };
	const char *wrong = ext4_make();
	char to[64];

	channel_say(c, FRAME_NOTE, "ext4", "%s", wrong ? wrong : "ok");
	if (wrong)
		seed_as_root();
	else
		nftw(SEED_TREE, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	unlink(BLOCKS_FILE);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		snprintf(to, sizeof(to), "%s%s", EXT4_ROOT, inside[i]);
		mkdir(to, 0755);
		mount(inside[i], to, NULL, MS_BIND | MS_REC, NULL);
	}
	sync();
	write_file("/proc/sys/vm/drop_caches", "3");
}

static void list_folder(struct channel *c, const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	char text[4096];
	size_t used = 0;

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && used + strlen(names[i]->d_name) + 2 < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0) {
		free(names);
		channel_send(c, FRAME_FILE, path, text, used);
	}
}

int kernel_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

void kernel_log(struct channel *c, int fd)
{
	static char text[KERNEL_LOG_MOST];
	size_t used = 0;
	ssize_t n;

	/* a record a read; EPIPE: some were overwritten before they were read, the next read goes on behind them */
	while (sizeof(text) - used > KERNEL_LOG_RECORD &&
	       ((n = read(fd, text + used, sizeof(text) - used)) > 0 || (n < 0 && errno == EPIPE)))
		used += n > 0 ? (size_t)n : 0;
	channel_send(c, FRAME_FILE, "dmesg", text, used);
}

void boot_attest(struct channel *c)
{
	static const char *const files[] = {
		"/proc/version",
		"/proc/cmdline",
		"/proc/zoneinfo",
		"/proc/meminfo",
		"/sys/devices/system/node/online",
		"/sys/devices/system/node/possible",
		"/sys/devices/system/node/has_*",
		"/sys/devices/system/node/node*/cpulist",
		"/sys/devices/system/node/node*/distance",
		"/sys/devices/system/node/node*/meminfo",
		"/sys/devices/system/node/node*/access?/initiators/*_*",
		"/sys/devices/system/node/node*/memory_side_cache/index*/*",
		"/sys/devices/system/memory/auto_online_blocks",
		"/sys/devices/system/memory/block_size_bytes",
	};
	struct sampler s = { .channel = c };
	char path[96];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		sampler_add(&s, files[i], false);
	sampler_take(&s, "boot", true);
	sampler_close(&s);
	for (unsigned nid = 0; nid < 128; nid++) {
		for (unsigned access_class = 0; access_class < 2; access_class++) {
			snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/access%u/initiators",
				 nid, access_class);
			list_folder(c, path);
		}
	}
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	kernel_log(c, log);
	close(log);
}
