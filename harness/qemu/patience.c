/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/patience.h"

#include <stdio.h>
#include <time.h>

#include "base/interrupt.h"

#define NS 1000000000ull

/* The clock that counts. A process that is gone moves no more, which whoever waits for it sees otherwise. */
static uint64_t counted(const struct patience *p)
{
	struct timespec t;
	clockid_t clock;

	if (!p->rule.pid)
		return host_ns();
	if (clock_getcpuclockid(p->rule.pid, &clock) || clock_gettime(clock, &t))
		return p->moved_ns;
	return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

void patience_begin(struct patience *p, const struct patience_rule *rule, unsigned limit_ms)
{
	*p = (struct patience){ .rule = *rule };
	p->limit_ns = rule->own_s ? rule->own_s * NS : limit_ms * 1000000ull;
	p->stall_ns = (rule->own_s ? rule->own_s : PATIENCE_STALL_S) * NS;
	p->began_ns = p->moved_ns = counted(p);
	p->moved_at_ns = host_ns();
}

uint64_t patience_used_ns(const struct patience *p)
{
	return counted(p) - p->began_ns;
}

enum patience_state patience_look(struct patience *p)
{
	uint64_t now = host_ns(), at = counted(p);

	if (at - p->began_ns >= p->limit_ns)
		return PATIENCE_SPENT;
	if (!p->rule.pid)
		return PATIENCE_WAIT;
	if (at - p->moved_ns >= PATIENCE_MOVES_NS) {
		p->moved_ns = at;
		p->moved_at_ns = now;
	}
	return now - p->moved_at_ns >= p->stall_ns ? PATIENCE_STALLED : PATIENCE_WAIT;
}

int patience_poll_ms(const struct patience *p)
{
	uint64_t used = patience_used_ns(p),
		 left = used >= p->limit_ns ? 0 : (p->limit_ns - used) / 1000000 + 1;

	return left > 1000 ? 1000 : (int)left;
}

const char *patience_words(const struct patience *p, enum patience_state state, char *buf, size_t size)
{
	if (state == PATIENCE_STALLED)
		snprintf(
			buf, size,
			"it used less than 0.1 s of CPU time in %.3g s (NUMARIG_DEADLINE=SECONDS waits longer)",
			(double)p->stall_ns / NS);
	else
		snprintf(
			buf, size,
			p->rule.pid
				? "it has used %.3g s of CPU time, the limit (NUMARIG_DEADLINE=SECONDS raises it)"
				: "%.3g s of the host's time have passed, the limit (NUMARIG_DEADLINE=SECONDS raises it)",
			(double)p->limit_ns / NS);
	return buf;
}
