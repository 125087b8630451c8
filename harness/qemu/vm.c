/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/wait.h"
#include "topo/layout.h"

#define HELLO_MS 20000 /* QEMU's start takes 0.05 s; a loaded machine with a cold disk more */

/* Moves the descriptors to their numbers, through higher ones so that none is overwritten. */
static int place_fds(const struct vm_spec *spec, int qmp_fd)
{
	int high[LAYOUT_PIECES + 1];

	if (spec->nfds + 1 > sizeof(high) / sizeof(high[0]))
		return -1;
	for (size_t i = 0; i <= spec->nfds; i++) {
		high[i] = fcntl(i ? spec->fds[i - 1] : qmp_fd, F_DUPFD_CLOEXEC, 256);
		if (high[i] < 0)
			return -1;
	}
	for (size_t i = 0; i <= spec->nfds; i++)
		if (dup2(high[i], VM_QMP_FD + (int)i) < 0)
			return -1;
	return 0;
}

/* By descriptor: the loader splits LD_PRELOAD at blanks and colons, which a path may hold. */
static void preload(const char *path)
{
	char name[32];
	int fd = open(path, O_RDONLY);

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fcntl(fd, F_DUPFD, 600));
	close(fd);
	setenv("LD_PRELOAD", name, 1);
}

__attribute__((noreturn)) static void child(const struct vm_spec *spec, int qmp_fd, int err_fd, int report,
					    pid_t parent)
{
	int code;

	interrupt_before_exec();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above */
	report = fcntl(report, F_DUPFD_CLOEXEC, 512);
	if (spec->preload)
		preload(spec->preload);
	/* its heap in huge pages where the host gives them on request: a third fewer page faults in a short run */
	setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
	if (!spec->terminal) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		setpgid(0, 0);
		dup2(null, 0);
		dup2(null, 1);
		dup2(err_fd, 2);
	}
	if (!place_fds(spec, qmp_fd))
		execvp(spec->argv[0], spec->argv);
	code = errno;
	if (write(report, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int launch(struct vm *vm, const struct vm_spec *spec, struct err *err)
{
	int pair[2] = { -1, -1 }, report[2] = { -1, -1 }, code = 0;
	pid_t parent = getpid();

	vm->stderr_fd = memfd_create("qemu-stderr", MFD_CLOEXEC);
	if (vm->stderr_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    pipe2(report, O_CLOEXEC)) {
		if (pair[0] >= 0)
			close(pair[0]), close(pair[1]);
		return err_sys(err, "%s: can't be started", spec->argv[0]);
	}
	vm->qmp_fd = pair[0];
	vm->pid = fork();
	if (!vm->pid)
		child(spec, pair[1], vm->stderr_fd, report[1], parent);
	close(pair[1]);
	close(report[1]);
	ssize_t n = vm->pid < 0 ? 0 : read(report[0], &code, sizeof(code));
	close(report[0]);
	if (vm->pid < 0) {
		vm->pid = 0;
		return err_sys(err, "%s: can't be started", spec->argv[0]);
	}
	if (n == (ssize_t)sizeof(code))
		return err_set(err, -code, "%s: can't be started: %s", spec->argv[0], strerror(code));
	vm->pidfd = pidfd_open(vm->pid, 0);
	return vm->pidfd < 0 ? err_sys(err, "%s: pidfd_open", spec->argv[0]) : 0;
}

int vm_start(struct vm *vm, const struct vm_spec *spec, struct err *err)
{
	*vm = (struct vm)VM_INIT;
	if (spec->log_path) {
		vm->log = fopen(spec->log_path, "ae");
		if (!vm->log)
			return err_sys(err, "%s", spec->log_path);
	}
	int r = launch(vm, spec, err);
	if (!r) {
		qmp_init(&vm->qmp, vm->qmp_fd, vm->log);
		r = qmp_hello(&vm->qmp, spec->hello_ms ? spec->hello_ms : HELLO_MS, err);
		if (r)
			r = vm_why(vm, err);
	}
	if (r)
		vm_stop(vm);
	return r;
}

int vm_run_terminal(char *const *argv, int *status, struct err *err)
{
	auto_vm struct vm vm = VM_INIT;
	struct vm_spec spec = { .argv = argv, .terminal = true };
	int r = launch(&vm, &spec, err);

	/* QEMU has the terminal in raw mode: a Ctrl-C goes to the guest, and only a kill comes here */
	return r ? r : vm_wait(&vm, UINT64_MAX, status, err);
}

void vm_stop(struct vm *vm)
{
	int saved = errno;

	wait_killed(vm->pid);
	if (vm->qmp.events)
		qmp_free(&vm->qmp);
	if (vm->pidfd >= 0)
		close(vm->pidfd);
	if (vm->qmp_fd >= 0)
		close(vm->qmp_fd);
	if (vm->stderr_fd >= 0)
		close(vm->stderr_fd);
	if (vm->log)
		fclose(vm->log);
	*vm = (struct vm)VM_INIT;
	errno = saved;
}

int vm_wait(struct vm *vm, uint64_t until_ns, int *status, struct err *err)
{
	for (;;) {
		uint64_t now = host_ns();
		struct pollfd p = { vm->pidfd, POLLIN, 0 };
		uint64_t left = now >= until_ns ? 0 : (until_ns - now) / 1000000 + 1;
		int r = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);

		if (interrupt_check(err))
			return err->code;
		if (r < 0 && errno != EINTR)
			return err_sys(err, "waiting for QEMU");
		if (r > 0 && waitpid(vm->pid, status, WNOHANG) == vm->pid) {
			vm->pid = 0;
			return 0;
		}
		if (host_ns() >= until_ns)
			return err_set(err, -ETIMEDOUT, "QEMU still runs at its deadline");
	}
}

void vm_last_words(const struct vm *vm, char *buf, size_t size)
{
	ssize_t n = vm->stderr_fd < 0 ? 0 : pread(vm->stderr_fd, buf, size - 1, 0);
	char *text = buf, *colon;

	buf[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\r\n")] = 0;
	colon = strstr(text, ": ");
	if (colon && strstr(text, "qemu") && strstr(text, "qemu") < colon)
		memmove(buf, colon + 2, strlen(colon + 2) + 1);
}

int vm_why(struct vm *vm, struct err *err)
{
	struct err ignored = ERR_INIT;
	char words[300], how[64];
	int status, code = err->code;

	/* one that talks nonsense, or not at all, is not about to die */
	if (vm->pid <= 0 || (code != -EPIPE && code != -EIO) ||
	    vm_wait(vm, host_ns() + 2000000000ull, &status, &ignored))
		return code;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "ended with exit code %d", WEXITSTATUS(status));
	vm_last_words(vm, words, sizeof(words));
	return err_set(err, code, "QEMU %s%s%s", how, words[0] ? ": " : " without a word", words);
}
