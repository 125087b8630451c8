/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into an exact QEMU, so that the host's time has no say in three things, and so that nothing is started from within
 * it. Each of the three was seen to change a digest; docs/internals.md tells how. QEMU 8.2 to 10.0. What it did is in
 * struct steady, which the host reads.
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
 * waits: it has nothing to do for a guest that runs. See hold() for the three cases in which it must.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "steady.h"

#define LOOK_NS 20000000 /* how often a held main loop looks whether it must go on */

static struct steady nobody;		/* when nobody asked for what was done */
static struct steady *shared = &nobody; /* set once, in the constructor */

/* The next definition of a function; of pthread_cond_wait glibc has two, and dlsym(3) may find the one of 2.2.5. */
static void *next(const char *name, const char *version)
{
	void *f = dlvsym(RTLD_NEXT, name, version);

	return f ? f : dlsym(RTLD_NEXT, name);
}

/* --- what QEMU has, where it exports it (a QEMU without modules and plugins does not) ---------------------------------- */
static int (*shutdown_requested)(void),
	(*reset_requested)(void); /* system/runstate.c; enum ShutdownCause, 0: none */
static int64_t (*clock_ns)(void), (*clock_instructions)(void); /* accel/tcg/icount-common.c */

__attribute__((constructor)) static void begin(void)
{
	const char *fd = getenv(STEADY_ENV);
	void *page = fd ? mmap(NULL, sizeof(struct steady), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0)
			: MAP_FAILED;

	if (page != MAP_FAILED)
		shared = page;
	*(void **)&shutdown_requested = dlsym(RTLD_DEFAULT, "qemu_shutdown_requested_get");
	*(void **)&reset_requested = dlsym(RTLD_DEFAULT, "qemu_reset_requested_get");
	*(void **)&clock_ns = dlsym(RTLD_DEFAULT, "icount_get");
	*(void **)&clock_instructions = dlsym(RTLD_DEFAULT, "icount_get_raw");
}

/* On the main thread only: a CPU's own thread would count what it is just executing. */
static void note_clock(void)
{
	if (clock_ns)
		shared->virtual_ns = (uint64_t)clock_ns();
	if (clock_instructions)
		shared->instructions = (uint64_t)clock_instructions();
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

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*begins)(void *), void *arg)
{
	static create_fn *create;

	if (create)
		return create(thread, attr, begins, arg);
	*(void **)&create = next("pthread_create", "GLIBC_2.34");
	return create(thread, attr, never, arg);
}

/* --- no other program ---------------------------------------------------------------------------------------------- */
#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE(number, code) /* two steps: skips the second when the call is another one */ \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), RETURN(SECCOMP_RET_ERRNO | (code))

/*
 * From here on this process and its threads start no program and no process: whoever comes to QEMU's monitor (gdb's
 * `monitor` reaches it, `migrate exec:...` is a shell) gets EPERM. Threads can still be made. Not by QEMU's -sandbox
 * spawn=deny: that is put on before main() comes far, and a QEMU that is to fork must put it on in the child.
 */
static void guard(void)
{
	struct sock_filter steps_of[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		RETURN(SECCOMP_RET_ERRNO | EPERM), /* a call by the 32-bit door */
		LOAD(nr),
#ifdef __x86_64__
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32's numbers */
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		REFUSE(__NR_fork, EPERM),
		REFUSE(__NR_vfork, EPERM),
#endif
		REFUSE(__NR_execve, EPERM),
		REFUSE(__NR_execveat, EPERM),
		REFUSE(__NR_clone3,
		       ENOSYS), /* its flags are out of a filter's sight; libc then takes clone() */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(steps_of) / sizeof(steps_of[0]), steps_of };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)) {
		shared->spawn_errno =
			errno ? errno : ESRCH; /* a positive answer is a thread that can't be had */
		return;
	}
	shared->spawn_denied = 1;
}

/* --- the main loop waits for the CPUs' thread ----------------------------------------------------------------------- */
static _Atomic unsigned cpus_run;     /* a futex: 1 while the CPUs' thread does not wait */
static _Atomic pid_t cpus_thread;     /* 0: there is none yet */
static clockid_t cpus_clock;	      /* that thread's CPU time */
static pthread_mutex_t *_Atomic lock; /* what it waits with: QEMU's big lock */
static _Thread_local pid_t tid;

static pid_t self(void)
{
	if (!tid)
		tid = gettid();
	return tid;
}

/* What was remembered is another process's. */
static void forked(void)
{
	tid = 0;
	cpus_run = 0;
	cpus_thread = 0;
	lock = NULL;
}

static uint64_t now(clockid_t clock)
{
	struct timespec t = { 0 };

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The first thread beside the main one that waits on a condition is the CPUs': for the machine to be started. */
static void claim(pthread_mutex_t *mutex)
{
	pid_t none = 0;

	if (cpus_thread || self() == getpid())
		return;
	if (pthread_getcpuclockid(pthread_self(), &cpus_clock))
		return;
	lock = mutex;
	atomic_compare_exchange_strong(&cpus_thread, &none, self());
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
	static int (*_Atomic wait)(pthread_cond_t *, pthread_mutex_t *);

	if (!wait)
		wait = (int (*)(pthread_cond_t *, pthread_mutex_t *))next("pthread_cond_wait", "GLIBC_2.3.2");
	claim(mutex);
	if (self() != cpus_thread)
		return wait(cond, mutex);
	/* it holds the lock that the main loop takes next, until it really waits */
	cpus_run = 0;
	syscall(SYS_futex, &cpus_run, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	int r = wait(cond, mutex);
	cpus_run = 1;
	return r;
}

/*
 * The main thread polls with the big lock in its hands while it waits for something itself (aio_poll, AIO_WAIT_WHILE):
 * the CPUs' thread may be waiting for that very lock. glibc notes the owner in the mutex.
 */
static bool owns_lock(void)
{
	return lock && lock->__data.__owner == self();
}

/* The guest ended, and its CPUs need not rest for that: one that resets itself goes on in a loop. */
static bool ending(void)
{
	return (shutdown_requested && shutdown_requested()) || (reset_requested && reset_requested());
}

/*
 * Until the CPUs' thread waits. Otherwise it goes on when the machine is to be ended, or when that thread has used hold_ns of CPU
 * time since: then the guest never rests, and its watchdog must be heard. A thread that gets no CPU of a busy host uses none,
 * so nothing ends the hold early there.
 */
static void hold(void)
{
	uint64_t began = now(CLOCK_MONOTONIC), cpu = now(cpus_clock);
	uint64_t most = shared->hold_ns ? shared->hold_ns : STEADY_HOLD_NS;

	while (cpus_run && !ending()) {
		if (now(cpus_clock) - cpu > most) {
			shared->let_go++;
			break;
		}
		syscall(SYS_futex, &cpus_run, FUTEX_WAIT_PRIVATE, 1, &(struct timespec){ .tv_nsec = LOOK_NS },
			NULL, 0);
		note_clock();
	}
	uint64_t took = now(CLOCK_MONOTONIC) - began;
	shared->held++;
	shared->held_ns += took;
	if (took > shared->held_longest_ns)
		shared->held_longest_ns = took;
}

/*
 * What comes before the first time the main loop waits for anything. Only from here on the library says that it is there: a
 * script that starts QEMU has it in its shell, too.
 */
static void main_loop_begins(void)
{
	static pid_t ours;

	if (ours == getpid())
		return;
	ours = getpid();
	pthread_atfork(NULL, NULL, forked);
	if (shared->deny_spawn)
		guard();
	shared->loaded = STEADY_MAGIC;
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	static int (*poll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

	if (!poll)
		*(void **)&poll = next("ppoll", "GLIBC_2.4");
	if (self() == getpid())
		main_loop_begins();
	int r = poll(fds, n, timeout, mask), saved = errno;
	if (self() == getpid()) {
		if (cpus_run && !owns_lock())
			hold();
		note_clock();
	}
	errno = saved;
	return r;
}
