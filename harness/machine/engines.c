/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/engines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/suggest.h"
#include "machine/vm_run.h"

/* A real boot: the agent reads a job that has it end at once. */
static int probe_in(struct setup *r, const char *dir, char *why, size_t size, struct err *err)
{
	static const char job[] = "mode exec\ndeadline 5000000000\narg /bin/busybox\narg true\n";
	auto_free char *job_path = xasprintf("%s/job", dir);
	auto_free char *records = xasprintf("%s/records", dir);
	auto_free char *console = xasprintf("%s/console", dir);
	struct vm_run s = {
		.setup = r, .job = job_path, .records = records, .console = console, .limit_s = KVM_PROBE_S
	};

	if (file_write(job_path, job, sizeof(job) - 1, err))
		return err->code;
	int code = vm_run(&s, err);
	if (code == -EINTR)
		return code;
	if (code)
		snprintf(why, size, "%s", err->msg);
	else if (s.end == VM_EXIT_TIMEOUT || s.end == VM_EXIT_STALLED)
		snprintf(why, size,
			 "/dev/kvm opens, but the guest hangs: its agent did not start within %d s",
			 KVM_PROBE_S);
	else if (s.end != VM_EXIT_DONE)
		snprintf(why, size, "%s", s.why);
	err->code = 0;
	return 0;
}

static int probe(struct setup *r, char *why, size_t size, struct err *err)
{
	auto_free char *dir = NULL;
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;
	enum engine before = r->engine;

	if (cache_scratch(&r->cache, &dir, &lock, err))
		return err->code;
	r->engine = ENGINE_KVM;
	int code = probe_in(r, dir, why, size, err);
	r->engine = before;
	dir_remove(dir, &ignored);
	return code;
}

int engine_kvm_verdict(struct setup *r, char *why, size_t size, struct err *err)
{
	auto_free char *memo = cache_path(&r->cache, "hashes/kvm");
	auto_text struct text boot = { 0 };
	auto_text struct text old = { 0 };
	auto_text struct text now = { 0 };
	struct err ignored = ERR_INIT;

	why[0] = 0;
	auto_close int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, size, "/dev/kvm: %s", strerror(errno));
		return 0;
	}
	if (file_read("/proc/sys/kernel/random/boot_id", 64, &boot, err))
		return err->code;
	text_printf(&now, "%.36s %s\n", boot.s, r->qemu.sha256.hex);
	if (!file_read(memo, 4096, &old, &ignored) && old.len > now.len && !memcmp(old.s, now.s, now.len)) {
		snprintf(why, size, "%.*s", (int)strcspn(old.s + now.len, "\n"), old.s + now.len);
		return 0;
	}
	if (probe(r, why, size, err))
		return err->code;
	text_printf(&now, "%s\n", why);
	file_write(memo, now.s, now.len, &ignored);
	return 0;
}

int engine_choose(const char *asked, struct setup *r, struct err *err)
{
	static const char *const names[] = { "exact", "fast", "kvm", "auto", NULL };
	bool automatic = asked && !strcmp(asked, "auto");
	int e = engine_find(asked ? asked : "exact");
	char why[512];

	if (e < 0 && !automatic) {
		const char *near = suggest(asked, names);

		return err_set(err, -EINVAL, "no engine \"%s\"%s%s%s: exact, fast, kvm or auto", asked,
			       near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	}
	r->engine = automatic ? ENGINE_EXACT : (enum engine)e;
	if (!automatic && r->engine != ENGINE_KVM)
		return 0;
	if (engine_kvm_verdict(r, why, sizeof(why), err))
		return err->code;
	if (!why[0])
		r->engine = ENGINE_KVM;
	else if (!automatic)
		return err_set(err, -ENODEV, "engine kvm does not work here: %s", why);
	return 0;
}
