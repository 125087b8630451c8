/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/place.h"
#include "cli.h"
#include "machine/engines.h"

#define DISK_WANTED (2ull << 30) /* a kernel, its guest and a few snapshots */

static const struct opt opts_doctor[] = {
	{ 'k', "kernel", "KERNEL", "look at this kernel, too: what its .config lacks", set_kernel },
	OPT_END,
};

struct findings {
	unsigned bad;
};

__attribute__((format(printf, 4, 5))) static void say(struct findings *f, bool ok, const char *what,
						      const char *fmt, ...)
{
	va_list ap;

	f->bad += !ok;
	printf("%-4s %-10s ", ok ? "ok" : "BAD", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static void look_at_host(struct findings *f)
{
	struct utsname u;
	struct sysinfo si;

	uname(&u);
	sysinfo(&si);
	say(f, !strcmp(u.machine, "x86_64"), "host", "%s %s, %ld CPUs, %llu MiB", u.release, u.machine,
	    sysconf(_SC_NPROCESSORS_ONLN), (unsigned long long)si.totalram * si.mem_unit >> 20);
}

static void look_at_cache(struct findings *f, const struct cache *c)
{
	struct statvfs v;

	if (statvfs(c->root, &v)) {
		say(f, false, "cache", "%s: can't be looked at", c->root);
		return;
	}
	uint64_t free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	auto_text struct text used = { 0 }, left = { 0 };
	text_bytes(&used, dir_bytes(c->root));
	text_bytes(&left, free_bytes);
	say(f, free_bytes >= DISK_WANTED, "cache", "%s: %s used, %s free", c->root, text_str(&used),
	    text_str(&left));
}

static void look_at_qemu(struct findings *f, const struct qemu *q)
{
	say(f, true, "qemu", "%s: %s, firmware %s", q->path, q->version, q->firmware);
	say(f, true, "sandbox", "%s",
	    q->sandbox ? "QEMU runs under its -sandbox"
		       : "QEMU runs without: it was built without seccomp, or this host refuses the filter");
}

static void look_at_kernel(struct findings *f, struct setup *g, const char *asked)
{
	struct err err = ERR_INIT;
	auto_text struct text lacks = { 0 };
	unsigned count = 0;

	if (kernel_find(&g->cache, g->tree, asked, &g->kernel, &err)) {
		say(f, false, "kernel", "%s", err.msg);
		return;
	}
	say(f, true, "kernel", "%s: %s%s", g->kernel.name, g->kernel.release,
	    g->kernel.elf ? " (vmlinux)" : "");
	if (!g->kernel.config || kernel_missing(g->kernel.config, &lacks, &count, &err)) {
		say(f, true, "config", "not known: no .config beside the kernel");
		return;
	}
	say(f, !count, "config", "%s: %u options are missing", g->kernel.config, count);
	for (char *line = lacks.s ? strtok(lacks.s, "\n") : NULL; line; line = strtok(NULL, "\n"))
		printf("     %-10s %s\n", "", line);
}

static void look_at_engines(struct findings *f, struct setup *g)
{
	struct err err = ERR_INIT;
	char why[512];

	auto_free char *dir = xasprintf("%s/topologies/uma.json", g->tree);
	if (guest_get(&g->cache, g->build, &g->kernel, &g->guest, &err)) {
		say(f, false, "guest", "%s", err.msg);
		return;
	}
	say(f, true, "guest", "%s", g->guest.initramfs);
	say(f, true, "exact", "works with this QEMU");
	if (topo_load(dir, &g->topo, &err) || engine_kvm_verdict(g, why, sizeof(why), &err))
		say(f, true, "kvm", "not known: %s", err.msg);
	else
		say(f, true, "kvm", "%s%s",
		    why[0] ? "no: " : "works: ", why[0] ? why : "a guest came to its agent");
}

static int cmd_doctor(const struct command *c, int argc, char **argv)
{
	struct run_request q = { 0 };
	auto_setup struct setup g = { .guest = { .lock = -1 },
				      .append = xstrdup(""),
				      .boot_shift = setup_boot_shift(1) };
	struct findings f = { 0 };
	struct err err = ERR_INIT;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &q, false, &code);

	if (n < 0)
		return code;
	if (n)
		return cli_usage(c, "\"%s\": this command takes no further argument", argv[1]);
	g.tree = place_data();
	g.build = place_built();
	say(&f, true, "numarig", "%s, data in %s", numarig_version, g.tree);
	look_at_host(&f);
	if (cache_open(&g.cache, &err))
		return cli_fail(&err);
	look_at_cache(&f, &g.cache);
	if (qemu_find(&g.cache, &g.qemu, &err))
		say(&f, false, "qemu", "%s", err.msg);
	else
		look_at_qemu(&f, &g.qemu);
	look_at_kernel(&f, &g, q.kernel ? q.kernel : KERNEL_DEFAULT);
	if (!f.bad)
		look_at_engines(&f, &g);
	return f.bad ? EXIT_HARNESS : EXIT_OK;
}

COMMAND(doctor) = {
	.name = "doctor",
	.args = "[-k KERNEL]",
	.about = "versions, accelerators, disk, caches: first thing to paste in a bug report",
	.opts = opts_doctor,
	.run = cmd_doctor,
};
