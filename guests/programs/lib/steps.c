/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library whose text has a page for each of its functions; `walk` executes all of them. Built as libx.so
 * and liby.so, which are two files to the page cache.
 */
#define OWN_PAGE __attribute__((noinline, aligned(4096)))

/* The empty asm keeps the compiler from working out what comes of it. */
#define STEP(n)                                      \
	OWN_PAGE static unsigned step##n(unsigned x) \
	{                                            \
		__asm__ volatile("" : "+r"(x));      \
		return x * 31 + n;                   \
	}

STEP(1)
STEP(2)
STEP(3)
STEP(4)
STEP(5)
STEP(6)
STEP(7)
STEP(8)

unsigned walk(unsigned x);

OWN_PAGE unsigned walk(unsigned x)
{
	x = step4(step3(step2(step1(x))));
	return step8(step7(step6(step5(x))));
}
