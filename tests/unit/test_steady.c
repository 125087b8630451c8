/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * harness/preload/steady.c, preloaded into this very program, which plays QEMU: a main thread that polls, and a thread that is
 * the CPUs'. Each case is a process of its own; what it must come to is its exit code, and what the library wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "preload/steady.h"

#define MS 1000000ull
#define HOLD_MS 300 /* of the CPUs' thread's CPU time, in the case that comes to it */

/* --- QEMU -------------------------------------------------------------------------------------------------------------- */
static pthread_mutex_t big = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t halt = PTHREAD_COND_INITIALIZER;
static volatile bool waiting, go, started, rest;
static volatile int shutdown_cause;
static void (*volatile cpus_do)(void);

/* QEMU's, which the library looks for. */
int qemu_shutdown_requested_get(void);
int qemu_shutdown_requested_get(void)
{
	return shutdown_cause;
}

static void sleep_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000l }, NULL);
}

static void *cpus(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&big);
	waiting = true;
	while (!go)
		pthread_cond_wait(&halt, &big);
	started = true;
	pthread_mutex_unlock(&big);
	cpus_do();
	pthread_mutex_lock(&big);
	rest = true;
	for (;;)
		pthread_cond_wait(&halt, &big);
	return NULL;
}

static void *nothing(void *unused)
{
	return unused;
}

/* Says it under the lock: who has that behind it has seen the thread wait, or run. */
static void until(volatile bool *is_set)
{
	for (bool is = false; !is; sleep_ms(1)) {
		pthread_mutex_lock(&big);
		is = *is_set;
		pthread_mutex_unlock(&big);
	}
}

static void start_cpus(void (*what)(void))
{
	pthread_t rcu, t;

	cpus_do = what;
	pthread_create(&rcu, NULL, nothing, NULL); /* the first thread never begins */
	pthread_create(&t, NULL, cpus, NULL);
	until(&waiting);
	pthread_mutex_lock(&big);
	go = true;
	pthread_cond_signal(&halt);
	pthread_mutex_unlock(&big);
	until(&started);
}

static unsigned polled_ms(void)
{
	uint64_t begin = host_ns();

	ppoll(NULL, 0, &(struct timespec){ 0 }, NULL);
	return (unsigned)((host_ns() - begin) / MS);
}

/* --- what the CPUs' thread does --------------------------------------------------------------------------------------------- */
static void wants_the_lock(void)
{
	sleep_ms(50);
	pthread_mutex_lock(&big);
	pthread_mutex_unlock(&big);
}

/* No CPU time goes by: for the library the same as a thread that the host lets wait. */
static void gets_no_cpu(void)
{
	sleep_ms(2500);
}

static void never_rests(void)
{
	for (;;)
		;
}

static void short_while(void)
{
	sleep_ms(1000); /* longer than the main thread can need to come to its poll */
}

/* --- cases: 0 is right; anything else is printed ---------------------------------------------------------------------------- */
static int wrong(const char *what, unsigned ms)
{
	printf("# %s: polled for %u ms\n", what, ms);
	fflush(stdout);
	return 1;
}

/* The main thread waits with the big lock in its hands. */
static int owner(void)
{
	start_cpus(wants_the_lock);
	pthread_mutex_lock(&big);
	sleep_ms(100); /* now it sleeps in pthread_mutex_lock */
	polled_ms();
	pthread_mutex_unlock(&big);
	return 0; /* that it was not held is what the library says */
}

static int starved(void)
{
	start_cpus(gets_no_cpu);
	unsigned ms = polled_ms();
	return rest ? 0 : wrong("let go of a CPUs' thread that got no CPU", ms);
}

static int busy(void)
{
	start_cpus(never_rests);
	unsigned ms = polled_ms();
	return ms >= HOLD_MS ? 0 : wrong("let go of a CPU that runs, too early", ms);
}

static int ends(void)
{
	start_cpus(never_rests);
	shutdown_cause = 1;
	polled_ms();
	return 0; /* and the library did not let go for another reason */
}

static int waits(void)
{
	start_cpus(short_while);
	unsigned ms = polled_ms();
	return rest && ms >= 100 ? 0 : wrong("went on before the CPUs' thread waited", ms);
}

static int killed(void)
{
	start_cpus(short_while);
	polled_ms();
	raise(SIGKILL);
	return 1;
}

/* No process and no program, by any door; threads as before. */
static int spawns(void)
{
	static char *const argv[] = { (char *)(uintptr_t) "/bin/true", NULL };
	pthread_t first, second;
	pid_t pid;

	pthread_create(&first, NULL, nothing, NULL);
	polled_ms();
	errno = 0;
	pid = fork();
	if (pid >= 0 || errno != EPERM) {
		if (!pid)
			_exit(0);
		return 1;
	}
	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != -1 || errno != EPERM)
		return 2;
#ifdef SYS_vfork
	if (syscall(SYS_vfork) != -1 || errno != EPERM)
		return 3;
#endif
	if (execv(argv[0], argv) != -1 || errno != EPERM)
		return 4;
	if (syscall(SYS_execveat, -100, argv[0], argv, NULL, 0) != -1 || errno != EPERM)
		return 5;
	if (pthread_create(&second, NULL, nothing, NULL) || pthread_join(second, NULL))
		return 6;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = { { "owner", owner }, { "starved", starved }, { "busy", busy },    { "ends", ends },
	      { "waits", waits }, { "killed", killed },	  { "spawns", spawns } };

/* --- the host ---------------------------------------------------------------------------------------------------------- */
/* Runs a case with the library in it; what that wrote is in *says. waitpid(2)'s status. */
static int play(const char *name, bool deny_spawn, struct steady *says)
{
	int fd = memfd_create("steady", 0), status;
	struct steady *page;
	char number[16];

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(*page)), 0);
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(page != MAP_FAILED);
	page->hold_ns = HOLD_MS * MS;
	page->deny_spawn = deny_spawn;
	pid_t pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(number, sizeof(number), "%d", fd);
		setenv(STEADY_ENV, number, 1);
		setenv("LD_PRELOAD", TEST_SOURCE_DIR "/" TEST_BUILD "/steady.so", 1);
		execl("/proc/self/exe", "test_steady", name, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	*says = *page;
	munmap(page, sizeof(*page));
	close(fd);
	return status;
}

static void passes(const char *name, struct steady *says)
{
	int status = play(name, false, says);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(says->loaded, STEADY_MAGIC);
}

static void main_thread_owns_the_lock(void **state)
{
	struct steady says;

	(void)state;
	passes("owner", &says);
	assert_int_equal(says.held, 0);
}

static void holds_for_a_starved_thread(void **state)
{
	struct steady says;

	(void)state;
	passes("starved", &says);
	assert_int_equal(says.held, 1);
	assert_int_equal(says.let_go, 0);
	assert_true(says.held_longest_ns >= 2000 * MS);
}

static void lets_go_of_a_guest_that_never_rests(void **state)
{
	struct steady says;

	(void)state;
	passes("busy", &says);
	assert_int_equal(says.let_go, 1);
}

static void lets_a_machine_end(void **state)
{
	struct steady says;

	(void)state;
	passes("ends", &says);
	assert_int_equal(says.let_go, 0);
}

static void tells_what_it_did(void **state)
{
	struct steady says;

	(void)state;
	passes("waits", &says);
	assert_int_equal(says.held, 1);
	assert_true(says.held_ns >= 100 * MS && says.held_ns == says.held_longest_ns);
}

static void tells_it_of_a_killed_one(void **state)
{
	struct steady says;
	int status = play("killed", false, &says);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(says.loaded, STEADY_MAGIC);
	assert_int_equal(says.held, 1);
}

static void denies_spawning(void **state)
{
	struct steady says;
	int status = play("spawns", true, &says);

	(void)state;
	if (says.spawn_errno) /* no seccomp on this host */
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(says.spawn_denied, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(main_thread_owns_the_lock),
		cmocka_unit_test(holds_for_a_starved_thread),
		cmocka_unit_test(lets_go_of_a_guest_that_never_rests),
		cmocka_unit_test(lets_a_machine_end),
		cmocka_unit_test(tells_what_it_did),
		cmocka_unit_test(tells_it_of_a_killed_one),
		cmocka_unit_test(denies_spawning),
	};

	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(argv[1], cases[i].name)) {
			int code = cases[i].run();

			fflush(stdout);
			_exit(code); /* a sanitizer's look for leaks at exit is a process of its own, which may be denied */
		}
	return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
