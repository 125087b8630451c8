/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One child: a workload of ours or a program of the user's, watched until it ends or its virtual time is up. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests/agent/agent.h"
#include "guests/agent/uncpio.h"

#define FEED_NS 10000000000ull /* the watchdog gets its food every 10 virtual seconds, and bites after 30 */
#define WORKLOADS "/bin/workloads"
#define CONTROL_FD 3 /* of a workload: see workloads/lib/guest.c */

struct watch {
	struct channel *c;
	const struct job *job;
	struct sampler s;
	pid_t pid;
	int control, out[2]; /* -1 when closed */
	uint64_t deadline, next_sample, every;
	unsigned sample;
	size_t ends; /* sampler's files from here on are not the standing ones */
};

static void child_setup(int control, const int out[2], const char *root, const char *cwd)
{
	struct sched_param p = { 0 };
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sched_setscheduler(0, SCHED_OTHER, &p);
	iopl(0);
	setsid();
	write_file("/proc/self/oom_score_adj", "0");
	dup2(null, 0);
	dup2(out[0], 1);
	dup2(out[1], 2);
	if (control >= 0)
		dup2(control, CONTROL_FD);
	if (root && (chroot(root) || chdir("/"))) {
		perror(root);
		_exit(126);
	}
	if (cwd && chdir(cwd)) {
		perror(cwd);
		_exit(126);
	}
}

static char **words(const struct job *job, const char *first, const char *key)
{
	char **argv = calloc(job->n + 3, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		abort();
	if (first) {
		argv[n++] = (char *)(uintptr_t)first;
		argv[n++] = (char *)(uintptr_t)job_get(job, "workload", "");
	}
	for (size_t i = 0; i < job->n; i++) {
		char *const *w = job->line[i].word;
		char *text;

		if (strcmp(w[0], key) != 0)
			continue;
		if (!w[2])
			argv[n++] = w[1];
		else if (asprintf(&text, "%s=%s", w[1], w[2]) > 0)
			argv[n++] = text;
	}
	return argv;
}

static void child_env(const struct job *job)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "env"))
			setenv(job->line[i].word[1], job->line[i].word[2], 1);
}

static pid_t start(struct watch *w, const char *root)
{
	bool exec_mode = !strcmp(job_get(w->job, "mode", ""), "exec");
	char **argv = words(w->job, exec_mode ? NULL : WORKLOADS, exec_mode ? "arg" : "param");
	int control[2], out[2], err[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) || pipe2(out, O_CLOEXEC) ||
	    pipe2(err, O_CLOEXEC))
		return -1;
	w->pid = fork();
	if (!w->pid) {
		child_setup(exec_mode ? -1 : control[1], (int[]){ out[1], err[1] }, root,
			    job_get(w->job, "cwd", NULL));
		child_env(w->job);
		execvp(argv[0], argv);
		fprintf(stderr, "numarig: %s: %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	free(argv);
	close(control[1]);
	close(out[1]);
	close(err[1]);
	w->control = control[0];
	w->out[0] = out[0];
	w->out[1] = err[0];
	return w->pid;
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
	char *words_ = rest(text), path[64], name[300];

	if (!strcmp(text, "phase")) {
		sampler_take(&w->s, words_);
	} else if (!strcmp(text, "maps")) {
		char *pid = words_;
		char *as = rest(pid);

		for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
			snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, maps[i]);
			snprintf(name, sizeof(name), "/proc/%.200s/%s", as, maps[i]);
			sampler_once(&w->s, path, name);
		}
	} else if (!strcmp(text, "value")) {
		char *number = rest(words_);

		channel_send(w->c, FRAME_VALUE, words_, number, strlen(number));
		return;
	} else if (!strcmp(text, "skip")) {
		channel_say(w->c, FRAME_SKIP, "workload", "%s", words_);
		return;
	} else if (!strcmp(text, "broken")) {
		channel_say(w->c, FRAME_BROKEN, "workload", "%s", words_);
		return;
	} else {
		channel_say(w->c, FRAME_BROKEN, "workload", "sends an unknown message \"%s\"", text);
	}
	if (send(w->control, "ok", 2, MSG_NOSIGNAL) < 0)
		channel_say(w->c, FRAME_NOTE, "workload", "went away at \"%s\"", text);
}

static void read_control(struct watch *w)
{
	char text[2048];
	ssize_t n = recv(w->control, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n > 0) {
		text[n] = 0;
		message(w, text);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		close(w->control);
		w->control = -1;
	}
}

static void read_output(struct watch *w, int i)
{
	char text[16384];
	ssize_t n = read(w->out[i], text, sizeof(text));

	if (n > 0)
		channel_send(w->c, FRAME_OUT, i ? "2" : "1", text, (size_t)n);
	else if (!n || errno != EINTR) {
		close(w->out[i]);
		w->out[i] = -1;
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
	sampler_take(&w->s, name);
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
		if (p == w->pid) {
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
		struct pollfd p[3] = { { w->control, POLLIN, 0 },
				       { w->out[0], POLLIN, 0 },
				       { w->out[1], POLLIN, 0 } };
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
	while (w->control >= 0 && poll(&(struct pollfd){ w->control, POLLIN, 0 }, 1, 0) > 0)
		read_control(w);
	for (int i = 0; i < 2; i++)
		while (w->out[i] >= 0 && poll(&(struct pollfd){ w->out[i], POLLIN, 0 }, 1, 0) > 0)
			read_output(w, i);
	kill_rest();
}

static void on_chld(int sig)
{
	(void)sig; /* only to interrupt ppoll */
}

static const char *unpack_files(struct channel *c, const char *root)
{
	size_t n = 0;
	char *files = fwcfg_read(JOB_FILES_FILE, &n), why[256];
	int r = files ? uncpio(files, n, root, why, sizeof(why), false) : 0;

	free(files);
	if (r) {
		channel_say(c, FRAME_BROKEN, "files", "%s", why);
		return NULL;
	}
	sync();
	write_file("/proc/sys/vm/drop_caches", "1"); /* whoever reads first brings the page cache */
	return root;
}

/* Files that cost much and are wanted before and after only. */
static void add_ends(struct watch *w)
{
	w->ends = w->s.n;
	for (size_t i = 0; i < w->job->n; i++)
		if (!strcmp(w->job->line[i].word[0], "ends"))
			sampler_add(&w->s, w->job->line[i].word[1]);
}

static void sampler_setup(struct watch *w)
{
	for (size_t i = 0; i < w->job->n; i++) {
		char *const *word = w->job->line[i].word;

		if (!strcmp(word[0], "sample") && !strstr(word[1], "PID"))
			sampler_add(&w->s, word[1]);
	}
	add_ends(w);
	sampler_take(&w->s, "start");
	sampler_drop(&w->s, w->ends);
}

void child_run(struct channel *c, const struct job *job)
{
	struct watch w = { .c = c, .job = job, .s = { .channel = c }, .control = -1, .out = { -1, -1 } };
	const char *root = job_get(job, "root", NULL);
	struct sigaction sa = { .sa_handler = on_chld };
	bool late = false;
	int status = 0;

	sigaction(SIGCHLD, &sa, NULL);
	if (root && !unpack_files(c, root))
		return;
	w.every = job_number(job, "every");
	sampler_setup(&w);
	w.deadline = now_ns() + job_number(job, "deadline");
	w.next_sample = now_ns() + w.every;
	if (start(&w, root) < 0) {
		channel_say(c, FRAME_BROKEN, "child", "can't be started: %s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "sample") && strstr(job->line[i].word[1], "PID"))
			sampler_add_process(&w.s, job->line[i].word[1], w.pid);
	watch_until_end(&w, &status, &late);
	port_watchdog(WATCHDOG_30S);
	sampler_drop(&w.s, w.ends);
	add_ends(&w);
	sampler_take(&w.s, "end");
	if (late)
		channel_say(c, FRAME_EXIT, "deadline", "%llu",
			    (unsigned long long)job_number(job, "deadline"));
	else if (c->flooded)
		channel_say(c, FRAME_EXIT, "flood", "%llu", (unsigned long long)c->quota);
	else if (WIFSIGNALED(status))
		channel_say(c, FRAME_EXIT, "signal", "%d", WTERMSIG(status));
	else
		channel_say(c, FRAME_EXIT, "code", "%d", WEXITSTATUS(status));
}

void shell_run(void)
{
	int tty = open("/dev/ttyS0", O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	if (!pid) {
		setsid();
		iopl(0);
		/* ext4 has numactl and the libraries; without it the initramfs' busybox must do */
		if (!access(EXT4_ROOT "/bin/numactl", X_OK) && (chroot(EXT4_ROOT) || chdir("/")))
			_exit(127);
		for (int fd = 0; fd < 3; fd++)
			dup2(tty, fd);
		ioctl(0, TIOCSCTTY, 0);
		execl("/bin/busybox", "sh", "-l", (char *)NULL);
		_exit(127);
	}
	for (int status; waitpid(-1, &status, 0) != pid;)
		;
	port_end();
}
