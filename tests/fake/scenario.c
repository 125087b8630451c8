/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can go wrong: one row a scenario. tests/check/fake_qemu.sh says what numarig must make of each. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "tests/fake/fake.h"
#include "wire/job.h"

#define QEMU "qemu-system-x86_64: "
#define EVENT "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": "
#define FLOOD_BYTES (97ll << 20)
#define NODE1_DISTANCE "/sys/devices/system/node/node1/distance"

/* --- what a scenario does -------------------------------------------------------------------------------------- */
static void print(struct fake *f, const struct scenario *s)
{
	(void)f;
	fputs(s->words, stdout);
	exit(s->code);
}

static void die(struct fake *f, const struct scenario *s)
{
	(void)f;
	fputs(s->words, stderr);
	exit(s->code);
}

static void mutter(struct fake *f, const struct scenario *s)
{
	(void)f;
	fputs(s->words, stderr);
}

static void fall(struct fake *f, const struct scenario *s)
{
	(void)f;
	signal(s->code, SIG_DFL); /* a sanitizer has handlers of its own */
	raise(s->code);
}

/* Ends in the middle of its records. */
static void write_half(struct fake *f)
{
	append(f->records, f->stream.s, f->stream.len / 2);
}

static void die_halfway(struct fake *f, const struct scenario *s)
{
	write_half(f);
	die(f, s);
}

static void fall_halfway(struct fake *f, const struct scenario *s)
{
	write_half(f);
	fall(f, s);
}

static void hold_halfway(struct fake *f, const struct scenario *s)
{
	(void)s;
	write_half(f);
	hold();
}

/* On the control channel, as it is. */
static void shout(struct fake *f, const struct scenario *s)
{
	if (write(f->qmp_fd, s->words, strlen(s->words)) < 0)
		exit(1);
	hold();
}

static void shout_long(struct fake *f, const struct scenario *s)
{
	char block[4096];

	memset(block, s->code, sizeof(block));
	while (write(f->qmp_fd, block, sizeof(block)) > 0)
		;
	hold();
}

static void shut(struct fake *f, const struct scenario *s)
{
	(void)s;
	close(f->qmp_fd);
	hold();
}

static void stay(struct fake *f, const struct scenario *s)
{
	(void)f;
	(void)s;
	hold();
}

static void end_silently(struct fake *f, const struct scenario *s)
{
	(void)f;
	exit(s->code);
}

static void panic(struct fake *f, const struct scenario *s)
{
	append(f->console, s->words, strlen(s->words));
	exit(s->code);
}

static void fail_migration(struct fake *f, const struct scenario *s)
{
	f->migration_error = s->words;
}

/* The boot's records end with what the agent could not find out. */
static void give_up(struct fake *f, const struct scenario *s)
{
	struct text stream = { 0 };

	stream_frame(&stream, FRAME_HELLO, "1", "boot");
	stream_frame(&stream, FRAME_BROKEN, "job", s->words);
	stream_frame(&stream, FRAME_END, "end", "");
	append(f->records, stream.s, stream.len);
	exit(EXIT_STATUS_DONE);
}

/* --- what a scenario does to the records --------------------------------------------------------------------- */
static char *last_frame(const struct fake *f)
{
	char *last = NULL;

	for (char *at = f->stream.s; (at = strstr(at, "\nNRG ")); at++)
		last = at + 1;
	return last;
}

static void cut(struct fake *f, const struct scenario *s)
{
	f->stream.len -= (size_t)s->code;
}

static void cut_last(struct fake *f, const struct scenario *s)
{
	(void)s;
	f->stream.len = (size_t)(last_frame(f) - f->stream.s);
}

static void cut_all(struct fake *f, const struct scenario *s)
{
	(void)s;
	f->stream.len = 0;
}

static void go_on(struct fake *f, const struct scenario *s)
{
	text_add(&f->stream, s->words, strlen(s->words));
}

/* One digit of one value, its checksum left as it was. */
static void falsify(struct fake *f, const struct scenario *s)
{
	char *value = strstr(f->stream.s, s->words);

	if (!value)
		trouble("no \"%s\" in the records", s->words);
	value[0] = (char)(value[0] + 1);
}

/* The second record is not there. */
static void lose(struct fake *f, const struct scenario *s)
{
	char *second = strstr(f->stream.s, "\nNRG ") + 1, *third = strstr(second, "\nNRG ") + 1;

	(void)s;
	memmove(second, third, strlen(third) + 1);
	f->stream.len -= (size_t)(third - second);
}

/* A hole: as long, and cheap. */
static void make_long(const char *path)
{
	append(path, "", 0);
	if (truncate(path, FLOOD_BYTES))
		trouble("%s: can't be made long", path);
	hold();
}

static void flood(struct fake *f, const struct scenario *s)
{
	(void)s;
	make_long(f->records);
}

static void flood_console(struct fake *f, const struct scenario *s)
{
	(void)s;
	make_long(f->console);
}

static void spin(struct fake *f, const struct scenario *s)
{
	(void)f;
	(void)s;
	for (;;)
		;
}

/* As QEMU 8.2 with a short guest: RESUME is said, the guest does all it has to, and `cont` is never answered. */
static void end_unanswered(struct fake *f, const struct scenario *s)
{
	static const char resume[] = EVENT "\"RESUME\"}\n";

	if (!f->incoming)
		return; /* the boot goes well */
	if (write(f->qmp_fd, resume, sizeof(resume) - 1) < 0)
		exit(1);
	agent_job(f, true);
	append(f->records, text_str(&f->stream), f->stream.len);
	if (s->words)
		fputs(s->words, stderr);
	exit(s->code);
}

static void refuse(struct fake *f, const struct scenario *s)
{
	if (f->incoming)
		f->refusal = s->words;
}

/* --- the table --------------------------------------------------------------------------------- */
#define STREAM(t, n) .type = FRAME_##t, .frame = (n)

static const struct scenario table[] = {
	{ "good", AT_NONE, NULL },
	{ "much-ram", AT_NONE, NULL }, /* 4 MiB of each node are used */

	{ "version-7.2", AT_VERSION, print, "QEMU emulator version 7.2.19 (Debian 1:7.2+dfsg-7)\n" },
	{ "version-8.1", AT_VERSION, print, "QEMU emulator version 8.1.5\n" },
	{ "version-8.2", AT_VERSION, print, "QEMU emulator version 8.2.0\n" },
	{ "no-qemu-words", AT_VERSION, print, "Hello, world\n" },
	{ "no-sandbox", AT_SANDBOX, die, QEMU "-sandbox support is not enabled in this QEMU binary\n", 1 },
	{ "version-fails", AT_VERSION, die, QEMU "error while loading shared libraries: libfdt.so.1\n", 127 },

	{ "die-at-start", AT_START, die, QEMU "-accel tcg: invalid accelerator tcg\n", 1 },
	{ "die-without-a-word", AT_START, end_silently, .code = 1 },
	{ "crash-at-start", AT_START, fall, .code = SIGSEGV },
	{ "close-qmp", AT_HELLO, shut },
	{ "garbage-qmp", AT_HELLO, shout, "Hello, world\n" },
	{ "endless-qmp", AT_HELLO, shout_long, .code = '{' },
	{ "no-greeting", AT_HELLO, shout, "{\"hello\": 1}\n" },
	{ "mute-qmp", AT_HELLO, stay },
	{ "garbage-at-cont", AT_CONT, shout, "[1, 2]\n" },
	{ "die-at-cont", AT_CONT, die, QEMU "Could not allocate dynamic translator buffer\n", 1 },

	{ "boot-panic", AT_BOOT, panic,
	  "[    0.9] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n[    0.9] CPU: 0\r\n" },
	{ "boot-gives-up", AT_BOOT, give_up, "fw_cfg has no opt/numarig/job that can be read" },
	{ "boot-resets", AT_BOOT, end_silently },
	{ "die-in-boot", AT_BOOT, die, QEMU "KVM internal error\n", 1 },
	{ "never-stop", AT_BOOT, stay },
	{ "boot-half-frame", AT_BOOT, cut, .code = 20 },
	{ "migrate-fails", AT_SAVE, fail_migration, "Unable to write to file: No space left on device" },
	{ "die-in-migrate", AT_SAVE, die, QEMU "file migration: oops\n", 1 },
	{ "wrong-distance", AT_NONE, .words = "15 10 16 25\n", STREAM(FILE, NODE1_DISTANCE) },
	{ "wrong-cpus", AT_NONE, .words = "2\n", STREAM(FILE, "/sys/devices/system/node/node1/cpulist") },
	{ "missing-online", AT_NONE, .words = "0-2\n", STREAM(FILE, "/sys/devices/system/node/online") },

	{ "restore-fails", AT_RESTORE, fail_migration, "Invalid argument" },
	{ "die-in-restore", AT_RESTORE, die, QEMU "load of migration failed: Invalid argument\n", 1 },

	{ "stderr-words", AT_JOB, mutter, QEMU "warning: TCG doesn't support requested feature\n" },
	{ "die-in-the-middle", AT_JOB, die_halfway, QEMU "Bad ram pointer (nil)\n", 1 },
	{ "abort-in-the-middle", AT_JOB, fall_halfway, .code = SIGABRT },
	{ "panic", AT_JOB, panic, "Kernel panic - not syncing: Fatal exception\r\n" },
	{ "oops", AT_JOB, panic, "BUG: kernel NULL pointer dereference, address: 0000000000000008\r\n" },
	{ "silent-exit", AT_JOB, end_silently },
	{ "hang", AT_JOB, shout,
	  EVENT "\"WATCHDOG\", \"data\": {\"action\": \"pause\"}}\n" EVENT "\"STOP\"}\n" },
	{ "garbage-in-the-middle", AT_JOB, shout, "\x01\x02 no QMP\n" },
	{ "close-qmp-in-the-middle", AT_JOB, shut },
	{ "never-ends", AT_JOB, hold_halfway },
	{ "flood", AT_JOB, flood },
	{ "console-flood", AT_JOB, flood_console },
	{ "spins", AT_JOB, spin },
	{ "cont-unanswered", AT_CONT, end_unanswered, .code = EXIT_STATUS_DONE },
	{ "cont-unanswered-dies", AT_CONT, end_unanswered, QEMU "Bad ram pointer (nil)\n", 1 },
	{ "cont-refused", AT_CONT, refuse, "Resetting the Virtual Machine is required" },
	{ "warns-and-dies", AT_JOB, die_halfway, QEMU "warning: TCG doesn't support requested feature\n", 1 },
	{ "no-records", AT_JOB, cut_all },
	{ "half-frame", AT_JOB, cut, .code = 20 },
	{ "no-end", AT_JOB, cut_last },
	{ "goes-on", AT_JOB, go_on, "and on" },
	{ "bad-crc", AT_JOB, falsify, "0 128\nNRG " },
	{ "lost-record", AT_JOB, lose },
	{ "words-not-utf8", AT_JOB, die_halfway, QEMU "\xff\xfe\x80\n", 1 },
	{ "panic-not-utf8", AT_JOB, panic, "BUG: \xff\xfe\x80\r\n" },
	{ "no-record-at-all", AT_JOB, falsify, "NRG " },

	{ "lies-about-values", AT_NONE, .words = "2 5", STREAM(VALUE, "area_elsewhere") },
	{ "unknown-value", AT_NONE, .words = "2 5", STREAM(VALUE, "arae") },
	{ "malformed-value", AT_NONE, .words = "two 5", STREAM(VALUE, "area") },
	{ "malformed-counter", AT_NONE, .words = "18446744073709551616 x\n", STREAM(FILE, "/proc/vmstat") },
	{ "change-of-nothing", AT_NONE, .words = "0 x\n", STREAM(DELTA, "/proc/never") },
	{ "skips", AT_NONE, .words = "the kernel has no mempolicy", STREAM(SKIP, "workload") },
	{ "workload-broken", AT_NONE, .words = "mmap: Cannot allocate memory", STREAM(BROKEN, "workload") },
	{ "workload-fails", AT_NONE, .words = "3", STREAM(EXIT, "code") },
	{ "workload-says-bytes", AT_NONE, .words = "\xc3\x28\x01", STREAM(BROKEN, "workload") },
	{ "workload-crashes", AT_NONE, .words = "11", STREAM(EXIT, "signal") },
	{ "workload-oom", AT_NONE, .words = "9", .code = 9, STREAM(EXIT, "signal") },
	{ "workload-late", AT_NONE, .words = "30000000000", STREAM(EXIT, "deadline") },
	{ "workload-floods", AT_NONE, .words = "4194304", STREAM(EXIT, "flood") },
	{ "workload-code-lies", AT_NONE, .words = "4294967296", STREAM(EXIT, "code") },
	{ "workload-signal-lies", AT_NONE, .words = "65", STREAM(EXIT, "signal") },
	{ "workload-vanishes", AT_NONE, .words = "1", STREAM(EXIT, "somehow") },
};

const struct scenario *scenario_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name && *name ? name : "good"))
			return &table[i];
	return NULL;
}

void scenario_at(struct fake *f, enum stage stage)
{
	if (f->scenario->stage == stage && f->scenario->play)
		f->scenario->play(f, f->scenario);
}
