/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts what the guest runs: the program of all workloads, one of the user's, or a shell. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guests/agent/agent.h"

#define CONTROL_FD 3 /* of a workload: see workloads/lib/guest.c */

/* NULL, or what could not be done, with errno. */
static const char *child_setup(int control, const int out[2], const char *root, const char *cwd)
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
	if (root && (chroot(root) || chdir("/")))
		return root;
	return cwd && chdir(cwd) ? cwd : NULL;
}

static void child_env(const struct job *job)
{
	for (size_t i = 0; i < job->n; i++)
		if (!strcmp(job->line[i].word[0], "env"))
			setenv(job->line[i].word[1], job->line[i].word[2], 1);
}

int child_start(struct child *child, char **argv, const struct job *job, bool control, int *wrong)
{
	int ctl[2] = { -1, -1 }, out[2], err[2], refused[2];

	if ((control && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ctl)) ||
	    pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || pipe2(refused, O_CLOEXEC))
		return -1;
	child->pid = fork();
	if (!child->pid) {
		const char *what = child_setup(ctl[1], (int[]){ out[1], err[1] },
					       control ? NULL : job_get(job, "root", NULL),
					       control ? NULL : job_get(job, "cwd", NULL));
		if (!what) {
			child_env(job);
			execvp(argv[0], argv);
		}
		*wrong = errno;
		fprintf(stderr, "numarig: %s: %s\n", what ? what : argv[0], strerror(*wrong));
		(void)!write(refused[1], wrong, sizeof(*wrong));
		_exit(*wrong == ENOENT && !what ? 127 : 126);
	}
	if (control)
		close(ctl[1]);
	close(out[1]);
	close(err[1]);
	close(refused[1]);
	ssize_t n;
	while ((n = read(refused[0], wrong, sizeof(*wrong))) < 0 && errno == EINTR)
		;
	if (n != sizeof(*wrong)) /* execve(2) has closed it */
		*wrong = 0;
	close(refused[0]);
	child->control = ctl[0];
	child->out[0] = out[0];
	child->out[1] = err[0];
	return child->pid;
}

void child_dismiss(struct child *child)
{
	close(child->control);
	close(child->out[0]);
	close(child->out[1]);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
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
