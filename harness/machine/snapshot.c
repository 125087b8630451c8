/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/snapshot.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/sum.h"
#include "base/wait.h"
#include "result/records.h"
#include "machine/boot.h"
#include "plan/plan.h"

#define SNAPSHOT_FORMAT 2 /* of the folder's contents: another number, another key */
#define STATE_MOST (256u << 20)
#define MIGRATE_MS 60000

/* --- the key ---------------------------------------------------------------------------------------------------- */
static void key_of(const struct setup *r, struct sha256 *key)
{
	auto_json json_t *inputs = setup_inputs(r);
	json_object_set_new(inputs, "format", json_integer(SNAPSHOT_FORMAT));
	char *text = json_dumps(inputs, JSON_SORT_KEYS | JSON_COMPACT);

	sha256_bytes(text, strlen(text), key);
	free(text);
}

/* --- the seal: "name sha256 ino size ctime" lines ------------------------------------------------------------------ */
static int seal_line(const char *dir, const char *name, const char *hex, struct text *out, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	if (stat(path, &st))
		return err_sys(err, "%s", path);
	text_printf(out, "%s %s %ju %ju %ju.%09ld\n", name, hex, (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
		    (uintmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return 0;
}

/* The names a snapshot has. */
static void file_names(const struct topo *t, struct strlist *names)
{
	struct layout_piece piece[LAYOUT_PIECES];

	strlist_add(names, "state");
	strlist_add(names, "records");
	for (unsigned i = 0, n = layout_pieces(t, piece); i < n; i++)
		strlist_add(names, "%s", piece[i].name);
}

static int seal_write(const struct topo *t, const char *dir, struct err *err)
{
	auto_strlist struct strlist names = { 0 };
	auto_text struct text seal = { 0 };
	auto_free char *to = xasprintf("%s/seal", dir);

	file_names(t, &names);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names.v[i]);
		struct sha256 sha;

		if (sha256_file_sparse(path, &sha, err) || seal_line(dir, names.v[i], sha.hex, &seal, err))
			return err->code;
	}
	return file_write(to, seal.s, seal.len, err);
}

/* --- the sums, "name sum" lines: stamps say what was written to, and not what a disk or memory did ------------------------- */
static int sums_make(const struct topo *t, const char *dir, struct text *out, struct err *err)
{
	auto_strlist struct strlist names = { 0 };

	file_names(t, &names);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names.v[i]);
		uint64_t sum;

		if (sum_file_sparse(path, &sum, err))
			return err->code;
		text_printf(out, "%s %016" PRIx64 "\n", names.v[i], sum);
	}
	return 0;
}

static int sums_write(const struct topo *t, const char *dir, struct err *err)
{
	auto_free char *to = xasprintf("%s/sums", dir);
	auto_text struct text sums = { 0 };

	return sums_make(t, dir, &sums, err) || file_write(to, sums.s, sums.len, err) ? err->code : 0;
}

/* deep false: stamps only. -EBADMSG: not as sealed. */
static int seal_check(const struct topo *t, const char *dir, bool deep, struct err *err)
{
	auto_strlist struct strlist names = { 0 };
	auto_text struct text seal = { 0 };
	auto_text struct text now = { 0 };
	auto_free char *from = xasprintf("%s/seal", dir);
	struct err ignored = ERR_INIT;

	file_names(t, &names);
	if (file_read(from, 1u << 20, &seal, err))
		return err->code == -EINTR ? err->code
					   : err_set(err, -EBADMSG, "snapshot %s: has no seal", dir);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s/%s", dir, names.v[i]);
		auto_free char *start = xasprintf("%s ", names.v[i]);
		char *line = strstr(text_str(&seal), start);
		struct sha256 sha = { "" };

		if (!line || strlen(line) < strlen(start) + 64 || (line != seal.s && line[-1] != '\n'))
			return err_set(err, -EBADMSG, "snapshot %s: its seal is malformed", dir);
		memcpy(sha.hex, line + strlen(start), 64);
		if (deep) {
			struct sha256 is;
			int r = sha256_file_sparse(path, &is, err);

			if (r == -EINTR)
				return r;
			if (r || strcmp(is.hex, sha.hex) != 0)
				return err_set(err, -EBADMSG, "snapshot %s: %s is corrupt", dir, names.v[i]);
		}
		if (seal_line(dir, names.v[i], sha.hex, &now, err))
			return err_set(err, -EBADMSG, "snapshot %s: %s is missing", dir, names.v[i]);
	}
	if (!strcmp(text_str(&now), text_str(&seal)))
		return 0;
	if (!deep)
		return err_set(err, -EBADMSG, "snapshot %s: was changed since it was made", dir);
	file_write(from, now.s, now.len, &ignored); /* the same bytes with new stamps: copied, say */
	return 0;
}

/* --- making ---------------------------------------------------------------------------------------------------------- */
static int make_memory(const struct topo *t, int *fds, char **paths, struct err *err)
{
	struct layout_piece piece[LAYOUT_PIECES];
	unsigned n = layout_pieces(t, piece);

	for (unsigned i = 0; i < n; i++) {
		/* without a name: nothing is left behind, and a full disk shows when copying, not as SIGBUS in QEMU */
		fds[i] = memfd_create("numarig-ram", MFD_CLOEXEC);
		if (fds[i] < 0 || ftruncate(fds[i], (off_t)piece[i].bytes))
			return err_sys(err, "%" PRIu64 " MiB of memory for node %u", piece[i].bytes >> 20,
				       piece[i].slot);
		paths[i] = xasprintf("/proc/self/fd/%u", VM_FIRST_FD + i);
	}
	return 0;
}

static int save(struct vm *vm, const char *to, struct err *err)
{
	auto_free char *uri = xasprintf("file:%s", to);

	if (boot_ignore_shared(&vm->qmp, err) ||
	    qmp_call(&vm->qmp, "migrate-set-parameters",
		     json_pack("{s:I}", "max-bandwidth", (json_int_t)10000000000), NULL, MIGRATE_MS, err) ||
	    qmp_call(&vm->qmp, "migrate", json_pack("{s:s}", "uri", uri), NULL, MIGRATE_MS, err))
		return err->code;
	return qmp_wait_migration(&vm->qmp, MIGRATE_MS, err);
}

/* Boots into `dir` up to the instant and saves everything there. */
static int make_in(const struct setup *r, const char *dir, const int *fds, char *const *paths,
		   struct err *err)
{
	struct layout_piece piece[LAYOUT_PIECES];
	size_t nfds = layout_pieces(r->topo, piece);
	auto_text struct text job = { 0 };
	auto_free char *job_path = xasprintf("%s/job", dir);
	auto_free char *records = xasprintf("%s/records", dir);
	auto_free char *console = xasprintf("%s/console", dir);
	auto_free char *state = xasprintf("%s/state", dir);
	auto_strlist struct strlist argv = { 0 };
	struct argv_spec spec = boot_spec(r, job_path, records, console);
	auto_records struct records boot = { 0 };
	auto_vm struct vm vm = VM_INIT;
	struct watch w = { .vm = &vm, .records = records, .console = console, .start_ns = host_ns() };

	spec.ram = (const char *const *)paths;
	spec.ram_shared = true;
	argv_build(&spec, &argv);
	plan_boot_job(&job);
	/* QEMU would make the state for its user and group only, whatever the umask */
	if (file_write(job_path, job.s, job.len, err) || file_write(state, "", 0, err))
		return err->code;
	struct vm_spec start = {
		.argv = argv.v, .fds = fds, .nfds = nfds, .own_s = r->own_s, .preload = r->steady
	};
	if (vm_start(&vm, &start, err))
		return err->code;
	if (qmp_send(&vm.qmp, "cont", err) && err->code != -EPIPE)
		return err->code;
	if (boot_watch(&w, "STOP", r->topo->cpus, err))
		return err->code;
	if (save(&vm, state, err)) /* a refusal (-EIO) says why itself, and QEMU lives */
		return err->code == -EPIPE ? vm_why(&vm, err) : err->code;
	vm_stop(&vm);
	if (records_read(records, NULL, &boot, err)) /* a torn stream is not kept for every run to come */
		return err->code;
	for (size_t i = 0; i < nfds; i++) {
		auto_free char *ram = xasprintf("%s/%s", dir, piece[i].name);

		if (file_copy_sparse(fds[i], ram, err))
			return err->code;
	}
	return seal_write(r->topo, dir, err) || sums_write(r->topo, dir, err) ? err->code : 0;
}

static int make(const struct setup *r, const char *final, struct err *err)
{
	auto_free char *tmp = cache_path(&r->cache, "tmp");
	auto_free char *work = NULL;
	auto_close int work_lock = -1;
	int fds[LAYOUT_PIECES];
	char *paths[LAYOUT_PIECES] = { NULL };
	struct err ignored = ERR_INIT;

	cache_trim(&r->cache);
	if (cache_workspace(tmp, &work, &work_lock, err))
		return err->code;
	for (unsigned i = 0; i < LAYOUT_PIECES; i++)
		fds[i] = -1;
	if (!make_memory(r->topo, fds, paths, err) && !make_in(r, work, fds, paths, err)) {
		dir_remove(final, &ignored);
		err->code = rename(work, final) ? err_sys(err, "%s", final) : 0;
	}
	for (unsigned i = 0; i < LAYOUT_PIECES; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		free(paths[i]);
	}
	if (err->code)
		dir_remove(work, &ignored);
	return err->code ? err_prefix(err, "%s: booting", r->topo->name) : 0;
}

/* --- using ------------------------------------------------------------------------------------------------------------ */
static bool usable(const struct setup *r, const char *dir)
{
	struct err ignored = ERR_INIT;

	if (!path_exists(dir))
		return false;
	if (!seal_check(r->topo, dir, false, &ignored) || !seal_check(r->topo, dir, true, &ignored))
		return true;
	return false; /* corrupt: is made anew over it */
}

int snapshot_get(const struct setup *r, struct snapshot *out, struct err *err)
{
	struct layout_piece piece[LAYOUT_PIECES];
	struct sha256 key;

	*out = (struct snapshot){ .lock = -1 };
	key_of(r, &key);
	key.hex[32] = 0;
	auto_free char *lock = xasprintf("snapshots-%s", key.hex);
	out->dir = cache_path(&r->cache, "snapshots/%s", key.hex);
	if (cache_lock(&r->cache, lock, false, true, &out->lock, err))
		return err->code;
	while (!usable(r, out->dir)) {
		uint64_t start = host_ns();

		if (out->lock < 0)
			return err_set(err, -EROFS, "%s: is not there, and can't be made: %s", out->dir,
				       strerror(EROFS));
		/* flock(2) gives the shared lock up before it waits for the other: so look again afterwards */
		if (wait_lock(out->lock, LOCK_EX, err))
			return err->code;
		if (!usable(r, out->dir)) {
			err->code = 0;
			if (make(r, out->dir, err))
				return err->code;
			out->fresh = true;
			out->boot_ns = host_ns() - start;
		}
		if (wait_lock(out->lock, LOCK_SH, err))
			return err->code;
	}
	utimensat(AT_FDCWD, out->dir, NULL, 0); /* least recently used goes first */
	unsigned n = layout_pieces(r->topo, piece);
	for (unsigned i = 0; i < n; i++)
		out->ram[i] = xasprintf("%s/%s", out->dir, piece[i].name);
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	free(s->dir);
	for (unsigned i = 0; i < LAYOUT_PIECES; i++)
		free(s->ram[i]);
	if (s->lock > 0)
		close(s->lock);
	*s = (struct snapshot){ .lock = -1 };
}

int snapshot_look(const struct setup *r, struct snapshot *s, struct err *err)
{
	auto_free char *from = xasprintf("%s/sums", s->dir);
	auto_text struct text was = { 0 }, is = { 0 };
	struct err ignored = ERR_INIT;

	if (file_read(from, 1u << 20, &was, &ignored)) { /* of a program that did not write them yet */
		int code = snapshot_verify(r, s, err);

		if (!code)
			sums_write(r->topo, s->dir, &ignored);
		return code;
	}
	if (sums_make(r->topo, s->dir, &is, err) == -EINTR || !strcmp(text_str(&was), text_str(&is)))
		return err->code == -EINTR ? err->code : 0;
	dir_remove(s->dir, &ignored);
	return err_set(err, -EBADMSG, "snapshot %s: is corrupt", s->dir);
}

int snapshot_verify(const struct setup *r, struct snapshot *s, struct err *err)
{
	struct err ignored = ERR_INIT;
	int code = seal_check(r->topo, s->dir, true, err);

	if (code == -EBADMSG)
		dir_remove(s->dir, &ignored);
	return code;
}

int state_patch_shift(char *state, size_t n, unsigned from, unsigned to, struct err *err)
{
	static const char section[] = "\x05\x0ctimer/icount"; /* QEMU_VM_SUBSECTION, length, name */
	char *at = memmem(state, n, section, sizeof(section) - 1);
	uint64_t bias, icount;

	if (!at || (size_t)(state + n - at) < sizeof(section) - 1 + 4 + 16)
		return err_set(err, -EBADMSG, "saved state: has no instruction clock");
	at += sizeof(section) - 1 + 4;
	memcpy(&bias, at, 8);
	memcpy(&icount, at + 8, 8);
	bias = be64toh(bias) + (be64toh(icount) << from) - (be64toh(icount) << to);
	bias = htobe64(bias);
	memcpy(at, &bias, 8);
	return 0;
}

int snapshot_state(const struct snapshot *s, unsigned boot_shift, unsigned job_shift, const char *to,
		   struct err *err)
{
	auto_free char *from = xasprintf("%s/state", s->dir);
	auto_text struct text state = { 0 };

	if (file_read(from, STATE_MOST, &state, err))
		return err->code;
	if (job_shift != boot_shift && state_patch_shift(state.s, state.len, boot_shift, job_shift, err))
		return err->code;
	return file_write(to, state.s, state.len, err);
}
