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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/wait.h"
#include "topo/layout.h"

#define HELLO_MS 20000	/* QEMU's start takes 0.05 s */
#define DEATH_MS 2000	/* from the end of its control channel to its own */
#define FILES_WANTED 64 /* what QEMU itself opens, and we, beside the guest's memory */

/* What QEMU inherits: entry i becomes descriptor VM_QMP_FD + i. */
struct inherited {
	int fd[LAYOUT_PIECES + 3];
	unsigned n;
};

/* Moves the descriptors to their numbers, through higher ones so that none is overwritten. */
static int place_fds(const struct inherited *in)
{
	int high[LAYOUT_PIECES + 3];

	for (unsigned i = 0; i < in->n; i++) {
		high[i] = fcntl(in->fd[i], F_DUPFD_CLOEXEC, VM_QMP_FD + (int)in->n);
		if (high[i] < 0)
			return -1;
	}
	for (unsigned i = 0; i < in->n; i++)
		if (dup2(high[i], VM_QMP_FD + (int)i) < 0)
			return -1;
	return 0;
}

/*
 * The library and its page, behind the rest. By descriptor: the loader splits LD_PRELOAD at blanks and colons, which a path may
 * hold.
 */
static int preload(const struct vm_spec *spec, int page, struct inherited *in)
{
	char name[32], number[16];

	if (!spec->preload)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%u", VM_QMP_FD + in->n);
	in->fd[in->n] = open(spec->preload, O_RDONLY | O_CLOEXEC);
	snprintf(number, sizeof(number), "%u", VM_QMP_FD + in->n + 1);
	if (in->fd[in->n++] < 0)
		return -1;
	in->fd[in->n++] = page;
	return setenv("LD_PRELOAD", name, 1) || setenv(STEADY_ENV, number, 1);
}

static int inherit(const struct vm_spec *spec, int qmp_fd, int page)
{
	struct inherited in = { .fd = { qmp_fd }, .n = 1 };

	if (spec->nfds > LAYOUT_PIECES) {
		errno = E2BIG;
		return -1;
	}
	for (size_t i = 0; i < spec->nfds; i++)
		in.fd[in.n++] = spec->fds[i];
	return preload(spec, page, &in) ? -1 : place_fds(&in);
}

__attribute__((noreturn)) static void child(const struct vm_spec *spec, int qmp_fd, int err_fd, int page,
					    int report, pid_t parent)
{
	int code;

	interrupt_before_exec();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above */
	report = fcntl(report, F_DUPFD_CLOEXEC, VM_FIRST_FD + (int)spec->nfds + 2);
	/* its heap in huge pages where the host gives them on request: a third fewer page faults in a short run */
	setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
	if (!spec->terminal) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		setpgid(0, 0);
		dup2(null, 0);
		dup2(null, 1);
		dup2(err_fd, 2);
	}
	if (!inherit(spec, qmp_fd, page))
		execvp(spec->argv[0], spec->argv);
	code = errno;
	if (write(report, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

/* The page that the preloaded library writes; its memfd, or -1. */
static int make_page(struct vm *vm, const struct vm_spec *spec)
{
	int fd = memfd_create("numarig-steady", MFD_CLOEXEC);
	void *page = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, sizeof(struct steady)))
		page = mmap(NULL, sizeof(struct steady), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	vm->steady = page;
	*vm->steady = (struct steady){ .hold_ns = spec->hold_ns, .deny_spawn = 1 };
	return fd;
}

static int no_start(const struct vm_spec *spec, int code, struct err *err)
{
	struct rlimit files;

	if (code == EMFILE && !getrlimit(RLIMIT_NOFILE, &files))
		return err_set(
			err, -code,
			"%s: can't be started: %ju open files are too few (ulimit -n); %zu are enough for this machine",
			spec->argv[0], (uintmax_t)files.rlim_cur, 2 * spec->nfds + FILES_WANTED);
	return err_set(err, -code, "%s: can't be started: %s", spec->argv[0], strerror(code));
}

static int launch(struct vm *vm, const struct vm_spec *spec, struct err *err)
{
	int pair[2] = { -1, -1 }, report[2] = { -1, -1 }, code = 0;
	auto_close int page = spec->preload ? make_page(vm, spec) : -1;
	pid_t parent = getpid();

	vm->stderr_fd = memfd_create("qemu-stderr", MFD_CLOEXEC);
	if (vm->stderr_fd < 0 || (spec->preload && page < 0) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || pipe2(report, O_CLOEXEC)) {
		code = errno;
		if (pair[0] >= 0)
			close(pair[0]), close(pair[1]);
		return no_start(spec, code, err);
	}
	vm->qmp_fd = pair[0];
	vm->pid = interrupt_fork();
	if (!vm->pid)
		child(spec, pair[1], vm->stderr_fd, page, report[1], parent);
	code = vm->pid < 0 ? errno : 0;
	close(pair[1]);
	close(report[1]);
	ssize_t n = vm->pid < 0 ? 0 : read(report[0], &code, sizeof(code));
	close(report[0]);
	if (vm->pid < 0)
		vm->pid = 0;
	if (!vm->pid || n == (ssize_t)sizeof(code))
		return no_start(spec, code, err);
	vm->rule = (struct patience_rule){ .pid = spec->wall ? 0 : vm->pid, .own_s = spec->own_s };
	vm->pidfd = pidfd_open(vm->pid, 0);
	return vm->pidfd < 0 ? err_sys(err, "%s: pidfd_open", spec->argv[0]) : 0;
}

static int check_preload(const struct vm *vm, const struct vm_spec *spec, struct err *err)
{
	if (!spec->preload || vm->steady->loaded == STEADY_MAGIC)
		return 0;
	return err_set(
		err, -ELIBACC,
		"%s: runs without %s, so nothing it does would be exact: its loader did not take the library "
		"(a static QEMU, one with file capabilities or set-user-id, or a folder mounted noexec)",
		spec->argv[0], spec->preload);
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
		vm->qmp.rule = vm->rule;
		vm->qmp.pidfd = vm->pidfd;
		r = qmp_hello(&vm->qmp, HELLO_MS, err);
		r = r ? vm_why(vm, err) : check_preload(vm, spec, err);
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
	if (vm->steady)
		munmap(vm->steady, sizeof(*vm->steady));
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

/* QEMU's own ("qemu-system-x86_64: warning: ...", util/qemu-error.c) and GLib's ("(process:7): GLib-WARNING **: ..."). */
static bool is_warning(const char *line)
{
	return strstr(line, "warning: ") || strstr(line, "info: ") || strstr(line, "-WARNING **") ||
	       strstr(line, "-CRITICAL **") || !*line;
}

void vm_last_words(const struct vm *vm, char *buf, size_t size)
{
	char all[8192];
	ssize_t n = vm->stderr_fd < 0 ? 0 : pread(vm->stderr_fd, all, sizeof(all) - 1, 0);
	char *rest = all, *line, *colon;

	all[n > 0 ? n : 0] = 0;
	while ((line = strsep(&rest, "\r\n")) && is_warning(line))
		;
	line = line ? line : all + strlen(all);
	colon = strstr(line, ": ");
	if (colon && strstr(line, "qemu") && strstr(line, "qemu") < colon)
		line = colon + 2;
	snprintf(buf, size, "%s", line);
}

/* vm_wait for so many milliseconds of its CPU time (qemu/patience.h). */
static int wait_death(struct vm *vm, unsigned limit_ms, int *status, struct err *err)
{
	struct patience wait;
	char words[200];

	patience_begin(&wait, &vm->rule, limit_ms);
	for (;;) {
		int r = vm_wait(vm, host_ns() + (uint64_t)patience_poll_ms(&wait) * 1000000, status, err);
		if (r != -ETIMEDOUT)
			return r;
		enum patience_state state = patience_look(&wait);
		if (state != PATIENCE_WAIT)
			return err_set(err, -ETIMEDOUT, "QEMU still runs: %s",
				       patience_words(&wait, state, words, sizeof(words)));
	}
}

int vm_why(struct vm *vm, struct err *err)
{
	struct err ignored = ERR_INIT;
	char words[300], how[64];
	int status, code = err->code;

	/* one that talks nonsense, refuses, or says nothing, is not about to die */
	if (vm->pid <= 0 || code != -EPIPE || wait_death(vm, DEATH_MS, &status, &ignored))
		return code;
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "ended with exit code %d", WEXITSTATUS(status));
	vm_last_words(vm, words, sizeof(words));
	return err_set(err, code, "QEMU %s%s%s", how, words[0] ? ": " : " without a message", words);
}
