/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into an exact QEMU, so that the host's time has no say in three things. Each was seen to change a digest;
 * docs/internals.md tells how. QEMU 8.2 to 10.0.
 *
 * Software TLBs shrink after 100 ms of gettimeofday() (accel/tcg/cputlb.c, tlb_mmu_resize_locked), and which stale
 * translations a guest still hits before it flushes follows from their size. Here each call is a step of 10 us on the
 * calling thread's own clock.
 *
 * The RCU thread (util/rcu.c, call_rcu_thread) frees what a change of the memory map left behind, 50 ms of the host's
 * time later, and first kicks the CPUs' thread out of what it executes (rr_force_rcu): that ends a CPU's turn. It is the
 * first thread that QEMU makes, before main(). Here it never begins, and what it would free goes when QEMU ends. Nobody
 * waits for it but device_add and device_del, which an exact machine is not told.
 *
 * The main loop sets the clock forward when it finds all CPUs idle (icount_start_warp_timer), then kicks them. Woken
 * while the CPUs' thread has just run its last CPU to a halt and not yet come to wait, it does so a moment early, and the
 * CPUs' turns go on from where they are instead of from the first. Here the main loop goes on only while that thread
 * waits: it has nothing to do for a guest that runs. After HELD_S it goes on nevertheless, or a guest that never rests could
 * not be ended.
 */
#include <dlfcn.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define HELD_S 1

/* The next definition of a function; of pthread_cond_wait glibc has two, and dlsym(3) may find the one of 2.2.5. */
static void *next(const char *name, const char *version)
{
	void *f = dlvsym(RTLD_NEXT, name, version);

	return f ? f : dlsym(RTLD_NEXT, name);
}

/* --- a clock ------------------------------------------------------------------------------------------------------- */
static _Thread_local long steps;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	(void)zone;
	steps++;
	tv->tv_sec = 1577836800 + steps / 100000;
	tv->tv_usec = steps % 100000 * 10;
	return 0;
}

/* --- no RCU thread ------------------------------------------------------------------------------------------------- */
typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void *never(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*begin)(void *), void *arg)
{
	static create_fn *create;

	if (create)
		return create(thread, attr, begin, arg);
	*(void **)&create = next("pthread_create", "GLIBC_2.34");
	return create(thread, attr, never, arg);
}

/* --- the main loop waits for the CPUs' thread ----------------------------------------------------------------------- */
static _Atomic unsigned cpus_run; /* a futex: 1 while the CPUs' thread does not wait */
static _Atomic pid_t cpus_thread; /* 0: there is none yet */
static _Thread_local pid_t tid;

static pid_t self(void)
{
	if (!tid)
		tid = gettid();
	return tid;
}

/* The first thread beside the main one that waits on a condition is the CPUs': for the machine to be started. */
int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
	static int (*_Atomic wait)(pthread_cond_t *, pthread_mutex_t *);
	pid_t none = 0;

	if (!wait)
		wait = (int (*)(pthread_cond_t *, pthread_mutex_t *))next("pthread_cond_wait", "GLIBC_2.3.2");
	if (self() != getpid())
		atomic_compare_exchange_strong(&cpus_thread, &none, self());
	if (self() != cpus_thread)
		return wait(cond, mutex);
	/* it holds the lock that the main loop takes next, until it really waits */
	cpus_run = 0;
	syscall(SYS_futex, &cpus_run, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	int r = wait(cond, mutex);
	cpus_run = 1;
	return r;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	static int (*poll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

	if (!poll)
		*(void **)&poll = next("ppoll", "GLIBC_2.4");
	int r = poll(fds, n, timeout, mask);
	if (self() == getpid() && cpus_run)
		syscall(SYS_futex, &cpus_run, FUTEX_WAIT_PRIVATE, 1, &(struct timespec){ .tv_sec = HELD_S },
			NULL, 0);
	return r;
}
