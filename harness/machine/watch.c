/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "machine/console.h"
#include "wire/job.h"

#define DEATH_MS 5000 /* of QEMU's CPU time, from the end of its control channel to its own */

const char *vm_exit_name(enum vm_exit e)
{
	static const char *const names[] = { "done", "stopped", "panic",   "hang", "silent",
					     "died", "timeout", "stalled", "flood" };

	return (unsigned)e < VM_EXIT_COUNT ? names[e] : "?";
}

/* What a machine has done when it is watched from. */
struct executed {
	uint64_t virtual_ns, instructions;
};

struct watching {
	struct watch *w;
	struct patience run, first_record, death;
	struct executed before;
	struct err lost; /* what became of the control channel; code 0: it is open */
};

static uint64_t file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

__attribute__((format(printf, 3, 4))) static int ended(struct watch *w, enum vm_exit end, const char *fmt,
						       ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	w->end = end;
	return 1;
}

/* QEMU is gone: what was it? */
static int how_it_ended(struct watch *w, int status)
{
	auto_free char *panic = console_panic(w->console);
	char words[256];

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_STATUS_DONE)
		return ended(w, VM_EXIT_DONE, "%s", "");
	if (panic)
		return ended(w, VM_EXIT_PANIC, "the guest's kernel died: %s", panic);
	vm_last_words(w->vm, words, sizeof(words));
	if (WIFSIGNALED(status))
		return ended(w, VM_EXIT_DIED, "QEMU was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		return ended(w, VM_EXIT_DIED, "QEMU ended with exit code %d: %s", WEXITSTATUS(status),
			     words[0] ? words : "without a message");
	return ended(w, VM_EXIT_SILENT, "the guest reset itself without a message on its console");
}

/* "; since then the guest executed ...", where QEMU's clock is known. */
static const char *executed_words(const struct watching *g, char *buf, size_t size)
{
	const struct steady *s = g->w->vm->steady;

	buf[0] = 0;
	if (s && s->instructions)
		snprintf(buf, size, "; the guest executed %.1f M instructions in %.1f s of virtual time",
			 (double)(s->instructions - g->before.instructions) / 1e6,
			 (double)(s->virtual_ns - g->before.virtual_ns) / 1e9);
	return buf;
}

static int out_of_patience(struct watching *g, const struct patience *p, enum patience_state state,
			   const char *what)
{
	char words[200], did[128];

	if (g->lost.code)
		return ended(g->w, VM_EXIT_DIED, "%s, and did not end", g->lost.msg);
	return ended(g->w, state == PATIENCE_STALLED ? VM_EXIT_STALLED : VM_EXIT_TIMEOUT, "QEMU %s: %s%s",
		     state == PATIENCE_STALLED ? "makes no progress" : what,
		     patience_words(p, state, words, sizeof(words)), executed_words(g, did, sizeof(did)));
}

static int look_at_files(struct watching *g, uint64_t now)
{
	struct watch *w = g->w;
	uint64_t records = file_bytes(w->records);

	if (!w->first_record_ns && records)
		w->first_record_ns = now - w->start_ns;
	if (records > WATCH_RECORDS_MOST)
		return ended(w, VM_EXIT_FLOOD, "the guest sent more than %llu MiB of records, the limit",
			     WATCH_RECORDS_MOST >> 20);
	if (file_bytes(w->console) > WATCH_CONSOLE_MOST)
		return ended(w, VM_EXIT_FLOOD, "the guest wrote more than %llu MiB to its console, the limit",
			     WATCH_CONSOLE_MOST >> 20);
	return 0;
}

static int look_at_time(struct watching *g)
{
	enum patience_state state = patience_look(&g->run);

	if (state != PATIENCE_WAIT)
		return out_of_patience(g, &g->run, state,
				       g->w->event ? "has not brought the guest to its agent"
						   : "has not ended");
	if (!g->w->first_record_s || g->w->first_record_ns)
		return 0;
	state = patience_look(&g->first_record);
	return state == PATIENCE_WAIT
		       ? 0
		       : out_of_patience(g, &g->first_record, state, "runs, but the guest says nothing");
}

/* What QEMU says by itself. A channel that is lost is no end: its machine may have come to its own. */
static int look_at_channel(struct watching *g, struct err *err)
{
	struct qmp *q = &g->w->vm->qmp;
	const char *event = g->w->event;
	int r;

	if (g->lost.code) {
		enum patience_state state = patience_look(&g->death);

		return state == PATIENCE_WAIT ? 0 : out_of_patience(g, &g->death, state, "has not ended");
	}
	r = qmp_saw_event(q, event ? event : "WATCHDOG", err);
	if (r > 0 && event)
		return ended(g->w, VM_EXIT_STOPPED, "%s", "");
	if (r > 0)
		return ended(g->w, VM_EXIT_HANG,
			     "the guest hangs: its agent got no CPU for 30 s of virtual time");
	if (r == 0 || r == -EINTR || r == -EIO) /* the last is a refusal of what was sent */
		return r;
	g->lost = *err;
	patience_begin(&g->death, &g->w->vm->rule, DEATH_MS);
	return 0;
}

/* One look at everything that can end a machine, its own end first. 1: ended; 0: goes on; -errno. */
static int look(struct watching *g, struct err *err)
{
	int status, r = vm_wait(g->w->vm, 0, &status, err);

	if (!r) {
		look_at_files(g, host_ns());
		return how_it_ended(g->w, status);
	}
	if (r != -ETIMEDOUT)
		return r;
	r = look_at_files(g, host_ns());
	if (!r)
		r = look_at_channel(g, err);
	return r ? r : look_at_time(g);
}

int watch_machine(struct watch *w, struct err *err)
{
	struct watching g = { .w = w };
	const struct steady *s = w->vm->steady;
	int r;

	if (s)
		g.before = (struct executed){ s->virtual_ns, s->instructions };
	patience_begin(&g.run, &w->vm->rule, w->limit_s * 1000);
	patience_begin(&g.first_record, &w->vm->rule, w->first_record_s * 1000);
	while (!(r = look(&g, err))) {
		struct pollfd p[2] = { { w->vm->pidfd, POLLIN, 0 },
				       { g.lost.code ? -1 : w->vm->qmp_fd, POLLIN, 0 } };

		/* the record file has no event of its own; until the first record its time is of interest */
		poll(p, 2, w->first_record_ns || w->event ? 100 : 1);
	}
	return r < 0 ? r : 0;
}
