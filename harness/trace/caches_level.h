/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One cache of the model (caches.h): sets of tags. The functions are inline, since every access of a guest calls them. */
#ifndef NUMARIG_TRACE_CACHES_LEVEL_H
#define NUMARIG_TRACE_CACHES_LEVEL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/*
 * A tag: line << 10 | home << 4 | VALID | flags. A set's tags are in the order of their last use, and the empty
 * ones (0) are the last.
 */
#define HOME_SHIFT 4
#define LINE_SHIFT 10
#define VALID 8u
#define DIRTY 1u
/* In an L1d or L2: the CPU may write the line. In an LLC: no other node has the line. A dirty line is in one node only. */
#define ALONE 2u
#define FLAGS 7u

struct level {
	uint64_t *tag;	   /* NULL: there is no such cache */
	uint64_t *sharers; /* for an LLC: the CPUs (by their `bit`) that may have the line */
	uint64_t mask;	   /* sets - 1 */
	unsigned ways;
};

static inline size_t set_of(const struct level *l, uint64_t key)
{
	return ((key >> LINE_SHIFT) & l->mask) * l->ways;
}

static inline bool is(uint64_t tag, uint64_t key)
{
	return (tag ^ key) <= FLAGS;
}

/* The index of the key's tag, or -1. */
static inline ssize_t look(const struct level *l, uint64_t key)
{
	size_t set = l->tag ? set_of(l, key) : 0;

	for (size_t i = set; l->tag && i < set + l->ways; i++)
		if (is(l->tag[i], key))
			return (ssize_t)i;
	return -1;
}

static inline void shift(uint64_t *v, size_t from, size_t n)
{
	memmove(v + from + 1, v + from, n * sizeof(*v));
}

/* Moves the tag at `at` to the front of its set and returns its new index. */
static inline size_t use(struct level *l, uint64_t key, size_t at)
{
	size_t set = set_of(l, key);
	uint64_t tag = l->tag[at];

	shift(l->tag, set, at - set);
	l->tag[set] = tag;
	if (l->sharers) {
		uint64_t sharers = l->sharers[at];

		shift(l->sharers, set, at - set);
		l->sharers[set] = sharers;
	}
	return set;
}

/* Removes the tag at `at` and returns it with its flags. */
static inline uint64_t take(struct level *l, size_t at)
{
	uint64_t tag = l->tag[at];
	size_t last = set_of(l, tag) + l->ways - 1;

	memmove(l->tag + at, l->tag + at + 1, (last - at) * sizeof(tag));
	l->tag[last] = 0;
	if (l->sharers)
		memmove(l->sharers + at, l->sharers + at + 1, (last - at) * sizeof(tag));
	return tag;
}

/* Puts a tag at the front of its set. Returns the tag that was evicted, or 0; *sharers is exchanged for the sharers of that. */
static inline uint64_t put(struct level *l, uint64_t tag, uint64_t *sharers)
{
	size_t set = set_of(l, tag), last = set + l->ways - 1;
	uint64_t victim = l->tag[last];

	shift(l->tag, set, l->ways - 1);
	l->tag[set] = tag;
	if (sharers) {
		uint64_t old = l->sharers[last];

		shift(l->sharers, set, l->ways - 1);
		l->sharers[set] = *sharers;
		*sharers = old;
	}
	return victim;
}

#endif
