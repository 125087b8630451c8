/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another program that maps libc and the loader, and few pages of them; otherwise as waiter.c: it prints "ready" and waits. */
#include <unistd.h>

int main(void)
{
	char c;

	return write(1, "ready\n", 6) != 6 || read(0, &c, 1);
}
