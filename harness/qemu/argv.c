/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/argv.h"

#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "topo/cpus.h"
#include "topo/layout.h"

/*
 * x86-64-v2 for programs built for it; no erms: a string store stays a loop the instruction clock sees. rdrand is
 * exact under -seed and spares the kernel 130 M instructions of gathering entropy; 1 GiB pages are for hugetlb.
 */
#define TCG_MODEL "Nehalem"
#define TCG_CPU TCG_MODEL ",+rdrand,+rdseed,-erms,+pdpe1gb,+x2apic,+arat"

static const char *const engine_names[] = { "exact", "fast", "kvm" };

const char *engine_name(enum engine e)
{
	return engine_names[e];
}

int engine_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(engine_names); i++)
		if (!strcmp(engine_names[i], name))
			return (int)i;
	return -1;
}

/*
 * nokaslr norandmaps tsc=reliable: no entropy in addresses, no clock watchdog. The rest makes the boot cheap and
 * leaves alone what a NUMA test measures: docs/internals.md has what each gains.
 */
const char argv_append_base[] =
	"console=ttyS0 quiet panic=-1 nokaslr norandmaps tsc=reliable mitigations=off cryptomgr.notests audit=0 apparmor=0 "
	"no_timer_check 8250.nr_uarts=1 nowatchdog edd=off init_on_alloc=0 random.trust_cpu=1 lsm=capability "
	"initcall_blacklist=jent_mod_init";

/* A path inside an option's value: QEMU wants commas doubled. malloc'ed. */
static char *with_path(const char *before, const char *path)
{
	struct text t = { 0 };

	text_printf(&t, "%s", before);
	for (const char *c = path; *c; c++) {
		text_add(&t, c, 1);
		if (*c == ',')
			text_add(&t, c, 1);
	}
	return t.s;
}

static void opt(struct strlist *out, const char *option, const char *value)
{
	strlist_add(out, "%s", option);
	strlist_add(out, "%s", value);
}

static void opt_path(struct strlist *out, const char *option, const char *before, const char *path)
{
	auto_free char *value = with_path(before, path);

	opt(out, option, value);
}

static void add_processor(const struct argv_spec *s, struct strlist *out)
{
	const struct topo *t = s->topo;
	unsigned per = cpus_per_socket(t), place[TOPO_CPUS_MAX], empty[TOPO_NODES_MAX];

	opt(out, "-cpu", s->engine == ENGINE_KVM ? "host" : TCG_CPU);
	/* A socket a node where the shape allows it: the scheduler's domains then follow the nodes. Else a socket a CPU. */
	strlist_add(out, "-smp");
	if (t->empties) { /* the other CPUs are devices: add_cpus() */
		unsigned places = cpus_places(t, place, empty);

		strlist_add(out, "1,maxcpus=%u,sockets=%u,cores=1,threads=1", places, places);
		return;
	}
	strlist_add(out, "%u,sockets=%u,cores=%u,threads=1", t->cpus, t->cpus / (per ? per : 1),
		    per ? per : 1);
}

static void add_memory(const struct argv_spec *s, struct strlist *out)
{
	const struct topo *t = s->topo;
	uint64_t slots = 0, spare = 0;

	for (unsigned i = 0; i < t->nodes; i++) {
		slots += (t->node[i].dimm_bytes != 0) + (t->node[i].hotplug_bytes != 0);
		spare += t->node[i].dimm_bytes + t->node[i].hotplug_bytes;
	}
	strlist_add(out, "-m");
	if (slots)
		strlist_add(out, "size=%" PRIu64 "M,slots=%" PRIu64 ",maxmem=%" PRIu64 "M",
			    t->mem_bytes >> 20, slots, (t->mem_bytes + spare) >> 20);
	else
		strlist_add(out, "size=%" PRIu64 "M", t->mem_bytes >> 20);
}

/* Each DIMM is a backend and a device that has it. */
static void add_pieces(const struct argv_spec *s, bool dimms, struct strlist *out)
{
	struct layout_piece piece[LAYOUT_PIECES];
	unsigned n = layout_pieces(s->topo, piece);

	for (unsigned i = 0; i < n; i++) {
		const struct layout_piece *p = &piece[i];

		if (p->dimm != dimms)
			continue;
		strlist_add(out, "-object");
		if (s->engine != ENGINE_EXACT || !s->ram) {
			strlist_add(out, "memory-backend-ram,id=%s,size=%" PRIu64 "M", p->name,
				    p->bytes >> 20);
		} else {
			auto_free char *path = with_path("", s->ram[i]);
			strlist_add(
				out, "memory-backend-file,id=%s,size=%" PRIu64 "M,mem-path=%s,share=%s%s",
				p->name, p->bytes >> 20, path, s->ram_shared ? "on" : "off",
				/* QEMU 8.2's way to say it: it opens them for writing, share=off or not */
				s->ram_unwritable ? ",readonly=on,rom=off" : "");
		}
		if (!dimms)
			continue;
		strlist_add(out, "-device");
		strlist_add(out, "pc-dimm,id=module%u,memdev=%s,node=%u", p->slot, p->name, p->slot);
	}
}

/* QEMU wants each range of a list as an option of its own. */
static void node_cpus(const struct idset *cpus, struct text *v)
{
	for (unsigned from = idset_next(cpus, 0), last; from < IDSET_MAX; from = idset_next(cpus, last + 1)) {
		for (last = from; idset_has(cpus, last + 1);)
			last++;
		text_printf(v, ",cpus=%u-%u", from, last);
	}
}

static void add_nodes(const struct topo *t, struct strlist *out)
{
	unsigned place[TOPO_CPUS_MAX], empty[TOPO_NODES_MAX];

	cpus_places(t, place, empty);
	for (unsigned i = 0; i < t->nodes; i++) {
		const struct topo_node *n = &t->node[i];
		auto_text struct text v = { 0 };

		text_printf(&v, "node,nodeid=%u", i);
		struct idset places = { 0 };
		idset_foreach (cpu, &n->cpu_ids)
			idset_add(&places, place[cpu]);
		if (n->empty)
			idset_add(&places, empty[i]);
		node_cpus(&places, &v);
		if (n->mem_bytes)
			text_printf(&v, ",memdev=ram%u", i);
		if (t->hmat && n->initiator >= 0)
			text_printf(&v, ",initiator=%d", n->initiator);
		opt(out, "-numa", v.s);
	}
	for (unsigned from = 0; t->slit && from < t->nodes; from++) {
		for (unsigned to = 0; to < t->nodes; to++) {
			if (from == to)
				continue;
			strlist_add(out, "-numa");
			strlist_add(out, "dist,src=%u,dst=%u,val=%u", from, to, t->distance[from][to]);
		}
	}
}

static void add_hmat(const struct topo *t, struct strlist *out)
{
	for (unsigned from = 0; t->hmat && from < t->nodes; from++) {
		for (unsigned to = 0; to < t->nodes; to++) {
			if (t->latency_ns[from][to]) {
				strlist_add(out, "-numa");
				strlist_add(out,
					    "hmat-lb,initiator=%u,target=%u,hierarchy=memory,"
					    "data-type=access-latency,latency=%u",
					    from, to, t->latency_ns[from][to]);
			}
			if (t->bandwidth_mib[from][to]) {
				strlist_add(out, "-numa");
				strlist_add(out,
					    "hmat-lb,initiator=%u,target=%u,hierarchy=memory,"
					    "data-type=access-bandwidth,bandwidth=%uM",
					    from, to, t->bandwidth_mib[from][to]);
			}
		}
	}
	for (unsigned i = 0; t->hmat && i < t->nodes; i++) {
		const struct topo_cache *c = &t->node[i].cache;

		if (!c->bytes)
			continue;
		strlist_add(out, "-numa");
		strlist_add(out,
			    "hmat-cache,node-id=%u,size=%" PRIu64
			    "K,level=1,associativity=%s,policy=%s,line=%u",
			    i, c->bytes >> 10, c->associativity, c->policy, c->line);
	}
}

/* A host bridge that says its node (ACPI _PXM), a port on it (a pxb-pcie takes nothing else), and the device there. */
static void add_devices(const struct topo *t, struct strlist *out)
{
	for (unsigned i = 0; i < t->nodes; i++) {
		if (!t->node[i].device)
			continue;
		strlist_add(out, "-device");
		strlist_add(out, "pxb-pcie,id=bridge%u,bus=pcie.0,bus_nr=%u,numa_node=%u", i,
			    TOPO_DEVICE_BUS(i), i);
		strlist_add(out, "-device");
		strlist_add(out, "pcie-root-port,id=port%u,bus=bridge%u,chassis=%u", i, i, i + 1);
		strlist_add(out, "-device");
		strlist_add(out, "ich9-ahci,id=ahci%u,bus=port%u", i, i);
	}
}

/* Around empty nodes: the CPUs that are there, and what makes a node online that has nothing (SRAT's generic initiator). */
static void add_empties(const struct argv_spec *s, struct strlist *out)
{
	const struct topo *t = s->topo;
	unsigned place[TOPO_CPUS_MAX], empty[TOPO_NODES_MAX];

	if (!t->empties)
		return;
	cpus_places(t, place, empty);
	for (unsigned cpu = 1; cpu < t->cpus; cpu++) {
		strlist_add(out, "-device");
		strlist_add(out, "%s-x86_64-cpu,socket-id=%u,core-id=0,thread-id=0",
			    s->engine == ENGINE_KVM ? "host" : TCG_MODEL, place[cpu]);
	}
	for (unsigned i = 0; i < t->nodes; i++) {
		if (t->node[i].empty != TOPO_EMPTY_ONLINE)
			continue;
		strlist_add(out, "-device");
		strlist_add(out, "pci-testdev,id=initiator%u", i);
		strlist_add(out, "-object");
		strlist_add(out, "acpi-generic-initiator,id=online%u,pci-dev=initiator%u,node=%u", i, i, i);
	}
}

/* What both sides of a snapshot, and its digest, have in common. */
static void add_machine(const struct argv_spec *s, struct strlist *out)
{
	strlist_add(out, "-machine");
	strlist_add(out, "%s,hpet=off,usb=off,sata=off,smbus=off,i8042=off,vmport=off,graphics=off%s",
		    ARGV_MACHINE, s->topo->hmat ? ",hmat=on" : "");
	opt(out, "-accel",
	    s->engine == ENGINE_KVM    ? "kvm"
	    : s->engine == ENGINE_FAST ? "tcg,thread=multi"
				       : "tcg,thread=single");
	if (s->engine == ENGINE_EXACT) {
		strlist_add(out, "-icount");
		strlist_add(out, "shift=%u,sleep=off", s->shift);
		opt(out, "-rtc", "base=2020-01-01T00:00:00,clock=vm");
		opt(out, "-seed", "1"); /* what rdrand gives: the same to every machine */
	}
	add_processor(s, out);
	add_memory(s, out);
	add_pieces(s, false, out);
	add_nodes(s->topo, out);
	add_hmat(s->topo, out);
	for (const char *const *o =
		     (const char *const[]){ "-nodefaults", "-no-user-config", "-no-reboot", NULL };
	     *o; o++)
		strlist_add(out, "%s", *o);
	add_devices(s->topo, out);
	add_empties(s, out);
	add_pieces(s, true, out);
	opt(out, "-display", "none");
	opt(out, "-device", "ib700");
	opt(out, "-action", "watchdog=pause");
	opt(out, "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04");
}

static void add_channels(const struct argv_spec *s, struct strlist *out)
{
	opt_path(out, "-chardev", "file,id=records,path=", s->records);
	opt(out, "-device", "isa-debugcon,iobase=0xe9,chardev=records");
	if (s->terminal)
		opt(out, "-chardev", "stdio,id=console,signal=off");
	else
		opt_path(out, "-chardev", "file,id=console,path=", s->console);
	opt(out, "-serial", "chardev:console");
	opt_path(out, "-fw_cfg", s->job ? "name=opt/numarig/job,file=" : "name=opt/numarig/job,string=",
		 s->job ? s->job : s->job_text);
	if (s->files)
		opt_path(out, "-fw_cfg", "name=opt/numarig/files,file=", s->files);
	if (s->qmp_fd >= 0) {
		strlist_add(out, "-chardev");
		strlist_add(out, "socket,id=qmp,fd=%d", s->qmp_fd);
		opt(out, "-mon", "chardev=qmp,mode=control");
	}
}

/*
 * Starting programs is denied to an exact QEMU by the library preloaded into it, in the process that runs the guest
 * (harness/preload/steady.c); elsewhere by QEMU.
 */
const char *argv_sandbox(enum engine e)
{
	return e == ENGINE_EXACT ? "on,obsolete=deny,elevateprivileges=deny,resourcecontrol=deny"
				 : "on,obsolete=deny,elevateprivileges=deny,resourcecontrol=deny,spawn=deny";
}

void argv_build(const struct argv_spec *s, struct strlist *out)
{
	strlist_add(out, "%s", s->qemu);
	if (s->sandbox)
		opt(out, "-sandbox", argv_sandbox(s->engine));
	add_machine(s, out);
	opt(out, "-bios", s->firmware);
	add_channels(s, out);
	if (s->kernel) {
		opt(out, "-kernel", s->kernel);
		opt(out, "-initrd", s->initrd);
		strlist_add(out, "-append");
		strlist_add(out, "%s%s%s", argv_append_base, s->append && *s->append ? " " : "",
			    s->append ? s->append : "");
	}
	if (s->gdb)
		opt(out, "-gdb", s->gdb);
	if (s->plugin) {
		auto_free char *file = with_path("", s->plugin), *conf = with_path(",conf=", s->plugin_conf);

		strlist_add(out, "-plugin");
		strlist_add(out, "%s%s", file, conf);
	}
	if (s->qmp_fd >= 0)
		strlist_add(out, "-S");
	if (s->incoming)
		opt(out, "-incoming", "defer");
}

void argv_machine_text(const struct topo *t, enum engine e, unsigned shift, struct text *out)
{
	static const char *const ram[LAYOUT_PIECES] = { [0 ... LAYOUT_PIECES - 1] = "@RAM@" };
	struct argv_spec s = { .topo = t, .engine = e, .shift = shift, .ram = ram, .ram_shared = true };
	auto_strlist struct strlist argv = { 0 };

	add_machine(&s, &argv);
	argv_shell(&argv, out);
}

void argv_shell(const struct strlist *argv, struct text *out)
{
	for (size_t i = 0; i < argv->n; i++) {
		if (i)
			text_printf(out, "%s", *argv->v[i] == '-' ? " \\\n\t" : " ");
		text_shell(out, argv->v[i]);
	}
	text_printf(out, "\n");
}
