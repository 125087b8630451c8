/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program needs beside itself. The programs are this test itself (dynamic, linked to libcmocka),
 * copies of it with bytes changed, and made scripts: no compiler and no fixture is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/elfdeps.h"
#include "kit/tool.h"

#define LOADER "/lib64/ld-linux-x86-64.so.2"

struct dir {
	char path[64];
	struct text self; /* this program's bytes */
};

static int setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));
	struct err err = ERR_INIT;

	snprintf(d->path, sizeof(d->path), "/tmp/numarig-test-elf.XXXXXX");
	*state = d;
	return !mkdtemp(d->path) || file_read("/proc/self/exe", 1 << 28, &d->self, &err);
}

static int teardown(void **state)
{
	struct dir *d = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(d->path, &err);

	text_free(&d->self);
	free(d);
	return bad;
}

/* Writes a file into the test's folder; its path is the caller's to free. */
static char *make(const struct dir *d, const char *name, const void *bytes, size_t n, mode_t mode)
{
	char *path = xasprintf("%s/%s", d->path, name);
	struct err err = ERR_INIT;

	if (file_write(path, bytes, n, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static bool has(const struct strlist *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], path))
			return true;
	return false;
}

/* elf_closure must refuse it with this message, in which '@' stands for the path. */
static void refused(const char *path, int code, const char *message)
{
	auto_strlist struct strlist files = { 0 };
	auto_text struct text want = { 0 };
	struct err err = ERR_INIT;

	for (const char *c = message; *c; c++)
		text_printf(&want, *c == '@' ? "%s" : "%.1s", *c == '@' ? path : c);
	assert_int_equal(elf_closure(path, &files, &err), code);
	assert_string_equal(err.msg, want.s);
	assert_int_equal(err.code, code);
}

static void closure_of_dynamic(void **state)
{
	const struct dir *d = *state;
	auto_free char *path = make(d, "a.out", d->self.s, d->self.len, 0755);
	auto_strlist struct strlist files = { 0 }, again = { 0 };
	struct err err = ERR_INIT;
	enum elf_kind kind;
	size_t libc = 0, cmocka = 0;

	assert_int_equal(elf_kind(path, &kind, &err), 0);
	assert_int_equal(kind, ELF_KIND_DYNAMIC);
	if (elf_closure(path, &files, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(files.v[0], LOADER);
	for (size_t i = 0; i < files.n; i++) {
		assert_int_equal(files.v[i][0], '/');
		assert_true(path_exists(files.v[i]));
		assert_null(strstr(files.v[i], "vdso"));
		assert_string_not_equal(files.v[i], path);
		libc += strstr(files.v[i], "/libc.so.6") != NULL;
		cmocka += strstr(files.v[i], "/libcmocka.so.0") != NULL;
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(files.v[i], files.v[j]);
	}
	assert_int_equal(libc, 1);
	assert_int_equal(cmocka, 1);

	assert_int_equal(elf_closure(path, &again, &err), 0);
	assert_int_equal(again.n, files.n);
	for (size_t i = 0; i < files.n; i++)
		assert_string_equal(again.v[i], files.v[i]);
	/* a second program that needs the same adds nothing */
	assert_int_equal(elf_closure(path, &again, &err), 0);
	assert_int_equal(again.n, files.n);
}

/* LD_PRELOAD and the like of the user's shell are not the program's needs; LD_LIBRARY_PATH is. */
static void environment_of_loader(void **state)
{
	const struct dir *d = *state;
	auto_free char *path = make(d, "a.out", d->self.s, d->self.len, 0755);
	auto_strlist struct strlist plain = { 0 }, files = { 0 };
	auto_free char *lib = xasprintf("%s/libcmocka.so.0", d->path);
	auto_free char *preload = xasprintf("%s/libpreload.so", d->path);
	auto_text struct text bytes = { 0 };
	struct err err = ERR_INIT;
	char *old = getenv("LD_LIBRARY_PATH");
	auto_free char *kept = old ? xstrdup(old) : NULL;

	assert_int_equal(elf_closure(path, &plain, &err), 0);
	for (size_t i = 0; i < plain.n; i++)
		if (strstr(plain.v[i], "/libcmocka.so.0"))
			assert_int_equal(file_read(plain.v[i], 1 << 24, &bytes, &err), 0);
	assert_int_equal(file_write(lib, bytes.s, bytes.len, &err), 0);
	setenv("LD_LIBRARY_PATH", d->path, 1);
	assert_int_equal(file_write(preload, bytes.s, bytes.len, &err), 0);
	setenv("LD_PRELOAD", preload, 1);
	int bad = elf_closure(path, &files, &err);
	unsetenv("LD_PRELOAD");
	unsetenv("LD_LIBRARY_PATH");
	if (kept)
		setenv("LD_LIBRARY_PATH", kept, 1);
	if (bad)
		fail_msg("%s", err.msg);
	assert_true(has(&files, lib));
	assert_int_equal(files.n, plain.n);
}

static void library_missing(void **state)
{
	const struct dir *d = *state;
	auto_text struct text t = { 0 };
	size_t changed = 0;

	/* in .dynstr; what the compiler put the name elsewhere for does not matter */
	text_add(&t, d->self.s, d->self.len);
	for (size_t i = 0; i + 14 < t.len; i++)
		if (!memcmp(t.s + i, "libcmocka.so.", 13) && t.s[i + 13] == '0') {
			t.s[i + 8] = 'X';
			changed++;
		}
	assert_true(changed);
	auto_free char *path = make(d, "a.out", t.s, t.len, 0755);
	refused(path, -ENOENT,
		"@: needs the library libcmockX.so.0, not found on this host; install it, or name its folder in "
		"LD_LIBRARY_PATH");
}

/* An ELF head of 64-bit little-endian kind, with as many program headers as given, for what is read of it. */
static void elf_head(struct text *t, unsigned type, const Elf64_Phdr *ph, unsigned n)
{
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			  .e_type = (Elf64_Half)type,
			  .e_machine = EM_X86_64,
			  .e_phoff = sizeof(eh),
			  .e_phentsize = sizeof(*ph),
			  .e_phnum = (Elf64_Half)n };

	text_free(t);
	text_add(t, &eh, sizeof(eh));
	text_add(t, ph, n * sizeof(*ph));
}

static enum elf_kind kind_of(const char *path)
{
	enum elf_kind kind = ELF_KIND_OTHER;
	struct err err = ERR_INIT;

	if (elf_kind(path, &kind, &err))
		fail_msg("%s", err.msg);
	return kind;
}

static void kinds(void **state)
{
	const struct dir *d = *state;
	const Elf64_Phdr load = { .p_type = PT_LOAD };
	auto_text struct text t = { 0 };
	auto_strlist struct strlist files = { 0 };
	struct err err = ERR_INIT;

	elf_head(&t, ET_EXEC, &load, 1);
	auto_free char *path = make(d, "static", t.s, t.len, 0755);
	assert_int_equal(kind_of(path), ELF_KIND_STATIC);
	assert_int_equal(elf_closure(path, &files, &err), 0);
	assert_int_equal(files.n, 0);

	elf_head(&t, ET_REL, NULL, 0);
	auto_free char *object = make(d, "a.o", t.s, t.len, 0755);
	assert_int_equal(kind_of(object), ELF_KIND_OTHER);
	auto_free char *script = make(d, "run.sh", "#! /bin/sh -e\n", 14, 0644);
	assert_int_equal(kind_of(script), ELF_KIND_SCRIPT);
	auto_free char *data = make(d, "data", "words\n", 6, 0755);
	assert_int_equal(kind_of(data), ELF_KIND_OTHER);
	auto_free char *empty = make(d, "empty", "", 0, 0755);
	assert_int_equal(kind_of(empty), ELF_KIND_OTHER);

	const char *neither =
		"@: is neither a linked ELF program nor a script that begins with #!; the guest runs "
		"these two";
	refused(object, -ENOEXEC, neither);
	refused(data, -ENOEXEC, neither);
	refused(empty, -ENOEXEC, neither);
	refused(script, -EACCES, "@: is not executable; want chmod +x for a program");
	refused(d->path, -EACCES, "@: is not a file; want the path of a program");
	auto_free char *gone = xasprintf("%s/gone", d->path);
	refused(gone, -ENOENT, "@: No such file or directory");
	assert_int_equal(mkfifo(gone, 0755), 0);
	refused(gone, -EACCES, "@: is not a file; want the path of a program");
}

static void other_machines(void **state)
{
	static const struct {
		unsigned char class, data;
		unsigned char machine[2];
		const char *message;
	} cases[] = {
		{ ELFCLASS64,
		  ELFDATA2LSB,
		  { EM_AARCH64, 0 },
		  "@: is built for aarch64, the guest is x86-64" },
		{ ELFCLASS64, ELFDATA2MSB, { 0, EM_S390 }, "@: is built for s390, the guest is x86-64" },
		{ ELFCLASS32, ELFDATA2LSB, { EM_386, 0 }, "@: is built for i386, the guest is x86-64" },
		{ ELFCLASS32,
		  ELFDATA2LSB,
		  { EM_X86_64, 0 },
		  "@: is built for x32 (x86-64 with 32-bit pointers), the guest is x86-64" },
		{ ELFCLASS64, ELFDATA2LSB, { 1, 3 }, "@: is built for ELF machine 769, the guest is x86-64" },
	};
	const struct dir *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text struct text t = { 0 };

		elf_head(&t, ET_EXEC, NULL, 0);
		t.s[EI_CLASS] = (char)cases[i].class;
		t.s[EI_DATA] = (char)cases[i].data;
		memcpy(t.s + offsetof(Elf64_Ehdr, e_machine), cases[i].machine, 2);
		auto_free char *path = make(d, "a.out", t.s, t.len, 0755);
		refused(path, -ENOEXEC, cases[i].message);
	}
}

static void broken_elf(void **state)
{
	const struct dir *d = *state;
	auto_text struct text t = { 0 };

	auto_free char *cut = make(d, "cut", "\177ELF\2\1\1", 7, 0755);
	refused(cut, -ENOEXEC, "@: is an ELF file cut short: nothing at byte 0");
	elf_head(&t, ET_EXEC, NULL, 0);
	auto_free char *none = make(d, "none", t.s, t.len, 0755);
	refused(none, -ENOEXEC, "@: has 0 program headers of 56 bytes; 1 to 1024 of 56 bytes are right");

	Elf64_Phdr ph = { .p_type = PT_INTERP, .p_offset = 120, .p_filesz = 28 };
	elf_head(&t, ET_DYN, &ph, 1);
	t.len -= 8;
	auto_free char *headers = make(d, "headers", t.s, t.len, 0755);
	refused(headers, -ENOEXEC, "@: is an ELF file cut short: nothing at byte 64");
	t.len += 8;
	auto_free char *interp = make(d, "interp", t.s, t.len, 0755);
	refused(interp, -ENOEXEC, "@: is an ELF file cut short: nothing at byte 120");
	text_add(&t, "lib64/ld-linux-x86-64.so.22", 28);
	auto_free char *relative = make(d, "relative", t.s, t.len, 0755);
	refused(relative, -ENOEXEC, "@: the name of its interpreter is not an absolute path ended by 0");
	ph.p_filesz = 4097;
	elf_head(&t, ET_DYN, &ph, 1);
	auto_free char *longer = make(d, "longer", t.s, t.len, 0755);
	refused(longer, -ENOEXEC, "@: the name of its interpreter is 4097 bytes long; 2 to 4096 are right");
	ph.p_filesz = 11, ph.p_offset = 120;
	elf_head(&t, ET_DYN, &ph, 1);
	text_add(&t, "/no/loader", 11);
	auto_free char *gone = make(d, "gone", t.s, t.len, 0755);
	refused(gone, -ENOENT, "@: its interpreter /no/loader: No such file or directory");
}

static void scripts(void **state)
{
	const struct dir *d = *state;
	auto_strlist struct strlist files = { 0 };
	struct err err = ERR_INIT;
	auto_free char *plain = make(d, "plain", "#!/bin/sh\n", 10, 0755);
	auto_free char *env = make(d, "env", "#!/usr/bin/env -S A=b sh -e\n", 28, 0755);
	auto_free char *gone = make(d, "gone", "#! /no/sh\n", 10, 0755);
	auto_free char *bare = make(d, "bare", "#!sh\n", 5, 0755);
	auto_free char *lost = make(d, "lost", "#!/usr/bin/env nosuchprogram\n", 29, 0755);

	if (elf_closure(plain, &files, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(files.v[0], "/bin/sh");
	assert_true(has(&files, LOADER));
	size_t n = files.n;
	if (elf_closure(env, &files, &err))
		fail_msg("%s", err.msg);
	assert_true(files.n > n);
	assert_true(has(&files, "/usr/bin/env"));
	auto_free char *sh = tool_which("sh");
	assert_true(has(&files, sh));

	refused(gone, -ENOENT, "@: its interpreter: /no/sh: No such file or directory");
	refused(bare, -ENOEXEC, "@: its #! line names \"sh\"; want an absolute path");
	refused(lost, -ENOENT, "@: its interpreter: env looks for \"nosuchprogram\", not found in PATH");

	char line[400] = "#!/";
	memset(line + 3, 'a', sizeof(line) - 3);
	auto_free char *longer = make(d, "longer", line, sizeof(line), 0755);
	refused(longer, -ENOEXEC, "@: its #! line is longer than the 256 bytes the kernel reads");
	/* one that runs itself */
	auto_free char *path = xasprintf("%s/loop", d->path);
	auto_free char *text = xasprintf("#!%s\n", path);
	auto_free char *loop = make(d, "loop", text, strlen(text), 0755);
	assert_int_equal(elf_closure(loop, &files, &err), -ELOOP);
	assert_non_null(strstr(err.msg, "more than 4 scripts run one by the other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(closure_of_dynamic, setup, teardown),
		cmocka_unit_test_setup_teardown(environment_of_loader, setup, teardown),
		cmocka_unit_test_setup_teardown(library_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(other_machines, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_elf, setup, teardown),
		cmocka_unit_test_setup_teardown(scripts, setup, teardown),
	};

	return cmocka_run_group_tests_name("elfdeps", tests, NULL, NULL);
}
