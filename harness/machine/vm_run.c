/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/vm_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "machine/boot.h"

#define CALL_MS 30000
#define RESTORE_MS 60000
#define GDB_HOLD_NS 100000000 /* of struct steady: gdb's Ctrl-C is the main loop's to hear */

static void vm_run_argv(const struct vm_run *s, struct strlist *argv)
{
	struct argv_spec spec = boot_spec(s->setup, s->job, s->records, s->console);

	spec.files = s->files;
	spec.gdb = s->gdb;
	if (s->snapshot) {
		spec.plugin = s->trace_conf ? s->setup->trace : NULL;
		spec.plugin_conf = s->trace_conf;
		spec.shift = s->shift;
		spec.kernel = spec.initrd = NULL;
		spec.ram = (const char *const *)s->snapshot->ram;
		spec.ram_unwritable = access(spec.ram[0], W_OK) != 0; /* another user's cache */
		spec.incoming = true;
	}
	argv_build(&spec, argv);
}

/*
 * announce-rounds: the default is five gratuitous ARPs' worth of host timers over 1.5 s, each a wake-up of the main
 * loop that moves the round-robin of the CPUs: with it every run differs, network card or not.
 */
static int restore(struct vm *vm, const struct vm_run *s, struct err *err)
{
	auto_free char *uri = xasprintf("file:%s", s->state);

	if (boot_ignore_shared(&vm->qmp, err) ||
	    qmp_call(&vm->qmp, "migrate-set-parameters", json_pack("{s:i}", "announce-rounds", 1), NULL,
		     CALL_MS, err) ||
	    qmp_call(&vm->qmp, "migrate-incoming", json_pack("{s:s}", "uri", uri), NULL, CALL_MS, err))
		return err->code;
	return qmp_wait_migration(&vm->qmp, RESTORE_MS, err);
}

static int run_it(struct vm_run *s, struct vm *vm, uint64_t start, struct err *err)
{
	struct watch w = { .vm = vm,
			   .records = s->records,
			   .console = s->console,
			   .limit_s = s->limit_s,
			   .first_record_s = s->snapshot && !s->gdb ? VM_RUN_FIRST_RECORD_S : 0,
			   .start_ns = start };

	/* its answer is not waited for: the guest may be done before */
	if (!s->gdb && qmp_send(&vm->qmp, "cont", err) && err->code != -EPIPE)
		return err->code;
	int code = watch_machine(&w, err);
	s->wall_ns = host_ns() - start;
	s->first_record_ns = w.first_record_ns;
	s->end = w.end;
	memcpy(s->why, w.why, sizeof(s->why));
	return code;
}

int vm_run(struct vm_run *s, struct err *err)
{
	auto_strlist struct strlist argv = { 0 };
	auto_vm struct vm vm = VM_INIT;
	uint64_t start = host_ns();

	if (s->snapshot && snapshot_state(s->snapshot, s->setup->boot_shift, s->shift, s->state, err))
		return err->code;
	vm_run_argv(s, &argv);
	unlink(s->records);
	struct vm_spec spec = { .argv = argv.v,
				.log_path = s->log,
				.own_s = s->setup->own_s,
				.wall = s->setup->engine == ENGINE_KVM || s->gdb,
				.hold_ns = s->gdb ? GDB_HOLD_NS : 0,
				.preload = s->setup->engine == ENGINE_EXACT ? s->setup->steady : NULL };
	if (vm_start(&vm, &spec, err))
		return err->code;
	if (s->snapshot && restore(&vm, s, err))
		return vm_why(&vm, err);
	s->restore_ns = host_ns() - start;
	int code = run_it(s, &vm, start, err);
	if (vm.steady)
		s->steady = *vm.steady;
	return code;
}
