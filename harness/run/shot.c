/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/shot.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "run/boot.h"
#include "wire/job.h"

#define CALL_MS 30000
#define RESTORE_MS 60000
#define DEATH_NS 5000000000ull /* from the end of its control channel to the end of QEMU */

const char *shot_end_name(enum shot_end e)
{
	static const char *const names[] = { "done", "panic", "hang", "silent", "died", "timeout", "flood" };

	return (unsigned)e < SHOT_END_COUNT ? names[e] : "?";
}

void shot_argv(const struct shot *s, struct strlist *argv)
{
	struct argv_spec spec = boot_spec(s->rig, s->job, s->records, s->console);

	spec.files = s->files;
	spec.gdb = s->gdb;
	if (s->snapshot) {
		spec.plugin = s->trace_conf ? s->rig->trace : NULL;
		spec.plugin_conf = s->trace_conf;
		spec.shift = s->shift;
		spec.kernel = spec.initrd = NULL;
		spec.ram = (const char *const *)s->snapshot->ram;
		spec.incoming = true;
	}
	argv_build(&spec, argv);
}

/*
 * announce-rounds: the default is five gratuitous ARPs' worth of host timers over 1.5 s, each a wake-up of the main
 * loop that moves the round-robin of the CPUs: with it every run differs, network card or not.
 */
static int restore(struct vm *vm, const struct shot *s, struct err *err)
{
	auto_free char *uri = xasprintf("file:%s", s->state);

	if (boot_ignore_shared(&vm->qmp, err) ||
	    qmp_call(&vm->qmp, "migrate-set-parameters", json_pack("{s:i}", "announce-rounds", 1), NULL,
		     CALL_MS, err) ||
	    qmp_call(&vm->qmp, "migrate-incoming", json_pack("{s:s}", "uri", uri), NULL, CALL_MS, err))
		return err->code;
	return qmp_wait_migration(&vm->qmp, RESTORE_MS, err);
}

static uint64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

__attribute__((format(printf, 3, 4))) static int ended(struct shot *s, enum shot_end end, const char *fmt,
						       ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	s->end = end;
	return 1;
}

/* QEMU is gone: what was it? */
static int autopsy(struct shot *s, struct vm *vm, int status)
{
	auto_free char *panic = console_panic(s->console);
	char words[256];

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STATUS_DONE)
		return ended(s, SHOT_DONE, "%s", "");
	if (panic)
		return ended(s, SHOT_PANIC, "the guest's kernel died: %s", panic);
	vm_last_words(vm, words, sizeof(words));
	if (WIFSIGNALED(status))
		return ended(s, SHOT_DIED, "QEMU was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		return ended(s, SHOT_DIED, "QEMU ended with exit code %d: %s", WEXITSTATUS(status),
			     words[0] ? words : "without a word");
	return ended(s, SHOT_SILENT, "the guest reset itself without a word on its console");
}

/* One look at everything that can end a machine. 1: ended; 0: goes on; -errno. */
static int look(struct shot *s, struct vm *vm, uint64_t start, struct err *err)
{
	uint64_t now = host_ns(), bytes = file_bytes(s->records),
		 limit = start + (uint64_t)s->wall_s * 1000000000;
	int status, r;

	if (!s->first_record_ns && bytes)
		s->first_record_ns = now - start;
	if (bytes > SHOT_RECORDS_MOST)
		return ended(s, SHOT_FLOOD, "more than %llu MiB of records", SHOT_RECORDS_MOST >> 20);
	if (now > limit)
		return ended(s, SHOT_TIMEOUT, "has not ended after %u s of the host's time", s->wall_s);
	if (s->snapshot && !s->gdb && !bytes && now - start > SHOT_FIRST_RECORD_S * 1000000000ull)
		return ended(s, SHOT_TIMEOUT, "the restored guest said nothing for %d s",
			     SHOT_FIRST_RECORD_S);
	r = qmp_saw_event(&vm->qmp, "WATCHDOG", err);
	if (r > 0)
		return ended(s, SHOT_HANG, "the guest hangs: its agent got no CPU for 30 s of virtual time");
	if (r == -EPIPE) { /* it is about to be gone; one that lives on without the channel is of no use */
		struct err alive = ERR_INIT;

		now += DEATH_NS;
		if (vm_wait(vm, now < limit ? now : limit, &status, &alive))
			return alive.code == -EINTR ? err_set(err, -EINTR, "%s", alive.msg) : r;
		r = 0;
	} else if (!r) {
		r = vm_wait(vm, 0, &status, err);
	}
	if (r == -ETIMEDOUT)
		return 0;
	return r ? r : autopsy(s, vm, status);
}

static int watch(struct shot *s, struct vm *vm, uint64_t start, struct err *err)
{
	int r;

	while (!(r = look(s, vm, start, err))) {
		struct pollfd p[2] = { { vm->pidfd, POLLIN, 0 }, { vm->qmp_fd, POLLIN, 0 } };

		/* the record file has no event of its own; until the first record its time is of interest */
		poll(p, 2, s->first_record_ns ? 100 : 1);
	}
	s->wall_ns = host_ns() - start;
	return r < 0 ? r : 0;
}

int shot_fire(struct shot *s, struct err *err)
{
	auto_strlist struct strlist argv = { 0 };
	auto_vm struct vm vm = VM_INIT;
	uint64_t start = host_ns();

	if (s->snapshot && snapshot_state(s->snapshot, s->rig->boot_shift, s->shift, s->state, err))
		return err->code;
	shot_argv(s, &argv);
	unlink(s->records);
	struct vm_spec spec = { .argv = argv.v,
				.log_path = s->log,
				.hello_ms = s->rig->wall_s * 1000,
				.preload = s->rig->engine == ENGINE_EXACT ? s->rig->steady : NULL };
	if (vm_start(&vm, &spec, err))
		return err->code;
	if (s->snapshot && restore(&vm, s, err))
		return vm_why(&vm, err);
	s->restore_ns = host_ns() - start;
	if (!s->gdb && qmp_call(&vm.qmp, "cont", NULL, NULL, CALL_MS, err))
		return vm_why(&vm, err);
	return watch(s, &vm, start, err);
}
