/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qemu/argv.h: what each way of starting QEMU needs around the machine's options, which test_goldens.c looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "qemu/argv.h"

#define DIR TEST_SOURCE_DIR "/topologies"

static struct topo *loaded(const char *name)
{
	auto_free char *path = xasprintf(DIR "/%s.json", name);
	struct err err = ERR_INIT;
	struct topo *t;

	if (topo_load(path, &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static bool has(const struct strlist *l, const char *option, const char *value)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], option) && (!value || (i + 1 < l->n && !strcmp(l->v[i + 1], value))))
			return true;
	return false;
}

static void must(const struct strlist *l, const char *option, const char *value)
{
	if (!has(l, option, value))
		fail_msg("no %s %s", option, value ? value : "");
}

static void must_not(const struct strlist *l, const char *option, const char *value)
{
	if (has(l, option, value))
		fail_msg("%s %s should not be there", option, value ? value : "");
}

/* The value behind the option's first appearance. */
static const char *value_of(const struct strlist *l, const char *option)
{
	for (size_t i = 0; i + 1 < l->n; i++)
		if (!strcmp(l->v[i], option))
			return l->v[i + 1];
	fail_msg("no %s", option);
	return NULL;
}

static const char *const ram[TOPO_NODES_MAX] = { "/proc/self/fd/4", "/proc/self/fd/5" };

static struct argv_spec boot_spec(const struct topo *t)
{
	return (struct argv_spec){ .topo = t,
				   .engine = ENGINE_EXACT,
				   .shift = 3,
				   .qemu = "/usr/bin/qemu-system-x86_64",
				   .firmware = "/fw/qboot.rom",
				   .kernel = "/k/vmlinuz",
				   .initrd = "/c/guest.cpio",
				   .ram = ram,
				   .ram_shared = true,
				   .job = "/w/job",
				   .records = "/w/records",
				   .console = "/w/console",
				   .qmp_fd = 3 };
}

static void boot(void **state)
{
	auto_topo struct topo *t = loaded("2node");
	auto_strlist struct strlist l = { 0 }, again = { 0 };
	struct argv_spec s = boot_spec(t);

	(void)state;
	argv_build(&s, &l);
	argv_build(&s, &again);
	assert_int_equal(l.n, again.n);
	for (size_t i = 0; i < l.n; i++)
		assert_string_equal(l.v[i], again.v[i]);
	assert_string_equal(l.v[0], s.qemu);
	must(&l, "-icount", "shift=3,sleep=off");
	must(&l, "-accel", "tcg,thread=single");
	must(&l, "-rtc", "base=2020-01-01T00:00:00,clock=vm");
	must(&l, "-object", "memory-backend-file,id=ram0,size=256M,mem-path=/proc/self/fd/4,share=on");
	must(&l, "-object", "memory-backend-file,id=ram1,size=256M,mem-path=/proc/self/fd/5,share=on");
	must(&l, "-bios", "/fw/qboot.rom");
	must(&l, "-kernel", "/k/vmlinuz");
	must(&l, "-initrd", "/c/guest.cpio");
	must(&l, "-append", argv_append_base);
	must(&l, "-chardev", "file,id=records,path=/w/records");
	must(&l, "-chardev", "file,id=console,path=/w/console");
	must(&l, "-fw_cfg", "name=opt/numarig/job,file=/w/job");
	must(&l, "-chardev", "socket,id=qmp,fd=3");
	must(&l, "-mon", "chardev=qmp,mode=control");
	must(&l, "-S", NULL);
	must(&l, "-nodefaults", NULL);
	must_not(&l, "-incoming", NULL);
	must_not(&l, "-gdb", NULL);
	s.append = "cma=64M";
	strlist_free(&again);
	argv_build(&s, &again);
	auto_free char *append = xasprintf("%s cma=64M", argv_append_base);
	must(&again, "-append", append);
}

static void restore(void **state)
{
	auto_topo struct topo *t = loaded("2node");
	auto_strlist struct strlist l = { 0 };
	struct argv_spec s = boot_spec(t);

	(void)state;
	s.kernel = s.initrd = NULL;
	s.ram_shared = false;
	s.shift = 5;
	s.incoming = true;
	s.files = "/w/files";
	s.gdb = "unix:/run/user/1000/numarig-gdb.a/gdb,server=on,wait=off";
	argv_build(&s, &l);
	must(&l, "-icount", "shift=5,sleep=off");
	must(&l, "-object", "memory-backend-file,id=ram0,size=256M,mem-path=/proc/self/fd/4,share=off");
	must(&l, "-incoming", "defer");
	must(&l, "-fw_cfg", "name=opt/numarig/files,file=/w/files");
	must(&l, "-gdb", "unix:/run/user/1000/numarig-gdb.a/gdb,server=on,wait=off");
	must_not(&l, "-kernel", NULL);
	must_not(&l, "-append", NULL);
}

/* The saving and the restoring side make the same machine: all but shift and sharing of memory is equal. */
static void both_sides_agree(void **state)
{
	static const char *const goes[] = { "-incoming", "-S", "-kernel", "-initrd", "-append", "-icount" };
	auto_topo struct topo *t = loaded("hmat-tiers");
	auto_strlist struct strlist a = { 0 }, b = { 0 };
	struct argv_spec save = boot_spec(t), back = save;

	(void)state;
	save.ram = back.ram = (const char *const[TOPO_NODES_MAX]){ "/r", "/r", "/r", "/r", "/r", "/r" };
	back.kernel = back.initrd = NULL;
	back.shift = 6;
	back.incoming = true;
	argv_build(&save, &a);
	argv_build(&back, &b);
	size_t machine = 0;
	for (size_t i = 0; i + 1 < a.n; i++) {
		bool differs = false;

		for (size_t k = 0; k < ARRAY_SIZE(goes); k++)
			differs = differs || !strcmp(a.v[i], goes[k]);
		if (*a.v[i] != '-' || differs)
			continue;
		must(&b, a.v[i], *a.v[i + 1] == '-' ? NULL : a.v[i + 1]);
		machine++;
	}
	assert_true(machine > 20);
}

static void other_engines(void **state)
{
	auto_topo struct topo *t = loaded("2node");
	auto_strlist struct strlist exact = { 0 }, fast = { 0 }, kvm = { 0 }, shell = { 0 };
	struct argv_spec s = boot_spec(t);

	(void)state;
	argv_build(&s, &exact);
	s.engine = ENGINE_FAST;
	argv_build(&s, &fast);
	must(&fast, "-accel", "tcg,thread=multi");
	must(&fast, "-object", "memory-backend-ram,id=ram0,size=256M");
	must_not(&fast, "-icount", NULL);
	must_not(&fast, "-rtc", NULL);
	must_not(&fast, "-seed", NULL);
	must(&fast, "-cpu", value_of(&exact, "-cpu"));
	s.engine = ENGINE_KVM;
	argv_build(&s, &kvm);
	must(&kvm, "-accel", "kvm");
	must(&kvm, "-cpu", "host");
	must_not(&kvm, "-icount", NULL);
	s.engine = ENGINE_FAST;
	s.job = NULL;
	s.job_text = "mode shell\n";
	s.terminal = true;
	s.qmp_fd = -1;
	argv_build(&s, &shell);
	must(&shell, "-chardev", "stdio,id=console,signal=off");
	must(&shell, "-serial", "chardev:console");
	must(&shell, "-fw_cfg", "name=opt/numarig/job,string=mode shell\n");
	must_not(&shell, "-mon", NULL);
	must_not(&shell, "-S", NULL); /* nobody would say `cont` */
}

/* Inside of an option a comma ends the value: QEMU wants it doubled. Elsewhere it is a letter like any other. */
static void commas(void **state)
{
	static const char *const there[TOPO_NODES_MAX] = { "/a,b/ram0", "/,,/ram1" };
	auto_topo struct topo *t = loaded("2node");
	auto_strlist struct strlist l = { 0 }, text = { 0 };
	struct argv_spec s = boot_spec(t);

	(void)state;
	s.ram = there;
	s.kernel = "/k,1/vmlinuz";
	s.initrd = "/c,1/guest";
	s.firmware = "/f,1/q.rom";
	s.job = "/w,1/job";
	s.files = "/w,1/files";
	s.records = "/w,1/records";
	s.console = ",";
	argv_build(&s, &l);
	must(&l, "-object", "memory-backend-file,id=ram0,size=256M,mem-path=/a,,b/ram0,share=on");
	must(&l, "-object", "memory-backend-file,id=ram1,size=256M,mem-path=/,,,,/ram1,share=on");
	must(&l, "-chardev", "file,id=records,path=/w,,1/records");
	must(&l, "-chardev", "file,id=console,path=,,");
	must(&l, "-fw_cfg", "name=opt/numarig/job,file=/w,,1/job");
	must(&l, "-fw_cfg", "name=opt/numarig/files,file=/w,,1/files");
	must(&l, "-kernel", "/k,1/vmlinuz");
	must(&l, "-initrd", "/c,1/guest");
	must(&l, "-bios", "/f,1/q.rom");
	s.job = NULL;
	s.job_text = "seed 1,2\n";
	argv_build(&s, &text);
	must(&text, "-fw_cfg", "name=opt/numarig/job,string=seed 1,,2\n");
}

/* An APIC id has whole bits for the core: 51 sockets of 5 CPUs need ids up to 404, which one byte does not hold. */
static void sockets_of_odd_sizes(void **state)
{
	static const struct {
		unsigned nodes, cpus;
		const char *smp;
	} cases[] = {
		{ 51, 5, "255,sockets=255,cores=1,threads=1" },
		{ 31, 5, "155,sockets=31,cores=5,threads=1" },
		{ 33, 5, "165,sockets=165,cores=1,threads=1" },
		{ 63, 4, "252,sockets=63,cores=4,threads=1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text struct text json = { 0 };
		auto_topo struct topo *t = NULL;
		auto_strlist struct strlist l = { 0 };
		struct err err = ERR_INIT;

		for (unsigned n = 0; n < cases[i].nodes; n++)
			text_printf(&json, "%s{\"cpus\":%u,\"mem\":\"64M\"}", n ? "," : "{\"nodes\":[",
				    cases[i].cpus);
		text_printf(&json, "]}");
		if (topo_parse(json.s, json.len, "made", &t, &err))
			fail_msg("%s", err.msg);
		struct argv_spec s = boot_spec(t);
		s.ram = NULL;
		argv_build(&s, &l);
		assert_string_equal(value_of(&l, "-smp"), cases[i].smp);
	}
}

/* Nodes of unlike CPU counts can't be sockets of one size; a node without memory has no backend. */
static void shapes(void **state)
{
	static const struct {
		const char *json, *smp, *m, *cpus;
	} cases[] = {
		/* the empty node's place is that of a CPU that is not there */
		{ "{\"nodes\":[{\"cpus\":1,\"mem\":\"64M\"},{\"empty\":\"offline\"},{\"cpus\":1,\"mem\":\"64M\"}]}",
		  "1,maxcpus=3,sockets=3,cores=1,threads=1", "size=128M", "node,nodeid=1,cpus=1-1" },
		{ "{\"nodes\":[{\"cpus\":\"0,3\",\"mem\":\"64M\"},{\"empty\":\"offline\"},{\"cpus\":\"1\"},"
		  "{\"empty\":\"online\"},{\"cpus\":\"2\"}]}",
		  "1,maxcpus=6,sockets=6,cores=1,threads=1", "size=64M",
		  "node,nodeid=0,cpus=0-0,cpus=5-5,memdev=ram0" },
		{ "{\"nodes\":[{\"cpus\":\"0,2\",\"mem\":\"64M\"},{\"cpus\":\"1,3\",\"mem\":\"64M\"}]}",
		  "4,sockets=4,cores=1,threads=1", "size=128M",
		  "node,nodeid=0,cpus=0-0,cpus=2-2,memdev=ram0" },
		{ "{\"nodes\":[{\"cpus\":\"0,2-3\",\"mem\":\"64M\"},{\"cpus\":\"1,4-5\"}]}",
		  "6,sockets=6,cores=1,threads=1", "size=64M", "node,nodeid=1,cpus=1-1,cpus=4-5" },
		{ "{\"nodes\":[{\"cpus\":\"2-3\",\"mem\":\"64M\"},{\"cpus\":\"0-1\",\"mem\":\"64M\"}]}",
		  "4,sockets=2,cores=2,threads=1", "size=128M", "node,nodeid=0,cpus=2-3,memdev=ram0" },
		{ "{\"nodes\":[{\"cpus\":2,\"mem\":\"64M\"},{\"cpus\":2,\"mem\":\"64M\"}]}",
		  "4,sockets=2,cores=2,threads=1", "size=128M" },
		{ "{\"nodes\":[{\"cpus\":2,\"mem\":\"64M\"},{\"cpus\":1,\"mem\":\"64M\"}]}",
		  "3,sockets=3,cores=1,threads=1", "size=128M" },
		{ "{\"nodes\":[{\"cpus\":2,\"mem\":\"64M\"},{\"mem\":\"64M\"}]}",
		  "2,sockets=1,cores=2,threads=1", "size=128M" },
		{ "{\"nodes\":[{\"cpus\":1,\"mem\":\"64M\"},{\"cpus\":1}]}", "2,sockets=2,cores=1,threads=1",
		  "size=64M" },
		{ "{\"nodes\":[{\"cpus\":1,\"mem\":\"64M\",\"hotplug\":\"128M\"}]}",
		  "1,sockets=1,cores=1,threads=1", "size=64M,slots=1,maxmem=192M" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_topo struct topo *t = NULL;
		auto_strlist struct strlist l = { 0 };
		struct err err = ERR_INIT;

		if (topo_parse(cases[i].json, strlen(cases[i].json), "made", &t, &err))
			fail_msg("%s", err.msg);
		struct argv_spec s = boot_spec(t);
		argv_build(&s, &l);
		assert_string_equal(value_of(&l, "-smp"), cases[i].smp);
		assert_string_equal(value_of(&l, "-m"), cases[i].m);
		if (cases[i].cpus)
			must(&l, "-numa", cases[i].cpus);
		assert_int_equal(
			has(&l, "-object",
			    "memory-backend-file,id=ram1,size=64M,mem-path=/proc/self/fd/5,share=on"),
			t->nodes > 1 && t->node[1].mem_bytes);
	}
}

static void quoting(void **state)
{
	auto_strlist struct strlist l = { 0 };
	auto_text struct text t = { 0 };

	(void)state;
	for (const char *const *w =
		     (const char *const[]){ "/bin/q", "-a", "plain,x=1:2_+@", "-b", "two words", "-c", "it's",
					    "-d", "", "-e", "$HOME", "-f", "a\nb", "'", "-S", NULL };
	     *w; w++)
		strlist_add(&l, "%s", *w);
	argv_shell(&l, &t);
	assert_string_equal(
		t.s,
		"/bin/q \\\n\t-a plain,x=1:2_+@ \\\n\t-b 'two words' \\\n\t-c 'it'\\''s' \\\n\t-d '' \\\n\t"
		"-e '$HOME' \\\n\t-f 'a\nb' ''\\''' \\\n\t-S\n");
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(engine_find("exact"), ENGINE_EXACT);
	assert_int_equal(engine_find("fast"), ENGINE_FAST);
	assert_int_equal(engine_find("kvm"), ENGINE_KVM);
	assert_int_equal(engine_find("auto"), -1);
	assert_int_equal(engine_find(""), -1);
	assert_string_equal(engine_name(ENGINE_FAST), "fast");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boot),
		cmocka_unit_test(restore),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(other_engines),
		cmocka_unit_test(commas),
		cmocka_unit_test(shapes),
		cmocka_unit_test(sockets_of_odd_sizes),
		cmocka_unit_test(quoting),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("argv", tests, NULL, NULL);
}
