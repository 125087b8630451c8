/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's PID 1: static C, no threads, no fork while it samples.
 *
 * It mounts, prepares ext4 in RAM, reports what the machine looks like, waits at the exact instant at which the
 * host saves the machine, and from there (in every restored copy) reads a job, sets knobs, runs one workload or
 * program in a child with a deadline in virtual time, samples raw text, reports, and ends the machine.
 */
#ifndef NUMARIG_GUESTS_AGENT_H
#define NUMARIG_GUESTS_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/frame.h"
#include "wire/job.h"

#define AGENT_VERSION "1"
#define EXT4_ROOT "/ext4"

/* --- port.c: the devices ------------------------------------------------------------------------------------- */
void port_open(void);
void port_bytes(const void *p, size_t n); /* to the record channel */
void port_watchdog(unsigned value);	  /* arm: 13 is 4 s, 0 is 30 s */
void port_watchdog_off(void);
__attribute__((noreturn)) void port_end(void);

/*
 * The window fw_cfg's DMA goes through: a locked page of ours. Its physical address is looked up once, before the
 * instant, and again only when a transfer shows that the page has moved.
 */
struct fwcfg {
	char *page;
	uint64_t physical;
};

void fwcfg_open(struct fwcfg *f);
/* Reads a fw_cfg file into malloc'ed memory ended by a 0; NULL when there is none. */
char *fwcfg_read(struct fwcfg *f, const char *name, size_t *n);

/* --- channel.c: frames --------------------------------------------------------------------------------------- */
struct channel {
	uint64_t seq;
	uint64_t sent;	/* bytes since channel_start */
	uint64_t quota; /* 0: none */
	bool flooded;	/* the quota was met; only note, exit and end still go out */
};

uint64_t now_ns(void); /* CLOCK_MONOTONIC: virtual time */
uint64_t now_tsc(void);
void channel_start(struct channel *c, uint64_t quota);
void channel_send(struct channel *c, enum frame_type type, const char *name, const void *payload, size_t n);
__attribute__((format(printf, 4, 5))) void channel_say(struct channel *c, enum frame_type type,
						       const char *name, const char *fmt, ...);

/* --- job.c ----------------------------------------------------------------------------------------------------- */
#define JOB_WORDS 4

struct job_line {
	char *word[JOB_WORDS]; /* key first; missing ones NULL */
};

struct job {
	char *text; /* the lines point into it */
	struct job_line *line;
	size_t n;
};

/* 0, or -1 with the reason in `why`. */
int job_parse(char *text, struct job *job, char *why, size_t why_size);
void job_free(struct job *job);
const char *job_get(const struct job *job, const char *key, const char *otherwise);
uint64_t job_number(const struct job *job, const char *key);

/* --- sample.c: raw text ---------------------------------------------------------------------------------------- */
struct watched {
	char *pattern;	/* it was found by */
	char *path;	/* as opened */
	char *name;	/* as reported: PID for the number */
	int fd;		/* -1: opened anew for each sample */
	bool ends_only; /* in the first and the last sample only */
	char *last;	/* what was sent last; NULL before */
	size_t last_len;
};

struct sampler {
	struct channel *channel;
	struct watched *v;
	size_t n;
	char *buf;
	size_t cap;
	int refresh; /* vm.stat_refresh; 0: not open */
};

/* Opens what a glob matches; one added before stays as it is, one without a match is reported absent. */
void sampler_add(struct sampler *s, const char *pattern, bool ends_only);
/* The same for files of a process; `pid` replaces PID in the pattern. */
void sampler_add_process(struct sampler *s, const char *pattern, pid_t pid);
/* A phase frame, and of each file what changed since it was last sent; of those with ends_only set only when `all`. */
void sampler_take(struct sampler *s, const char *phase, bool all);
void sampler_close(struct sampler *s);
/* One file, whole, reported under `name`; it belongs to the phase at hand. */
void sampler_once(struct sampler *s, const char *path, const char *name);
/* Reads a whole small file into buf (ended by a 0, trailing newline kept); -errno. */
ssize_t read_small(const char *path, char *buf, size_t size);

/* --- boot.c ------------------------------------------------------------------------------------------------------ */
void boot_mounts(void);
/* brd, ext4 and what lies in /ext4root; says in a note "ext4" "ok" or why there is none. */
void boot_ext4(struct channel *c);
/* What the machine looks like, for the host to compare with what it asked for. */
void boot_attest(struct channel *c);
/* /dev/kmsg at its end: what comes later is read from it. klogctl(3) would format the whole log each time. */
int kernel_log_open(void);
/* What came since, as file "dmesg", in the records' form (Documentation/ABI/testing/dev-kmsg). */
void kernel_log(struct channel *c, int fd);
/* 0 or -errno */
int write_file(const char *path, const char *text);

/* --- knobs.c ----------------------------------------------------------------------------------------------------- */
struct knob_file {
	char *path;
	int fd; /* -1: can't be opened, errno in `error` */
	int error;
	char *text; /* what it reads */
};

/* What the knobs read. As nobody else writes them, that is looked up again only after a write of ours. */
struct knobs {
	struct knob_file *v;
	size_t n;
	bool stale;
};

/* Opens and reads those of the job's "read" lines. */
void knobs_learn(struct knobs *k, const struct job *job);
/* Writes those that do not read as the job's "write" lines want. */
void knobs_apply(struct knobs *k, struct channel *c, const struct job *job);
void knobs_report(struct knobs *k, struct channel *c, const struct job *job);
/* Those that read otherwise than reported, after a workload. */
void knobs_report_left(struct knobs *k, struct channel *c, const struct job *job);
void events_start(struct channel *c, const struct job *job);
void events_report(struct channel *c, const struct job *job);

/* --- start.c: what the guest runs -------------------------------------------------------------------------------- */
struct child {
	pid_t pid;	     /* 0: none */
	int control, out[2]; /* -1 when closed */
};

/*
 * `control`: our own program that waits for a workload, which does not live in the root of the user's.
 * *wrong: 0, or errno of a program that could not be executed: its exit code may be another one's own, too.
 */
int child_start(struct child *child, char **argv, const struct job *job, bool control, int *wrong);
/* It sees the end of its control channel, and goes. */
void child_dismiss(struct child *child);
__attribute__((noreturn)) void shell_run(void);

/* --- child.c: the workload or program ---------------------------------------------------------------------------- */
/* What is made ready before the instant, since every restored machine would do it anew: it costs translation there. */
struct ready {
	struct fwcfg fwcfg;
	struct knobs knobs;
	struct sampler sampler; /* of the files every job names */
	struct child workloads; /* the program of all workloads, waiting for the name of one */
};

/* By a job whose knobs and samples are those that later jobs begin with. */
void ready_make(struct ready *r, struct channel *c, const struct job *job);
/* Looks at the root that a program shall have and unpacks the job's files there; false: it said what is wrong. */
bool root_ready(struct fwcfg *f, struct channel *c, const char *root);
void child_run(struct ready *r, struct channel *c, const struct job *job);

#endif
