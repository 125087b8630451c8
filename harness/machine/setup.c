/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "plan/plan.h"
#include "kit/tool.h"

#define BIOS "bios-256k.bin"

/* Where distributions keep QEMU's ROMs; a QEMU of the user's own has them beside it. */
static char *find_rom(const char *qemu, const char *name)
{
	const char *slash = strrchr(qemu, '/');
	auto_free char *own = slash ? xasprintf("%.*s/../share/qemu", (int)(slash - qemu), qemu) : NULL;
	const char *const dirs[] = { own, "/usr/share/qemu", "/usr/share/seabios", "/usr/local/share/qemu" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		auto_free char *path = dirs[i] ? xasprintf("%s/%s", dirs[i], name) : NULL;

		if (path && path_exists(path))
			return take_ptr(path);
	}
	return NULL;
}

static int hash_roms(const struct cache *c, struct qemu *q, struct err *err)
{
	static const char *const roms[] = { "qboot.rom", "linuxboot_dma.bin", "pvh.bin", "kvmvapic.bin" };
	auto_text struct text all = { 0 };

	q->firmware = find_rom(q->path, roms[0]);
	if (!q->firmware)
		return err_set(
			err, -ENOPKG,
			"qboot.rom: QEMU's small firmware is not on this machine: install the package qemu-system-data");
	q->bios = find_rom(q->path, BIOS);
	if (q->bios && cache_hash(c, q->bios, &q->bios_sha256, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(roms); i++) {
		auto_free char *path = find_rom(q->path, roms[i]);
		struct sha256 one;

		if (!path)
			continue;
		if (cache_hash(c, path, &one, err))
			return err->code;
		text_printf(&all, "%s %s\n", roms[i], one.hex);
	}
	sha256_bytes(all.s, all.len, &q->roms);
	return 0;
}

/* Asking QEMU takes 30 ms: what it says is remembered under the binary's digest. */
static int ask(const struct cache *c, struct qemu *q, const char *what, const char *const *args,
	       struct text *output, int *code, struct err *err)
{
	auto_free char *memo = cache_path(c, "hashes/asked-%s-%.32s", what, q->sha256.hex);
	auto_strlist struct strlist argv = { 0 };
	auto_text struct text out = { 0 }, why = { 0 };
	struct err ignored = ERR_INIT;

	*code = 0;
	if (!file_read(memo, 512, output, &ignored) && output->len)
		return 0;
	text_free(output);
	strlist_add(&argv, "%s", q->path);
	for (; *args; args++)
		strlist_add(&argv, "%s", *args);
	struct tool t = { .argv = argv.v, .env = environ, .deadline_ms = 30000 };
	if (tool_run(&t, &out, &why, code, err))
		return err->code;
	char line[256];
	tool_first_line(*code ? &why : &out, line, sizeof(line));
	text_printf(output, "%s", line);
	if (!*code)
		file_write(memo, output->s, output->len, &ignored);
	return 0;
}

static int ask_version(const struct cache *c, struct qemu *q, struct err *err)
{
	static const char *const args[] = { "--version", NULL };
	auto_text struct text output = { 0 };
	int code;

	if (ask(c, q, "version", args, &output, &code, err))
		return err->code;
	const char *v = strstr(text_str(&output), "version ");
	if (code || !v)
		return err_set(err, -ENOEXEC, "%s --version: prints \"%s\", which is no QEMU", q->path,
			       text_str(&output));
	q->version = xstrdup(v + 8);
	return 0;
}

/* A QEMU built without seccomp refuses the option, and a host may refuse the filter: then it runs without. */
static int ask_sandbox(const struct cache *c, struct qemu *q, struct err *err)
{
	const char *const args[] = { "-sandbox", argv_sandbox(ENGINE_FAST), "-machine", "help", NULL };
	auto_text struct text output = { 0 };
	int code;

	if (ask(c, q, "sandbox", args, &output, &code, err))
		return err->code;
	q->sandbox = !code;
	return 0;
}

int qemu_find(const struct cache *c, struct qemu *q, struct err *err)
{
	const char *own = getenv("NUMARIG_QEMU");
	unsigned major = 0, minor = 0;

	*q = (struct qemu){ .path = tool_which(own && *own ? own : "qemu-system-x86_64") };
	if (!q->path)
		return err_set(
			err, -ENOPKG,
			"qemu-system-x86_64: is not on this machine: install the package qemu-system-x86 or set NUMARIG_QEMU");
	if (!path_exists(q->path))
		return err_set(err, -ENOENT, "NUMARIG_QEMU=%s: there is no such program", own);
	if (cache_hash(c, q->path, &q->sha256, err) || ask_version(c, q, err) || ask_sandbox(c, q, err))
		return err->code;
	sscanf(q->version, "%u.%u", &major, &minor);
	if (major < QEMU_OLDEST_MAJOR || (major == QEMU_OLDEST_MAJOR && minor < QEMU_OLDEST_MINOR))
		return err_set(err, -ENOTSUP, "%s: QEMU %s is too old, %d.%d or later is needed", q->path,
			       q->version, QEMU_OLDEST_MAJOR, QEMU_OLDEST_MINOR);
	return hash_roms(c, q, err);
}

void qemu_free(struct qemu *q)
{
	free(q->path);
	free(q->version);
	free(q->firmware);
	free(q->bios);
	*q = (struct qemu){ 0 };
}

void setup_free(struct setup *r)
{
	qemu_free(&r->qemu);
	topo_free(r->topo);
	kernel_free(&r->kernel);
	guest_free(&r->guest);
	cache_close(&r->cache);
	free(r->append);
	free(r->steady);
	free(r->trace);
	free(r->trace_lacks);
	free(r->tree);
	free(r->build);
	*r = (struct setup){ .guest = { .lock = -1 } };
}

const char *setup_firmware(const struct setup *r)
{
	return r->topo->devices ? r->qemu.bios : r->qemu.firmware;
}

/* Of all ROMs that this machine's boot may read. */
static void firmware_sha256(const struct setup *r, struct sha256 *out)
{
	auto_text struct text all = { 0 };

	*out = r->qemu.roms;
	if (!r->topo->devices)
		return;
	text_printf(&all, "%s\n" BIOS " %s\n", r->qemu.roms.hex, r->qemu.bios_sha256.hex);
	sha256_bytes(all.s, all.len, out);
}

/* The highest shift at which 4 ms have `room` times as many instructions as a tick on each CPU takes. */
static unsigned room_for_ticks(unsigned cpus, unsigned most, unsigned room)
{
	while (most && cpus << most > 1024 / room)
		most--;
	return most;
}

unsigned setup_boot_shift(unsigned cpus)
{
	return cpus <= 8 ? 4 : cpus <= 32 ? 3 : room_for_ticks(cpus, 3, 4);
}

unsigned setup_job_shift(unsigned asked, unsigned cpus)
{
	if (asked != SHIFT_AUTO)
		return asked;
	return cpus <= 32 ? JOB_SHIFT : room_for_ticks(cpus, JOB_SHIFT, 2);
}

json_t *setup_inputs(const struct setup *r)
{
	auto_text struct text machine = { 0 };
	auto_text struct text job = { 0 };
	struct sha256 sha, firmware, boot_job = { "" };

	if (r->engine == ENGINE_EXACT) {
		plan_boot_job(&job);
		sha256_bytes(job.s, job.len, &boot_job);
	}
	firmware_sha256(r, &firmware);
	argv_machine_text(r->topo, r->engine, r->boot_shift, &machine);
	sha256_bytes(machine.s, machine.len, &sha);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "qemu", r->qemu.sha256.hex,
			 "firmware", firmware.hex, "kernel", r->kernel.sha256.hex, "boot_image",
			 r->kernel.boot_sha256.hex, "initramfs", r->guest.sha256.hex, "argv", sha.hex,
			 "append_base", argv_append_base, "append", r->append, "steady",
			 r->engine == ENGINE_EXACT ? r->steady_sha256.hex : "", "boot_job", boot_job.hex);
}
