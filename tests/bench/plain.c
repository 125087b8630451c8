/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "machine/boot.h"

#define PLAIN_DEADLINE_NS 300000000000ull
#define LOOK_MS 2 /* so is the grain of what is measured, of seconds */

/* The shape's options out of the command line our own engine would use: they are the same bytes. */
static void add_shape(const struct setup *r, struct strlist *argv)
{
	static const char *const shape[] = { "-smp", "-m", "-object", "-numa" };
	auto_strlist struct strlist ours = { 0 };
	struct argv_spec spec = boot_spec(r, NULL, "", "");

	spec.engine = ENGINE_FAST;
	spec.job_text = "";
	argv_build(&spec, &ours);
	for (size_t i = 0; i + 1 < ours.n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(shape); k++)
			if (!strcmp(ours.v[i], shape[k])) {
				strlist_add(argv, "%s", ours.v[i]);
				strlist_add(argv, "%s", ours.v[i + 1]);
			}
}

void plain_argv(const struct setup *r, const char *records, const char *console, struct strlist *argv)
{
	static const char *const fixed[] = { "-accel",	 "tcg",	 "-display",  "none",
					     "-monitor", "none", "-no-reboot" };

	strlist_add(argv, "%s", r->qemu.path);
	if (r->topo->hmat) {
		strlist_add(argv, "-machine");
		strlist_add(argv, "pc,hmat=on");
	}
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		strlist_add(argv, "%s", fixed[i]);
	add_shape(r, argv);
	strlist_add(argv, "-kernel");
	strlist_add(argv, "%s", r->kernel.image);
	strlist_add(argv, "-initrd");
	strlist_add(argv, "%s", r->guest.initramfs);
	strlist_add(argv, "-append");
	strlist_add(argv, "console=ttyS0 panic=-1");
	strlist_add(argv, "-serial");
	strlist_add(argv, "file:%s", console);
	strlist_add(argv, "-chardev");
	strlist_add(argv, "file,id=records,path=%s", records);
	strlist_add(argv, "-device");
	strlist_add(argv, "isa-debugcon,iobase=0xe9,chardev=records");
	strlist_add(argv, "-fw_cfg");
	strlist_add(argv, "name=opt/numarig/job,string=mode shell\n");
	strlist_add(argv, "-chardev");
	strlist_add(argv, "socket,id=qmp,fd=%d", VM_QMP_FD);
	strlist_add(argv, "-mon");
	strlist_add(argv, "chardev=qmp,mode=control");
}

/* The console's last bytes hold a prompt. (busybox asks the terminal for its cursor behind it.) */
static bool at_prompt(const char *console)
{
	auto_close int fd = open(console, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char tail[24];

	if (fd < 0 || fstat(fd, &st))
		return false;
	off_t from = st.st_size > (off_t)sizeof(tail) ? st.st_size - (off_t)sizeof(tail) : 0;
	ssize_t n = pread(fd, tail, sizeof(tail), from);
	return n > 0 && memmem(tail, (size_t)n, " # ", 3);
}

static int watch(struct vm *vm, const char *records, const char *console, uint64_t start, struct plain *out,
		 struct err *err)
{
	for (;;) {
		struct pollfd p = { vm->pidfd, POLLIN, 0 };
		struct stat st;

		poll(&p, 1, LOOK_MS);
		uint64_t now = host_ns() - start;
		if (!out->record_ns && !stat(records, &st) && st.st_size)
			out->record_ns = now;
		if (out->record_ns && at_prompt(console)) {
			out->shell_ns = now;
			return 0;
		}
		if (interrupt_check(err))
			return err->code;
		if (p.revents)
			return err_set(err, -EIO, "QEMU ended before the guest came to its shell");
		if (now > PLAIN_DEADLINE_NS)
			return err_set(err, -ETIMEDOUT, "the guest has not come to its shell after %llu s",
				       PLAIN_DEADLINE_NS / 1000000000);
	}
}

int plain_boot(const struct setup *r, const char *dir, struct plain *out, struct err *err)
{
	auto_free char *records = xasprintf("%s/plain.records", dir);
	auto_free char *console = xasprintf("%s/plain.console", dir);
	auto_strlist struct strlist argv = { 0 };
	auto_vm struct vm vm = VM_INIT;
	struct vm_spec spec = { 0 };

	*out = (struct plain){ 0 };
	unlink(records);
	unlink(console);
	plain_argv(r, records, console, &argv);
	spec.argv = argv.v;
	uint64_t start = host_ns();
	if (vm_start(&vm, &spec, err))
		return err_prefix(err, "plain boot");
	if (watch(&vm, records, console, start, out, err))
		return boot_why(console, records, err), err_prefix(err, "plain boot");
	return 0;
}
