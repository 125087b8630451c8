/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/toucher.h"

#include <string.h>
#include <sys/resource.h>

#include "workloads/lib/named.h"

#define FIRST_EDGE_NS 10000 /* a fault takes longer */

static const char *const bin_name[TOUCHER_BINS] = { "to_10us", "to_100us", "to_1ms", "to_10ms", "longer" };

static uint64_t faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return (uint64_t)u.ru_minflt;
}

/* Counts an access, and its time as that of a wait if it faulted; true if it took long enough for a fault. */
static bool count(struct toucher *t, uint64_t took, uint64_t *seen)
{
	unsigned bin = 0;

	for (uint64_t edge = FIRST_EDGE_NS; bin < TOUCHER_BINS - 1 && took >= edge; edge *= 10)
		bin++;
	t->bin[bin]++;
	t->accesses++;
	t->worst = took > t->worst ? took : t->worst;
	if (!bin)
		return false;
	wl_mark(t->w, t->held);
	uint64_t now = faults();
	if (now != *seen) {
		t->waits++;
		t->waited += took;
		t->longest = took > t->longest ? took : t->longest;
	}
	*seen = now;
	return true;
}

/*
 * Writes a word of each page, which must hold what the last write left. It goes from the last page to the first, against
 * the order in which pages are moved: the first unmapped page that it meets is then the last to be copied.
 */
static void pass(struct toucher *t, uint64_t *seen)
{
	uint64_t before = wl_now();

	wl_mark(t->w, "short");
	for (unsigned i = MOVES_MAX; i-- > 0;) {
		volatile uint64_t *word = (volatile uint64_t *)(t->area + (size_t)i * PAGE);

		t->lost += *word != t->word[i];
		*word = ++t->word[i];
		uint64_t now = wl_now();
		before = count(t, now - before, seen) ? wl_now() : now;
		wl_mark(t->w, "short");
	}
}

static void *touch(void *arg)
{
	struct toucher *t = arg;
	uint64_t seen = 0;

	wl_pin_cpu(t->w, t->cpu);
	pass(t, &seen); /* the thread's first accesses to its stack and to the code fault, too */
	t->accesses = t->waits = t->waited = t->longest = t->worst = 0;
	memset(t->bin, 0, sizeof(t->bin));
	seen = faults();
	atomic_store(&t->ready, true);
	do
		pass(t, &seen);
	while (!atomic_load(&t->stop));
	return NULL;
}

void toucher_start(struct wl *w, struct toucher *t, char *area, unsigned cpu, const char *held)
{
	int r;

	*t = (struct toucher){ .w = w, .area = area, .cpu = cpu, .held = held };
	for (unsigned i = 0; i < MOVES_MAX; i++)
		t->word[i] = ~(uint64_t)i; /* moves_fill() */
	r = pthread_create(&t->thread, NULL, touch, t);
	if (r)
		wl_broken(w, "pthread_create: %s", strerror(r));
	while (!atomic_load(&t->ready))
		wl_sleep_ms(1);
}

void toucher_stop(struct toucher *t)
{
	atomic_store(&t->stop, true);
	pthread_join(t->thread, NULL);
}

void toucher_report(const struct toucher *t, const char *name)
{
	struct wl *w = t->w;

	wl_value(w, WL_NAMED(name, "accesses"), -1, (int64_t)t->accesses);
	wl_value(w, WL_NAMED(name, "lost"), -1, (int64_t)t->lost);
	wl_value(w, WL_NAMED(name, "waits"), -1, (int64_t)t->waits);
	wl_value(w, WL_NAMED(name, "mean_wait"), -1, (int64_t)(t->waits ? t->waited / t->waits : 0));
	wl_value(w, WL_NAMED(name, "longest_wait"), -1, (int64_t)t->longest);
	wl_value(w, WL_NAMED(name, "worst"), -1, (int64_t)t->worst);
	wl_value(w, WL_NAMED(name, "worst_instructions"), -1, (int64_t)t->worst);
	for (unsigned i = 0; i < TOUCHER_BINS; i++)
		wl_value(w, WL_NAMED(name, bin_name[i]), -1, (int64_t)t->bin[i]);
}
