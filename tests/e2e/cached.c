/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A single-threaded program for the cache model and for cachegrind: `cached PATTERN ROUNDS`, and two rounds before. Its area is aligned to 2 MiB, so
 * that in a huge page its lines have the same sets by virtual address as by physical. Separate loads and stores: of an
 * instruction that does both cachegrind counts one access.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mark.h"

#define BYTES (4u << 20)
#define SIDE 300
#define WORDS (BYTES / sizeof(uint64_t))

static volatile uint64_t area[WORDS] __attribute__((aligned(2u << 20)));

/* Every word, in order. */
static void stream(void)
{
	for (size_t i = 0; i < WORDS; i++)
		area[i] = area[i ^ 1] + 1;
}

/* A word each 1.5 KiB, four times over: a third of the sets. */
static void strided(void)
{
	for (int times = 0; times < 4; times++)
		for (size_t i = 0; i < WORDS; i += 192)
			area[i] = area[i] + 1;
}

/* Anywhere, half of it in the first eighth. */
static void anywhere(void)
{
	static uint64_t x = 88172645463325252ull;

	for (int i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		size_t at = x % (x >> 63 ? WORDS / 8 : WORDS);
		if (x & 1 << 20)
			area[at] = x;
		else
			x += area[at] & 1;
	}
}

/* A matrix transposed into another: 1.4 MiB in all. */
static void transpose(void)
{
	for (size_t i = 0; i < SIDE; i++)
		for (size_t k = 0; k < SIDE; k++)
			area[SIDE * SIDE + k * SIDE + i] = area[i * SIDE + k];
}

static const struct {
	const char *name;
	void (*run)(void);
} patterns[] = {
	{ "stream", stream }, { "strided", strided }, { "anywhere", anywhere }, { "transpose", transpose }
};

int main(int argc, char **argv)
{
	size_t p = 0;

	while (argc == 3 && p < 4 && strcmp(patterns[p].name, argv[1]) != 0)
		p++;
	if (argc != 3 || p == 4)
		return 2;
	for (size_t i = 0; i < WORDS; i += 512)
		area[i] = 0;
	for (int rounds = 0; rounds < 2; rounds++)
		patterns[p].run();
	MARK(MARK_BEGIN, NULL, 0, 0);
	for (int rounds = atoi(argv[2]); rounds > 0; rounds--)
		patterns[p].run();
	MARK(MARK_CLOSE, "rounds", 0, 0);
	return 0;
}
