/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: signals TABLE ROUNDS SEED OUT FOLDER...
 *
 * Runs the commands of TABLE in turn and sends each SIGINT, SIGTERM or SIGHUP, to it alone or to its process group as a
 * terminal does, at a random moment between its start and its end. Then it must be dead within 5 s and 1 s of its own CPU
 * time, and nothing may be left: no process below it, no mount, no workspace, socket or temporary file in FOLDERs, nothing at
 * all in the first, and OUT complete or not there.
 *
 * TABLE: a line a command, "SCENARIO WORD...", words parted by blanks; SCENARIO is what $NUMARIG_FAKE becomes. One that begins
 * with "never" does not end by itself. One TAP line a command, one of what was worst.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"

#define WALL_NS 5000000000ull
#define CPU_S 1.0
#define LONGEST_NS 60000000000ull /* a command that nothing is sent to */
#define NEVER_NS 600000000ull	  /* one that does not end is ended within this */

struct command {
	struct strlist words; /* without the scenario */
	char *scenario, *name;
	uint64_t takes_ns;
	int code; /* its exit code when left alone */
	unsigned rounds, early, bad;
};

static struct {
	const char *out;
	char **folder;
	int folders;
	uint64_t random;
	double worst_cpu, worst_wall;
	struct text why;
	struct strlist left;
} all;

static uint64_t draw(uint64_t below)
{
	all.random = all.random * 6364136223846793005u + 1442695040888963407u;
	return below ? (all.random >> 33) % below : 0;
}

/* --- a command ---------------------------------------------------------------------------------------------------------- */
static pid_t begin(const struct command *c)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	signal(SIGHUP, SIG_DFL); /* whoever started this may have had it ignored, as nohup does */
	signal(SIGINT, SIG_DFL);
	setenv("NUMARIG_FAKE", c->scenario, 1);
	int in = open("/dev/null", O_RDWR), out = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	execv(c->words.v[0], c->words.v);
	_exit(126);
}

/* CPU seconds of its own, also when it is dead and not yet reaped. */
static double cpu_of(pid_t pid)
{
	auto_free char *path = xasprintf("/proc/%d/stat", (int)pid);
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	unsigned long user = 0, system = 0;

	if (file_read(path, 4096, &t, &err))
		return 0;
	const char *at = strrchr(text_str(&t), ')');
	if (!at ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Whether it is dead by then; it stays to be reaped. */
static bool dead_by(pid_t pid, uint64_t until)
{
	for (;;) {
		siginfo_t is = { 0 };

		if (!waitid(P_PID, (id_t)pid, &is, WEXITED | WNOHANG | WNOWAIT) && is.si_pid == pid)
			return true;
		if (host_ns() >= until)
			return false;
		poll(NULL, 0, 1);
	}
}

/* Whoever lives on: what it and its children wait for in the kernel. */
static void where_is(pid_t pid)
{
	static const char *const files[] = { "comm", "wchan", "syscall" };
	auto_free char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	auto_text struct text children = { 0 };
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *file = xasprintf("/proc/%d/%s", (int)pid, files[i]);
		auto_text struct text t = { 0 };

		file_read(file, 4096, &t, &err);
		text_printf(&all.why, "%.*s ", (int)strcspn(text_str(&t), "\n"), text_str(&t));
	}
	file_read(path, 4096, &children, &err);
	for (char *save = NULL, *w = strtok_r(children.s, " ", &save); w; w = strtok_r(NULL, " ", &save))
		where_is(atoi(w));
}

/* --- what is left --------------------------------------------------------------------------------------------------------- */
static int look(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	const char *name = path + ftw->base;
	bool first = !strncmp(path, all.folder[0], strlen(all.folder[0]));

	(void)flag;
	if (ftw->level && (first || !strncmp(name, ".work-", 6) || !strncmp(name, ".new-", 5) ||
			   strstr(name, ".tmp.") || S_ISSOCK(st->st_mode)))
		strlist_add(&all.left, "%s", path);
	return 0;
}

/* What the dead left runs on for a moment on a busy host: the kernel kills it behind them. */
static void look_for_processes(void)
{
	uint64_t until = host_ns() + 1000000000;
	pid_t p;

	while (!(p = waitpid(-1, NULL, WNOHANG)) || p > 0) {
		if (!p && host_ns() > until) {
			text_printf(&all.why, "%sleft: processes: ", all.why.len ? ", " : "");
			where_is(getpid());
			return;
		}
		if (!p)
			poll(NULL, 0, 1);
	}
}

/* A run, a series, or a folder of such and nothing else. */
static bool whole(const char *dir)
{
	static const char *const files[] = { "result.json", "series.json", "mission.json" };
	bool all_whole = false, first = true;
	struct dirent *e;
	DIR *d;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("%s/%s", dir, files[i]);

		if (path_exists(path))
			return true;
	}
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		auto_free char *run = xasprintf("%s/%s/result.json", dir, e->d_name);

		if (e->d_name[0] == '.')
			continue;
		all_whole = (first || all_whole) && path_exists(run);
		first = false;
	}
	if (d)
		closedir(d);
	return all_whole;
}

static void look_for_rest(void)
{
	struct err err = ERR_INIT;

	look_for_processes();
	for (int i = 0; i < all.folders; i++)
		nftw(all.folder[i], look, 32, FTW_PHYS);
	for (size_t i = 0; i < all.left.n; i++) {
		text_printf(&all.why, "%sleft: %s", all.why.len ? ", " : "", all.left.v[i]);
		dir_remove(all.left.v[i], &err); /* each is told once */
	}
	strlist_free(&all.left);
	if (path_exists(all.out) && !whole(all.out))
		text_printf(&all.why, "%sleft: half a run", all.why.len ? ", " : "");
	dir_remove(all.out, &err);
}

/* --- a round -------------------------------------------------------------------------------------------------------------- */
static void judge(struct command *c, int sig, int status, double wall, double cpu)
{
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	if (wall > WALL_NS / 1e9 || cpu > CPU_S)
		text_printf(&all.why, "%.2f s, %.2f s of CPU time to its end", wall, cpu);
	if (code != 128 + sig && code != c->code)
		text_printf(&all.why, "%sexit code %d", all.why.len ? ", " : "", code);
	if (code == c->code)
		c->early++;
	all.worst_wall = wall > all.worst_wall ? wall : all.worst_wall;
	all.worst_cpu = cpu > all.worst_cpu ? cpu : all.worst_cpu;
}

static void one_round(struct command *c)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGTERM };
	int sig = signals[draw(4)], status = 0;
	bool group = draw(2);
	uint64_t wait = draw(c->takes_ns + c->takes_ns / 20);

	text_free(&all.why);
	pid_t pid = begin(c);
	dead_by(pid, host_ns() + wait);
	double cpu = cpu_of(pid);
	uint64_t sent = host_ns();
	kill(group ? -pid : pid, sig);
	bool dead = dead_by(pid, sent + WALL_NS);
	double wall = (double)(host_ns() - sent) / 1e9;
	cpu = cpu_of(pid) - cpu;
	if (!dead) {
		text_printf(&all.why, "lives: ");
		where_is(pid);
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	waitpid(pid, &status, 0);
	judge(c, sig, status, wall, cpu);
	look_for_rest();
	c->rounds++;
	if (!all.why.len)
		return;
	c->bad++;
	printf("# %s: SIG%s%s after %.3f s: %s\n", c->name, sigabbrev_np(sig), group ? " to the group" : "",
	       (double)wait / 1e9, all.why.s);
	fflush(stdout);
}

/* How long it takes and how it ends when it is left alone. */
static void measure(struct command *c)
{
	uint64_t start = host_ns();
	int status = 0;
	bool never = !strncmp(c->scenario, "never", 5);

	c->takes_ns = NEVER_NS;
	c->code = -1;
	if (never)
		return;
	pid_t pid = begin(c);
	bool ends = dead_by(pid, start + LONGEST_NS);
	c->takes_ns = host_ns() - start;
	if (!ends)
		kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	c->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	text_free(&all.why);
	look_for_rest();
	if (ends && !all.why.len)
		return;
	printf("# %s: left alone: %s\n", c->name, ends ? all.why.s : "does not end");
	c->bad++;
}

static size_t read_table(const char *path, struct command **v)
{
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;
	size_t n = 0;

	if (file_read(path, 1 << 20, &t, &err)) {
		fprintf(stderr, "signals: %s\n", err.msg);
		exit(3);
	}
	for (char *save = NULL, *line = strtok_r(t.s, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		auto_text struct text name = { 0 };
		struct command c = { 0 };

		for (char *in = NULL, *w = strtok_r(line, " ", &in); w; w = strtok_r(NULL, " ", &in))
			if (!c.scenario)
				c.scenario = xstrdup(w);
			else
				strlist_add(&c.words, "%s", w);
		for (size_t i = 0; i < c.words.n; i++) /* without folders, which are long */
			text_printf(&name, "%s%s", i ? " " : "",
				    strrchr(c.words.v[i], '/') ? strrchr(c.words.v[i], '/') + 1
							       : c.words.v[i]);
		c.name = xasprintf("%s (%s)", text_str(&name), c.scenario);
		*v = xrealloc(*v, (n + 1) * sizeof(**v));
		(*v)[n++] = c;
	}
	return n;
}

static void mounts(struct text *t)
{
	struct err err = ERR_INIT;

	file_read("/proc/self/mounts", 1 << 20, t, &err);
}

int main(int argc, char **argv)
{
	auto_text struct text before = { 0 }, after = { 0 };
	struct command *v = NULL;
	unsigned bad = 0;

	if (argc < 6) {
		fprintf(stderr, "usage: signals TABLE ROUNDS SEED OUT FOLDER...\n");
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* who outlives its parent becomes ours, and is seen */
	/* mounts of others do not show here; who may not have this may not mount either */
	if (!unshare(CLONE_NEWNS) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		perror("signals: mounts of others are not kept out");
	size_t n = read_table(argv[1], &v), rounds = strtoul(argv[2], NULL, 10);
	all.random = strtoul(argv[3], NULL, 10) * 2654435761u + 1;
	all.out = argv[4];
	all.folder = argv + 5;
	all.folders = argc - 5;
	mounts(&before);
	for (size_t i = 0; i < n; i++)
		measure(&v[i]);
	for (size_t i = 0; i < rounds; i++)
		one_round(&v[i % n]);
	mounts(&after);
	for (size_t i = 0; i < n; i++) {
		printf("%sok %zu - %s: %u signals, %u of them late\n", v[i].bad ? "not " : "", i + 1,
		       v[i].name, v[i].rounds, v[i].early);
		bad += v[i].bad;
	}
	for (size_t i = 0; i < n; i++) {
		strlist_free(&v[i].words);
		free(v[i].scenario);
		free(v[i].name);
	}
	free(v);
	text_free(&all.why);
	bool same = !strcmp(text_str(&before), text_str(&after));
	printf("%sok %zu - %zu signals: at most %.2f s and %.2f s of CPU time to the end, %u left something\n1..%zu\n",
	       same && !bad ? "" : "not ", n + 1, rounds, all.worst_wall, all.worst_cpu, bad, n + 1);
	return bad || !same;
}
