/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One child: a workload of ours or a program of the user's, watched until it ends or its virtual time is up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests/agent/agent.h"
#include "wire/mark.h"

#define FEED_NS 10000000000ull /* the watchdog gets its food every 10 virtual seconds, and bites after 30 */
#define WORKLOADS "/bin/workloads"

struct watch {
	struct channel *c;
	const struct job *job;
	struct sampler *s;
	struct child child;
	uint64_t deadline, next_sample, every;
	uint64_t kept, cut; /* bytes of its output passed on and dropped */
	unsigned sample;
};

/* The command's words, ended by a NULL; those of `key` behind one another. */
static char **words(const struct job *job, const char *key)
{
	char **argv = calloc(job->n + 1, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		abort();
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], key))
			argv[n++] = job->line[i].word[1];
	return argv;
}

/* The waiting program is told its workload: "NAME\0PARAM=VALUE\0..." (guests/workloads/main.c). */
static int tell_workload(const struct child *child, const struct job *job)
{
	char text[8192];
	int n = snprintf(text, sizeof(text), "%s", job_get(job, "workload", "")) + 1;

	for (size_t i = 0; i < job->n && n < (int)sizeof(text); i++)
		if (!strcmp(job->line[i].word[0], "param"))
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s=%s", job->line[i].word[1],
				      job->line[i].word[2]) +
			     1;
	if (n > (int)sizeof(text)) {
		errno = E2BIG;
		return -1;
	}
	return send(child->control, text, (size_t)n, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Splits off the first word. */
static char *rest(char *text)
{
	char *space = strchr(text, ' ');

	if (!space)
		return text + strlen(text);
	*space = 0;
	return space + 1;
}

/* A workload's message (workloads/lib/guest.c); those that the workload waits for get an answer. */
static void message(struct watch *w, char *text)
{
	static const char *const maps[] = { "numa_maps", "maps" };
	char *argument = rest(text), path[64], name[300];

	if (!strcmp(text, "phase")) {
		sampler_take(w->s, argument, false);
	} else if (!strcmp(text, "maps")) {
		char *pid = argument;
		char *as = rest(pid);

		for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
			snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, maps[i]);
			snprintf(name, sizeof(name), "/proc/%.200s/%s", as, maps[i]);
			sampler_once(w->s, path, name);
		}
	} else if (!strcmp(text, "value")) {
		char *number = rest(argument);

		channel_send(w->c, FRAME_VALUE, argument, number, strlen(number));
		return;
	} else if (!strcmp(text, "note")) {
		char *note = rest(argument);

		channel_say(w->c, FRAME_NOTE, argument, "%s", note);
		return;
	} else if (!strcmp(text, "skip")) {
		channel_say(w->c, FRAME_SKIP, "workload", "%s", argument);
		return;
	} else if (!strcmp(text, "broken")) {
		channel_say(w->c, FRAME_BROKEN, "workload", "%s", argument);
		return;
	} else {
		channel_say(w->c, FRAME_BROKEN, "workload", "sends an unknown message \"%s\"", text);
	}
	if (send(w->child.control, "ok", 2, MSG_NOSIGNAL) < 0)
		channel_say(w->c, FRAME_NOTE, "workload", "went away at \"%s\"", text);
}

static void read_control(struct watch *w)
{
	char text[2048];
	ssize_t n = recv(w->child.control, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n > 0) {
		text[n] = 0;
		message(w, text);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		close(w->child.control);
		w->child.control = -1;
	}
}

/* Beyond what the job allows it is read and dropped: the program goes on, and its end is what it would be. */
static void pass_on(struct watch *w, const char *stream, const char *text, size_t n)
{
	uint64_t room = job_number(w->job, "output") - w->kept;
	size_t fits = n < room ? n : (size_t)room;

	w->kept += fits;
	w->cut += n - fits;
	if (fits)
		channel_send(w->c, FRAME_OUT, stream, text, fits);
}

static void read_output(struct watch *w, int i)
{
	char text[16384];
	ssize_t n = read(w->child.out[i], text, sizeof(text));

	if (n > 0)
		pass_on(w, i ? "2" : "1", text, (size_t)n);
	else if (!n || errno != EINTR) {
		close(w->child.out[i]);
		w->child.out[i] = -1;
	}
}

static uint64_t earliest(const struct watch *w, uint64_t now)
{
	uint64_t t = now + FEED_NS;

	if (w->deadline < t)
		t = w->deadline;
	if (w->every && w->next_sample < t)
		t = w->next_sample;
	return t > now ? t - now : 0;
}

static void periodic(struct watch *w, uint64_t now)
{
	char name[32];

	if (!w->every || now < w->next_sample)
		return;
	snprintf(name, sizeof(name), "every-%u", ++w->sample);
	sampler_take(w->s, name, false);
	while (w->next_sample <= now)
		w->next_sample += w->every;
}

/* Reaps whoever ended; true when it was the child, with its status. */
static bool reap(struct watch *w, int *status)
{
	bool ours = false;
	int st;
	pid_t p;

	while ((p = waitpid(-1, &st, WNOHANG)) > 0)
		if (p == w->child.pid) {
			*status = st;
			ours = true;
		}
	return ours;
}

/*
 * What a fork bomb leaves dies in rounds: kill(-1) hits all but us, ours is the higher priority, and orphans become
 * our children. kill's own answer says nothing: it counts kernel threads, too.
 */
static void kill_rest(void)
{
	for (int i = 0; i < 1000; i++) {
		pid_t p;

		port_watchdog(WATCHDOG_30S); /* thousands take their time to die */
		kill(-1, SIGKILL);
		while ((p = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (p < 0)
			return;
		usleep(1000);
	}
}

static void watch_until_end(struct watch *w, int *status, bool *late)
{
	sigset_t chld, old;
	bool ended = false;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	while (!ended) {
		struct pollfd p[3] = { { w->child.control, POLLIN, 0 },
				       { w->child.out[0], POLLIN, 0 },
				       { w->child.out[1], POLLIN, 0 } };
		uint64_t now = now_ns();
		uint64_t wait = earliest(w, now);
		struct timespec t = { (time_t)(wait / 1000000000), (long)(wait % 1000000000) };

		if (now >= w->deadline || w->c->flooded) {
			*late = now >= w->deadline;
			kill_rest();
			return;
		}
		port_watchdog(WATCHDOG_30S);
		if (ppoll(p, 3, &t, &old) < 0 && errno != EINTR)
			break;
		periodic(w, now_ns());
		if (p[0].revents)
			read_control(w);
		for (int i = 0; i < 2; i++)
			if (p[1 + i].revents)
				read_output(w, i);
		ended = reap(w, status);
	}
	/* what is still in the pipes */
	while (w->child.control >= 0 && poll(&(struct pollfd){ w->child.control, POLLIN, 0 }, 1, 0) > 0)
		read_control(w);
	for (int i = 0; i < 2; i++)
		while (w->child.out[i] >= 0 && poll(&(struct pollfd){ w->child.out[i], POLLIN, 0 }, 1, 0) > 0)
			read_output(w, i);
	kill_rest();
}

static void on_chld(int sig)
{
	(void)sig; /* only to interrupt ppoll */
}

static void add_samples(struct sampler *s, const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		char *const *word = job->line[i].word;
		bool ends_only = !strcmp(word[0], "sample-ends");

		if ((ends_only || !strcmp(word[0], "sample")) && !strstr(word[1], "PID"))
			sampler_add(s, word[1], ends_only);
	}
}

static void add_process_samples(struct sampler *s, const struct job *job, pid_t pid)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "sample") && strstr(job->line[i].word[1], "PID"))
			sampler_add_process(s, job->line[i].word[1], pid);
}

void ready_make(struct ready *r, struct channel *c, const struct job *job)
{
	static char program[] = WORKLOADS;
	int wrong = 0;

	knobs_learn(&r->knobs, job);
	knobs_apply(&r->knobs, c, job);
	knobs_report(&r->knobs, c, job);
	if (child_start(&r->workloads, (char *[]){ program, NULL }, job, true, &wrong) < 0 || wrong)
		channel_say(c, FRAME_BROKEN, "child", "can't be started: %s",
			    strerror(wrong ? wrong : errno));
	add_samples(&r->sampler, job);
	/* later samples are sent as what changed since this one */
	sampler_take(&r->sampler, "ready", true);
}

/* The waiting program, or the job's own; -1 with errno. */
static int begin(struct ready *r, struct watch *w)
{
	if (!strcmp(job_get(w->job, "mode", ""), "run")) {
		w->child = r->workloads;
		return tell_workload(&w->child, w->job);
	}
	char **argv = words(w->job, "arg");
	int wrong = 0;
	MARK(MARK_BEGIN, NULL, 0, 0); /* a workload's marks are its own */
	int pid = child_start(&w->child, argv, w->job, false, &wrong);

	if (pid >= 0 && wrong)
		channel_say(w->c, FRAME_NOTE, "not-started", "%s: %s", argv[0], strerror(wrong));
	free(argv);
	return pid;
}

static void say_end(const struct watch *w, int status, bool late)
{
	if (w->cut)
		channel_say(w->c, FRAME_CUT, "out", "%llu %llu", (unsigned long long)w->kept,
			    (unsigned long long)w->cut);
	if (late)
		channel_say(w->c, FRAME_EXIT, "deadline", "%llu",
			    (unsigned long long)job_number(w->job, "deadline"));
	else if (w->c->flooded)
		channel_say(w->c, FRAME_EXIT, "flood", "%llu", (unsigned long long)w->c->quota);
	else if (WIFSIGNALED(status))
		channel_say(w->c, FRAME_EXIT, "signal", "%d", WTERMSIG(status));
	else
		channel_say(w->c, FRAME_EXIT, "code", "%d", WEXITSTATUS(status));
}

void child_run(struct ready *r, struct channel *c, const struct job *job)
{
	struct watch w = { .c = c, .job = job, .s = &r->sampler, .child = { 0, -1, { -1, -1 } } };
	const char *root = job_get(job, "root", NULL);
	struct sigaction sa = { .sa_handler = on_chld };
	bool late = false;
	int status = 0;

	if (strcmp(job_get(job, "mode", ""), "run") != 0 && r->workloads.pid)
		child_dismiss(&r->workloads);
	sigaction(SIGCHLD, &sa, NULL);
	if (root && !root_ready(&r->fwcfg, c, root))
		return;
	w.every = job_number(job, "every");
	add_samples(w.s, job);
	sampler_take(w.s, "start", true);
	w.deadline = now_ns() + job_number(job, "deadline");
	w.next_sample = now_ns() + w.every;
	if (begin(r, &w) < 0) {
		channel_say(c, FRAME_BROKEN, "child", "can't be started: %s", strerror(errno));
		return;
	}
	add_process_samples(w.s, job, w.child.pid);
	watch_until_end(&w, &status, &late);
	if (strcmp(job_get(job, "mode", ""), "run") != 0)
		MARK(MARK_CLOSE, "program", 0, 0);
	port_watchdog(WATCHDOG_30S);
	sampler_take(w.s, "end", true);
	knobs_report_left(&r->knobs, c, job);
	say_end(&w, status, late);
}
