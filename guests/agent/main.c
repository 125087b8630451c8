/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guests/agent/agent.h"
#include "wire/mark.h"

static void sleep_until(uint64_t ns)
{
	struct timespec t = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

static int job_read(struct channel *c, struct fwcfg *f, struct job *job)
{
	char why[256] = "job: out of memory";
	size_t n;
	char *text = fwcfg_read(f, JOB_FILE, &n);

	if (!text) {
		channel_say(c, FRAME_BROKEN, "job", "fw_cfg has no %s that can be read", JOB_FILE);
		return -1;
	}
	if (strlen(text) != n || job_parse(text, job, why, sizeof(why))) {
		channel_say(c, FRAME_BROKEN, "job", "%s", why);
		return -1;
	}
	return 0;
}

/*
 * The exact instant. The watchdog's timer runs in virtual time and, with every CPU idle, pauses the machine at the
 * same instruction each time. What runs behind the sleep is the restored machine; the one that was saved ends.
 */
static void snapshot_here(void)
{
	uint64_t t = now_ns();

	port_watchdog(WATCHDOG_4S);
	sleep_until(t + SNAPSHOT_AFTER_NS);
	port_watchdog_off();
}

int main(void)
{
	struct sched_param fifo = { .sched_priority = 50 };
	struct channel c;
	struct job job = { 0 };
	struct ready ready = { .sampler.channel = &c };
	int log;

	boot_mounts();
	port_open();
	fwcfg_open(&ready.fwcfg);
	channel_start(&c, 0);
	channel_say(&c, FRAME_HELLO, AGENT_VERSION, "boot");
	write_file("/proc/self/oom_score_adj", "-1000");
	if (job_read(&c, &ready.fwcfg, &job))
		goto end;
	/* stock kernels begin with balancing on: what it marks of this task now would fault in the midst of a workload */
	if (strcmp(job_get(&job, "mode", ""), "shell") != 0)
		write_file("/proc/sys/kernel/numa_balancing", "0");
	boot_ext4(&c);
	if (!strcmp(job_get(&job, "mode", ""), "shell"))
		shell_run();
	boot_attest(&c);
	log = kernel_log_open();
	mlockall(MCL_CURRENT | MCL_FUTURE);
	ready_make(&ready, &c, &job);
	if (!strcmp(job_get(&job, "mode", ""), "snapshot")) {
		job_free(&job);
		channel_say(&c, FRAME_END, "end", "%s", "");
		snapshot_here();
		channel_start(&c, 0);
		channel_say(&c, FRAME_HELLO, AGENT_VERSION, "restored");
		if (job_read(&c, &ready.fwcfg, &job))
			goto end;
	}
	c.quota = job_number(&job, "quota");
	/* before balancing may be switched on: it scans tasks of the fair class, and this one's faults would be counted */
	sched_setscheduler(0, SCHED_FIFO, &fifo);
	knobs_apply(&ready.knobs, &c, &job);
	knobs_report(&ready.knobs, &c, &job);
	sleep_until(now_ns() + job_number(&job, "seed") * SEED_STEP_NS);
	events_start(&c, &job);
	child_run(&ready, &c, &job);
	kernel_log(&c, log);
	events_report(&c, &job);
end:
	MARK(MARK_STOP, NULL, 0, 0);
	channel_say(&c, FRAME_END, "end", "%s", "");
	port_end();
}
