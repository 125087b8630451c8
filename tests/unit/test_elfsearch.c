/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where libraries are found, against made ELF files (elfmake.h) and against the loader of this machine for its own programs.
 * The made files can't be run: that these tests pass says that nothing tries to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/elfdeps.h"
#include "kit/elffile.h"
#include "kit/tool.h"
#include "elfmake.h"

#define LOADER "/lib64/ld-linux-x86-64.so.2"
#define PROGRAMS_LEAST 50 /* of this machine's own */
#define PROGRAMS_MOST 150

struct dir {
	char path[64];
	char *library_path; /* the caller's LD_LIBRARY_PATH */
};

static int setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));
	const char *old = getenv("LD_LIBRARY_PATH");

	snprintf(d->path, sizeof(d->path), "/tmp/numarig-test-elf.XXXXXX");
	d->library_path = old ? xstrdup(old) : NULL;
	unsetenv("LD_LIBRARY_PATH");
	*state = d;
	return !mkdtemp(d->path);
}

static int teardown(void **state)
{
	struct dir *d = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(d->path, &err);

	unsetenv("LD_LIBRARY_PATH");
	if (d->library_path)
		setenv("LD_LIBRARY_PATH", d->library_path, 1);
	free(d->library_path);
	free(d);
	return bad;
}

/* Puts a file into the test's folder, with the folders on its way. */
static void put(const struct dir *d, const char *name, const void *bytes, size_t n)
{
	auto_free char *path = xasprintf("%s/%s", d->path, name);
	auto_free char *folder = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);
	struct err err = ERR_INIT;

	assert_int_equal(dir_make(folder, &err), 0);
	assert_int_equal(file_write(path, bytes, n, &err), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static void make(const struct dir *d, const char *name, struct elfmake m)
{
	auto_text struct text t = { 0 };

	elfmake(&m, &t);
	put(d, name, t.s, t.len);
}

/* What the program needs is this, without the loader: words, relative to the test's folder. Or the whole error, '@' for it. */
static void needs(const struct dir *d, const char *program, const char *want)
{
	auto_free char *path = xasprintf("%s/%s", d->path, program);
	auto_strlist struct strlist files = { 0 };
	auto_text struct text is = { 0 };
	struct err err = ERR_INIT;
	size_t n = strlen(d->path);

	if (elf_closure(path, &files, &err)) {
		for (const char *s = err.msg; *s; s++) {
			bool here = !strncmp(s, d->path, n);

			text_printf(&is, "%.1s", here ? "@" : s);
			s += here ? n - 1 : 0;
		}
	}
	for (size_t i = 1; !err.code && i < files.n; i++)
		text_printf(&is, "%s%s", i > 1 ? " " : "",
			    strncmp(files.v[i], d->path, n) != 0 ? files.v[i] : files.v[i] + n + 1);
	assert_string_equal(text_str(&is), want);
}

#define PROGRAM .interp = LOADER

static void rpath_and_runpath(void **state)
{
	const struct dir *d = *state;

	make(d, "a/liba.so", (struct elfmake){ .needed = { "libb.so" } });
	make(d, "b/libb.so", (struct elfmake){ .soname = "libb.so" });
	/* DT_RPATH holds for what its needs need, DT_RUNPATH for its own needs only */
	make(d, "rpath",
	     (struct elfmake){ PROGRAM, .needed = { "liba.so" }, .rpath = "$ORIGIN/a:${ORIGIN}/b" });
	needs(d, "rpath", "a/liba.so b/libb.so");
	make(d, "runpath",
	     (struct elfmake){ PROGRAM, .needed = { "liba.so" }, .runpath = "$ORIGIN/a:$ORIGIN/b" });
	needs(d, "runpath",
	      "@/runpath: @/a/liba.so needs the library libb.so, not found on this host; install it, or name its folder in "
	      "LD_LIBRARY_PATH");
	/* ... and takes the program's DT_RPATH out of use */
	make(d, "both",
	     (struct elfmake){ PROGRAM, .needed = { "liba.so" }, .rpath = "$ORIGIN/b",
			       .runpath = "$ORIGIN/a" });
	needs(d, "both",
	      "@/both: @/a/liba.so needs the library libb.so, not found on this host; install it, or name its folder in "
	      "LD_LIBRARY_PATH");
	/* a library that has one does not ask for the program's */
	make(d, "a/liba.so", (struct elfmake){ .needed = { "libb.so" }, .runpath = "/nowhere" });
	needs(d, "rpath",
	      "@/rpath: @/a/liba.so needs the library libb.so, not found on this host; install it, or name its folder in "
	      "LD_LIBRARY_PATH");
	make(d, "a/liba.so", (struct elfmake){ .needed = { "libb.so" }, .runpath = "/nowhere:$ORIGIN/../b" });
	needs(d, "rpath", "a/liba.so a/../b/libb.so");
}

static void library_path_between(void **state)
{
	const struct dir *d = *state;
	auto_free char *path = xasprintf("/nowhere;%s/env", d->path);

	make(d, "env/libx.so", (struct elfmake){ 0 });
	make(d, "own/libx.so", (struct elfmake){ 0 });
	setenv("LD_LIBRARY_PATH", path, 1);
	make(d, "rpath", (struct elfmake){ PROGRAM, .needed = { "libx.so" }, .rpath = "$ORIGIN/own" });
	needs(d, "rpath", "own/libx.so");
	make(d, "runpath", (struct elfmake){ PROGRAM, .needed = { "libx.so" }, .runpath = "$ORIGIN/own" });
	needs(d, "runpath", "env/libx.so");
	setenv("LD_LIBRARY_PATH", "", 1); /* no folder, not the current one */
	needs(d, "runpath", "own/libx.so");
}

/* The program's real folder, as the kernel names it; a library's as it was found. */
static void origin(void **state)
{
	const struct dir *d = *state;
	auto_free char *link = xasprintf("%s/bin/prog", d->path);
	auto_free char *library = xasprintf("%s/app/lib/libl.so", d->path);

	make(d, "bin/unused", (struct elfmake){ 0 });
	make(d, "app/lib/liba.so", (struct elfmake){ 0 });
	make(d, "app/bin/prog",
	     (struct elfmake){ PROGRAM, .needed = { "liba.so" }, .runpath = "$ORIGIN/../lib" });
	assert_int_equal(symlink("../app/bin/prog", link), 0);
	needs(d, "bin/prog", "app/bin/../lib/liba.so");

	make(d, "elsewhere/libl.so", (struct elfmake){ .needed = { "liba.so" }, .runpath = "$ORIGIN" });
	assert_int_equal(symlink("../../elsewhere/libl.so", library), 0);
	make(d, "app/bin/prog",
	     (struct elfmake){ PROGRAM, .needed = { "libl.so" }, .runpath = "$ORIGIN/../lib" });
	needs(d, "bin/prog", "app/bin/../lib/libl.so app/bin/../lib/liba.so");
	/* a path with a token in the name itself */
	make(d, "app/bin/prog", (struct elfmake){ PROGRAM, .needed = { "$ORIGIN/../lib/liba.so" } });
	needs(d, "bin/prog", "app/bin/../lib/liba.so");
}

static void other_classes_are_passed_over(void **state)
{
	const struct dir *d = *state;

	make(d, "a/libx.so", (struct elfmake){ .class = ELFCLASS32, .machine = EM_386 });
	make(d, "b/libx.so", (struct elfmake){ .machine = EM_AARCH64 });
	make(d, "c/libx.so", (struct elfmake){ 0 });
	make(d, "prog",
	     (struct elfmake){ PROGRAM, .needed = { "libx.so" },
			       .runpath = "$ORIGIN/a:$ORIGIN/b:$ORIGIN/c" });
	needs(d, "prog", "c/libx.so");
	/* at these a loader gives up */
	put(d, "a/libx.so", "/* GNU ld script */", 19);
	needs(d, "prog",
	      "@/prog: needs the library libx.so: @/a/libx.so: is no shared library; a loader stops at it");
	put(d, "a/libx.so", "\177ELF\2\1\1", 7);
	needs(d, "prog",
	      "@/prog: needs the library libx.so: @/a/libx.so: is an ELF file cut short: nothing at byte 0");
	auto_free char *fifo = xasprintf("%s/a/libx.so", d->path);
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0755), 0);
	needs(d, "prog",
	      "@/prog: needs the library libx.so: @/a/libx.so: is not a file; want a shared library");
}

/* Nehalem is x86-64-v2: what this machine could use beyond is not the guest's. */
static void hwcaps_of_the_guest(void **state)
{
	const struct dir *d = *state;

	make(d, "lib/glibc-hwcaps/x86-64-v4/libx.so", (struct elfmake){ 0 });
	make(d, "lib/glibc-hwcaps/x86-64-v3/libx.so", (struct elfmake){ 0 });
	make(d, "lib/libx.so", (struct elfmake){ 0 });
	make(d, "prog", (struct elfmake){ PROGRAM, .needed = { "libx.so" }, .runpath = "$ORIGIN/lib" });
	needs(d, "prog", "lib/libx.so");
	make(d, "lib/glibc-hwcaps/x86-64-v2/libx.so", (struct elfmake){ 0 });
	needs(d, "prog", "lib/glibc-hwcaps/x86-64-v2/libx.so");
}

static void breadth_first_and_once(void **state)
{
	const struct dir *d = *state;
	auto_free char *again = xasprintf("%s/lib/again.so", d->path);

	make(d, "lib/liba.so", (struct elfmake){ .needed = { "libc0.so", "libd.so" } });
	make(d, "lib/libb.so",
	     (struct elfmake){ .needed = { "liba.so", "libd.so", "ld-linux-x86-64.so.2" } });
	make(d, "lib/libc0.so",
	     (struct elfmake){ .soname = "libsame.so", .needed = { "libsame.so", "libb.so" } });
	make(d, "lib/libd.so", (struct elfmake){ .needed = { "again.so" }, .auxiliary = "libgone.so" });
	assert_int_equal(symlink("libb.so", again), 0);
	make(d, "prog",
	     (struct elfmake){ PROGRAM, .needed = { "liba.so", "libb.so" }, .rpath = "$ORIGIN/lib",
			       .flags_1 = DF_1_PIE });
	needs(d, "prog", "lib/liba.so lib/libb.so lib/libc0.so lib/libd.so");
}

static void nodeflib(void **state)
{
	const struct dir *d = *state;

	make(d, "prog", (struct elfmake){ PROGRAM, .needed = { "libc.so.6" } });
	auto_free char *path = xasprintf("%s/prog", d->path);
	auto_strlist struct strlist files = { 0 };
	struct err err = ERR_INIT;
	assert_int_equal(elf_closure(path, &files, &err), 0);
	assert_int_equal(files.n, 2);
	make(d, "prog", (struct elfmake){ PROGRAM, .needed = { "libc.so.6" }, .flags_1 = DF_1_NODEFLIB });
	needs(d, "prog",
	      "@/prog: needs the library libc.so.6, not found on this host; install it, or name its folder in LD_LIBRARY_PATH");
}

/* Nix and the like: a loader that has its own folder knows nothing of this system's. */
static void loader_of_another_place(void **state)
{
	const struct dir *d = *state;
	auto_free char *interp = xasprintf("%s/store/lib/ld-linux-x86-64.so.2", d->path);

	make(d, "store/lib/ld-linux-x86-64.so.2", (struct elfmake){ .soname = "ld-linux-x86-64.so.2" });
	make(d, "store/lib/libc.so.6", (struct elfmake){ .needed = { "ld-linux-x86-64.so.2" } });
	make(d, "prog", (struct elfmake){ .interp = interp, .needed = { "libc.so.6" } });
	needs(d, "prog", "store/lib/libc.so.6");
	make(d, "prog", (struct elfmake){ .interp = interp, .needed = { "libm.so.6" } });
	needs(d, "prog",
	      "@/prog: needs the library libm.so.6, not found on this host; install it, or name its folder in LD_LIBRARY_PATH");
}

static void musl(void **state)
{
	const struct dir *d = *state;
	auto_free char *interp = xasprintf("%s/lib/ld-musl-x86_64.so.1", d->path);
	auto_free char *folders = xasprintf("/nowhere\n%s/opt:%s/usr\n", d->path, d->path);

	make(d, "lib/ld-musl-x86_64.so.1", (struct elfmake){ 0 });
	make(d, "lib/libc.musl-x86_64.so.1", (struct elfmake){ 0 }); /* never opened */
	put(d, "etc/ld-musl-x86_64.path", folders, strlen(folders));
	make(d, "usr/liba.so", (struct elfmake){ .needed = { "libb.so", "libm.so" } });
	make(d, "own/libb.so", (struct elfmake){ 0 });
	/* its DT_RUNPATH holds for all, as glibc's DT_RPATH */
	make(d, "prog",
	     (struct elfmake){ .interp = interp,
			       .needed = { "libc.musl-x86_64.so.1", "liba.so" },
			       .runpath = "$ORIGIN/own" });
	needs(d, "prog", "usr/liba.so own/libb.so");
	/* and one with a token that it does not know for none */
	make(d, "prog",
	     (struct elfmake){ .interp = interp, .needed = { "libb.so" }, .runpath = "$ORIGIN/own/$LIB" });
	needs(d, "prog",
	      "@/prog: needs the library libb.so, not found on this host; install it, or name its folder in LD_LIBRARY_PATH");
}

/* A program that names a script of its own as its interpreter: what `INTERPRETER --list PROGRAM` once ran on this host. */
static void interpreter_is_not_run(void **state)
{
	const struct dir *d = *state;
	auto_free char *interp = xasprintf("%s/evil.sh", d->path);
	auto_free char *script = xasprintf("#!/bin/sh\n: >%s/was-run\n", d->path);
	auto_free char *mark = xasprintf("%s/was-run", d->path);

	put(d, "evil.sh", script, strlen(script));
	make(d, "a.out", (struct elfmake){ .interp = interp });
	needs(d, "a.out",
	      "@/a.out: its interpreter @/evil.sh is no ELF program for x86-64; want a dynamic loader");
	assert_false(path_exists(mark));
}

/* Or itself: there is nothing to load it with. */
static void interpreter_is_the_program(void **state)
{
	const struct dir *d = *state;
	auto_free char *itself = xasprintf("%s/a.out", d->path), *linked = xasprintf("%s/link", d->path);

	make(d, "a.out", (struct elfmake){ .interp = itself });
	needs(d, "a.out", "@/a.out: names itself as its interpreter; want a dynamic loader");
	assert_int_equal(symlink("a.out", linked), 0);
	make(d, "a.out", (struct elfmake){ .interp = linked, .needed = { "libc.so.6" } });
	needs(d, "a.out", "@/a.out: names itself as its interpreter; want a dynamic loader");
	/* a library that is the program is no new one */
	make(d, "a.out", (struct elfmake){ PROGRAM, .needed = { "link" }, .runpath = "$ORIGIN" });
	needs(d, "a.out", "");
}

static void hostile(void **state)
{
	const struct dir *d = *state;
	auto_text struct text t = { 0 };

	elfmake(&(struct elfmake){ PROGRAM, .needed = { "liba.so" } }, &t);
	Elf64_Phdr *ph = (Elf64_Phdr *)(void *)(t.s + sizeof(Elf64_Ehdr));
	Elf64_Dyn *dyn = (Elf64_Dyn *)(void *)(t.s + ph[1].p_offset);
	uint64_t vaddr = ph[1].p_vaddr;

	ph[1].p_vaddr = 0;
	put(d, "prog", t.s, t.len);
	needs(d, "prog", "@/prog: its dynamic section lies in none of its segments");
	ph[1].p_vaddr = vaddr;
	dyn[0].d_un.d_val = UINT64_MAX;
	put(d, "prog", t.s, t.len);
	needs(d, "prog", "@/prog: its DT_NEEDED is behind the end of its string table");
	dyn[0].d_un.d_val = 9; /* the 0 that ends it */
	dyn[3].d_un.d_val = 9; /* DT_STRSZ: one byte too few */
	put(d, "prog", t.s, t.len);
	needs(d, "prog", "@/prog: its DT_NEEDED is behind the end of its string table");
	dyn[0].d_un.d_val = 1;
	dyn[3].d_un.d_val = 8;
	put(d, "prog", t.s, t.len);
	needs(d, "prog", "@/prog: its DT_NEEDED is not ended by 0 in its string table");
	ph[0].p_filesz = ph[1].p_filesz = UINT64_MAX / 2;
	put(d, "prog", t.s, t.len);
	needs(d, "prog",
	      "@/prog: its dynamic section has 576460752303423473 entries; at most 65536 are right");
}

/* --- this machine's own -------------------------------------------------------------------------------------------- */
/* What the loader lists, in its order, without itself and the vDSO. The environment says to list, not to run. */
static bool loader_lists(const char *program, struct strlist *files)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	char *env[] = { (char *)(uintptr_t) "LD_TRACE_LOADED_OBJECTS=1", NULL };
	struct tool t = { .argv = argv, .env = env, .deadline_ms = 20000 };
	auto_text struct text out = { 0 }, why = { 0 };
	struct err err = ERR_INIT;
	char *state;
	int code;

	if (tool_run(&t, &out, &why, &code, &err) || code || strstr(text_str(&out), "not found"))
		return false;
	text_printf(&out, "%s", "");
	for (char *s = strtok_r(out.s, "\n", &state); s; s = strtok_r(NULL, "\n", &state)) {
		char *path = strstr(s, " => ");

		path = path ? path + 4 : s + strspn(s, " \t");
		path[strcspn(path, " ")] = 0;
		if (*path == '/' && strcmp(path, LOADER) != 0)
			strlist_add(files, "%s", path);
	}
	return true;
}

/* A dynamic program with this machine's own loader, not one that gets rights by being run. */
static bool plain_program(const char *path)
{
	auto_elf_file struct elf_file f = { 0 };
	struct err err = ERR_INIT;
	struct stat st;
	auto_close int fd = elf_open(path, &st, &err);

	return fd >= 0 && !(st.st_mode & (S_ISUID | S_ISGID)) && !access(path, X_OK) &&
	       !elf_file_read(fd, path, &f, &err) && f.interp && !strcmp(f.interp, LOADER);
}

static bool compared(const char *path)
{
	auto_strlist struct strlist want = { 0 }, is = { 0 };
	struct err err = ERR_INIT;

	if (!plain_program(path) || !loader_lists(path, &want))
		return false;
	for (size_t i = 0; i < want.n; i++)
		if (strstr(want.v[i], "/glibc-hwcaps/")) /* this CPU's and not the guest's */
			return false;
	if (elf_closure(path, &is, &err))
		fail_msg("%s", err.msg);
	if (is.n != want.n + 1)
		fail_msg("%s: %zu files, its loader lists %zu", path, is.n - 1, want.n);
	for (size_t i = 0; i < want.n; i++)
		if (strcmp(is.v[i + 1], want.v[i]) != 0)
			fail_msg("%s: %s, its loader lists %s", path, is.v[i + 1], want.v[i]);
	return true;
}

static void as_the_loader_lists(void **state)
{
	struct dirent **names;
	unsigned seen = 0;
	(void)state;

	int n = scandir("/usr/bin", &names, NULL, alphasort);
	assert_true(n > 0);
	/* from all over the alphabet */
	for (int step = n / 300 + 1, i = 0; i < n; i++) {
		auto_free char *path = xasprintf("/usr/bin/%s", names[i]->d_name);

		if (i % step == 0 && seen < PROGRAMS_MOST && compared(path))
			seen++;
		free(names[i]);
	}
	free(names);
	print_message("# %u programs\n", seen);
	assert_true(seen >= PROGRAMS_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rpath_and_runpath, setup, teardown),
		cmocka_unit_test_setup_teardown(library_path_between, setup, teardown),
		cmocka_unit_test_setup_teardown(origin, setup, teardown),
		cmocka_unit_test_setup_teardown(other_classes_are_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(hwcaps_of_the_guest, setup, teardown),
		cmocka_unit_test_setup_teardown(breadth_first_and_once, setup, teardown),
		cmocka_unit_test_setup_teardown(nodeflib, setup, teardown),
		cmocka_unit_test_setup_teardown(loader_of_another_place, setup, teardown),
		cmocka_unit_test_setup_teardown(musl, setup, teardown),
		cmocka_unit_test_setup_teardown(interpreter_is_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(interpreter_is_the_program, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(as_the_loader_lists, setup, teardown),
	};

	return cmocka_run_group_tests_name("elfsearch", tests, NULL, NULL);
}
