/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/team.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "workloads/lib/balance.h"

#define STACK (64u << 10) /* too small for a huge page, which would wander about as well */
#define LOOK_MS 50

static bool stopped(struct team *t)
{
	return atomic_load_explicit(&t->stop, memory_order_relaxed);
}

static void *spin(void *arg)
{
	struct team_member *m = arg;

	/*
	 * An emulated no-op costs next to nothing, and its virtual time passes all the same. All CPUs share the clock, which
	 * counts instructions: where each spins a whole turn, one that works has an eighth of eight CPUs' time. With a
	 * pause, as in any loop that waits, QEMU goes on to the next CPU (helper_pause), and it has most of it.
	 */
	while (!stopped(m->team))
		__asm__ volatile(".rept 256\n\tnop\n\t.endr\n\tpause");
	return NULL;
}

static void *write_area(void *arg)
{
	struct team_member *m = arg;
	struct team *t = m->team;

	if (m->nid >= 0)
		wl_pin_node(t->w, m->nid);
	for (size_t i = 0; !stopped(t); i = (i + HUGE) % t->bytes)
		wl_touch(t->area + i, HUGE, 2);
	return NULL;
}

static void add(struct team *t, int nid, void *(*f)(void *))
{
	struct team_member *m = &t->member[t->n++];
	pthread_attr_t attr;

	*m = (struct team_member){ .team = t, .nid = nid };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	int r = t->n < TEAM_MAX ? pthread_create(&m->id, &attr, f, m) : E2BIG;
	if (r)
		wl_broken(t->w, "thread %u: %s", t->n, strerror(r));
}

void team_start(struct team *t, struct wl *w, size_t bytes)
{
	unsigned cpu, nid;

	*t = (struct team){ .w = w, .bytes = bytes / HUGE * HUGE };
	t->area = wl_map(w, t->bytes);
	wl_touch(t->area, t->bytes, 1);
	/*
	 * Empties the CPUs' lists of pages on their way to the LRU: a page there can't be isolated, so not be moved, and
	 * the last ones of the area would lie there for as long as this CPU has no others to put behind them.
	 */
	getcpu(&cpu, &nid);
	wl_gather(w, (int)nid);
}

void team_spin(struct team *t, unsigned threads)
{
	while (threads--)
		add(t, -1, spin);
}

void team_write(struct team *t, int nid)
{
	add(t, nid, write_area);
}

static bool all_on(struct team *t, int nid)
{
	uint64_t count[WL_NODES];

	if (nid < 0)
		return false;
	wl_count_mapping(t->w, t->area, count);
	return count[nid] == t->bytes / PAGE;
}

uint64_t team_wait(struct team *t, int nid, uint64_t ms)
{
	uint64_t from = wl_now(), now;

	do {
		wl_sleep_ms(LOOK_MS);
		now = wl_now();
	} while (!all_on(t, nid) && now - from < ms * 1000000);
	return now - from;
}

void team_stop(struct team *t, const char *metric)
{
	atomic_store(&t->stop, true);
	for (unsigned i = 0; i < t->n; i++)
		pthread_join(t->member[i].id, NULL);
	balance_place(t->w, metric, t->area);
	wl_unmap(t->area, t->bytes);
}
