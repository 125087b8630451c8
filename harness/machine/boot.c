/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "wire/frame.h"
#include "machine/console.h"

struct argv_spec boot_spec(const struct setup *r, const char *job, const char *records, const char *console)
{
	return (struct argv_spec){
		.topo = r->topo,
		.engine = r->engine,
		.shift = r->boot_shift,
		.qemu = r->qemu.path,
		.firmware = setup_firmware(r),
		.kernel = r->kernel.boot_image ? r->kernel.boot_image : r->kernel.image,
		.initrd = r->guest.initramfs,
		.append = r->append,
		.job = job,
		.records = records,
		.console = console,
		.qmp_fd = VM_QMP_FD,
		.sandbox = r->qemu.sandbox,
	};
}

struct argv_spec boot_shell_spec(const struct setup *r)
{
	struct argv_spec s = boot_spec(r, NULL, "/dev/null", NULL);

	s.job_text = "mode shell\n";
	s.terminal = true;
	s.qmp_fd = -1;
	return s;
}

int boot_ignore_shared(struct qmp *q, struct err *err)
{
	return qmp_call(
		q, "migrate-set-capabilities",
		json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability", "x-ignore-shared", "state", 1),
		NULL, 20000, err);
}

/* The agent's own words in a record stream, when it gave up. */
static char *agent_complaint(const char *records)
{
	auto_text struct text t = { 0 };
	struct err ignored = ERR_INIT;
	struct frame f;
	char why[256];
	size_t pos = 0;

	if (file_read(records, CONSOLE_MOST, &t, &ignored))
		return NULL;
	for (uint64_t seq = 0; frame_next(text_str(&t), t.len, &pos, seq, &f, why, sizeof(why)) > 0; seq++)
		if (f.type == FRAME_BROKEN)
			return xasprintf("%s: %.*s", f.name, (int)f.len, f.payload);
	return NULL;
}

int boot_why(const char *console, const char *records, struct err *err)
{
	if (err->code == -EINTR)
		return err->code;
	auto_free char *panic = console_panic(console);
	auto_free char *complaint = agent_complaint(records);
	if (panic)
		return err_set(err, BOOT_DIED, "the guest's kernel died: %s", panic);
	if (complaint)
		return err_set(err, -EIO, "the guest's agent gave up: %s", complaint);
	return err->code;
}

int boot_watch(struct watch *w, const char *event, unsigned cpus, struct err *err)
{
	w->event = event;
	w->limit_s = BOOT_LIMIT_S(cpus);
	if (!watch_machine(w, err)) {
		if (w->end == VM_EXIT_STOPPED)
			return 0;
		if (w->end == VM_EXIT_TIMEOUT)
			err_set(err, -ETIMEDOUT,
				"%s: does its kernel hang, or lack initrd support or a serial console?",
				w->why);
		else if (w->end == VM_EXIT_DONE)
			err_set(err, -EIO, "the guest ended before the instant at which it is saved");
		else
			err_set(err, -EIO, "%s", w->why);
	}
	return boot_why(w->console, w->records, err);
}
