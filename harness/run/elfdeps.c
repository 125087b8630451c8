/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/elfdeps.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "run/tool.h"

#define LIST_DEADLINE_MS 10000
#define SCRIPT_DEPTH 4	  /* the kernel's own bound on interpreters of interpreters (fs/exec.c) */
#define SCRIPT_LINE 256	  /* BINPRM_BUF_SIZE: what the kernel reads of a #! line */
#define MOST_HEADERS 1024 /* programs have about a dozen */

struct program {
	enum elf_kind kind;
	char interp[PATH_MAX]; /* of a dynamic program or script */
	char arg[SCRIPT_LINE]; /* of a script: the rest of the line */
};

static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{ EM_X86_64, "x32 (x86-64 with 32-bit pointers)" }, /* only asked for when the class is 32 */
	{ EM_386, "i386" },
	{ EM_AARCH64, "aarch64" },
	{ EM_ARM, "arm" },
	{ EM_RISCV, "riscv" },
	{ EM_PPC64, "ppc64" },
	{ EM_PPC, "ppc" },
	{ EM_S390, "s390" },
	{ EM_MIPS, "mips" },
	{ EM_SPARCV9, "sparc64" },
	{ EM_IA_64, "ia64" },
	{ EM_LOONGARCH, "loongarch" },
};

static int foreign(const char *path, unsigned machine, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return err_set(err, -ENOEXEC, "%s: is built for %s, the guest is x86-64", path,
				       machines[i].name);
	return err_set(err, -ENOEXEC, "%s: is built for ELF machine %u, the guest is x86-64", path, machine);
}

static int read_at(int fd, const char *path, void *buf, size_t n, uint64_t at, struct err *err)
{
	ssize_t got = at > INT64_MAX ? 0 : pread(fd, buf, n, (off_t)at);

	if (got < 0)
		return err_sys(err, "%s", path);
	if ((size_t)got != n)
		return err_set(err, -ENOEXEC, "%s: is an ELF file cut short: nothing at byte %llu", path,
			       (unsigned long long)at);
	return 0;
}

static int read_interp(int fd, const char *path, const Elf64_Phdr *ph, struct program *p, struct err *err)
{
	if (ph->p_filesz < 2 || ph->p_filesz > sizeof(p->interp))
		return err_set(err, -ENOEXEC,
			       "%s: the name of its interpreter is %llu bytes long; 2 to %zu are right", path,
			       (unsigned long long)ph->p_filesz, sizeof(p->interp));
	if (read_at(fd, path, p->interp, ph->p_filesz, ph->p_offset, err))
		return err->code;
	if (p->interp[ph->p_filesz - 1] || p->interp[0] != '/')
		return err_set(err, -ENOEXEC,
			       "%s: the name of its interpreter is not an absolute path ended by 0", path);
	p->kind = ELF_KIND_DYNAMIC;
	return 0;
}

static int read_elf(int fd, const char *path, struct program *p, struct err *err)
{
	Elf64_Ehdr eh;

	/* identification and machine have the same place in both classes */
	if (read_at(fd, path, &eh, offsetof(Elf64_Ehdr, e_version), 0, err))
		return err->code;
	bool swapped = eh.e_ident[EI_DATA] == ELFDATA2MSB;
	unsigned machine = swapped ? be16toh(eh.e_machine) : eh.e_machine;
	if (swapped || eh.e_ident[EI_CLASS] != ELFCLASS64 || machine != EM_X86_64)
		return foreign(path, machine, err);
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN)
		return 0; /* an object file or a core dump */
	if (read_at(fd, path, &eh, sizeof(eh), 0, err))
		return err->code;
	if (eh.e_phentsize != sizeof(Elf64_Phdr) || !eh.e_phnum || eh.e_phnum > MOST_HEADERS)
		return err_set(err, -ENOEXEC,
			       "%s: has %u program headers of %u bytes; 1 to %d of %zu bytes are right", path,
			       eh.e_phnum, eh.e_phentsize, MOST_HEADERS, sizeof(Elf64_Phdr));
	p->kind = ELF_KIND_STATIC;
	for (unsigned i = 0; i < eh.e_phnum && p->kind == ELF_KIND_STATIC; i++) {
		Elf64_Phdr ph;

		if (eh.e_phoff > INT64_MAX / 2)
			return err_set(err, -ENOEXEC, "%s: its program headers are beyond any file's end",
				       path);
		if (read_at(fd, path, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph), err) ||
		    (ph.p_type == PT_INTERP && read_interp(fd, path, &ph, p, err)))
			return err->code;
	}
	return 0;
}

/* The #! line, cut as fs/binfmt_script.c cuts it: interpreter, then all the rest as one argument. */
static int read_script(const char *path, char *line, bool whole, struct program *p, struct err *err)
{
	char *s = line + 2;
	size_t n = strcspn(s, "\n");

	if (!s[n] && !whole)
		return err_set(err, -ENOEXEC, "%s: its #! line is longer than the %d bytes the kernel reads",
			       path, SCRIPT_LINE);
	s[n] = 0;
	while (n && strchr(" \t\r", s[n - 1]))
		s[--n] = 0;
	s += strspn(s, " \t");
	n = strcspn(s, " \t");
	if (*s != '/')
		return err_set(err, -ENOEXEC, "%s: its #! line names \"%.*s\"; an absolute path is right",
			       path, (int)n, s);
	memcpy(p->interp, s, n);
	p->interp[n] = 0;
	s += n + strspn(s + n, " \t");
	memcpy(p->arg, s, strlen(s) + 1);
	p->kind = ELF_KIND_SCRIPT;
	return 0;
}

static int program_read(const char *path, struct program *p, struct err *err)
{
	/* not to hang on a FIFO */
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[SCRIPT_LINE + 1];
	struct stat st;

	memset(p, 0, sizeof(*p));
	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EACCES, "%s: is not a file; the path of a program is right", path);
	ssize_t n = pread(fd, head, SCRIPT_LINE, 0);
	if (n < 0)
		return err_sys(err, "%s", path);
	head[n] = 0;
	if (n >= 2 && !memcmp(head, "#!", 2))
		return read_script(path, head, n < SCRIPT_LINE, p, err);
	if (n >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG))
		return read_elf(fd, path, p, err);
	return 0;
}

int elf_kind(const char *path, enum elf_kind *kind, struct err *err)
{
	struct program p;

	if (program_read(path, &p, err))
		return err->code;
	*kind = p.kind;
	return 0;
}

static bool listed(const struct strlist *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (!strcmp(files->v[i], path))
			return true;
	return false;
}

/* A relative path (LD_LIBRARY_PATH=.) is one from here, where the loader ran. */
static int add_path(struct strlist *files, const char *path, struct err *err)
{
	char cwd[PATH_MAX] = "";

	while (!strncmp(path, "./", 2))
		path += 1 + strspn(path + 1, "/");
	if (*path != '/' && !getcwd(cwd, sizeof(cwd)))
		return err_sys(err, "the current folder");
	auto_free char *full = xasprintf("%s%s%s", cwd, *path == '/' ? "" : "/", path);
	if (!listed(files, full))
		strlist_add(files, "%s", full);
	return 0;
}

static int not_found(const char *program, const char *lib, size_t n, struct err *err)
{
	return err_set(
		err, -ENOENT,
		"%s: needs the library %.*s, not found on this host; install it, or name its folder in "
		"LD_LIBRARY_PATH",
		program, (int)n, lib);
}

/* One line: "NAME => PATH (0x...)", "PATH (0x...)", "NAME => not found", "statically linked", or the vDSO. */
static int parse_line(const char *program, const char *line, size_t n, struct strlist *files, struct err *err)
{
	auto_free char *s = xasprintf("%.*s", (int)n, line);
	char *name = s + strspn(s, " \t"), *arrow = strstr(name, " => "), *path = arrow ? arrow + 4 : name;
	char *address = NULL;

	if (!*name || !strcmp(name, "statically linked"))
		return 0;
	if (arrow && !strcmp(path, "not found"))
		return not_found(program, name, (size_t)(arrow - name), err);
	for (char *at = path; (at = strstr(at, " (0x")); at++)
		address = at;
	if (!address)
		return err_set(err, -EPROTO,
			       "%s: its interpreter lists \"%s\"; NAME => PATH (0xADDRESS) is right", program,
			       name);
	*address = 0;
	/* memory the kernel maps into every process, no file: linux-vdso.so.1 */
	if (!strncmp(path, "linux-vdso", 10) || !strncmp(path, "linux-gate", 10) || !*path)
		return 0;
	return add_path(files, path, err);
}

int elf_list_parse(const char *program, const char *list, struct strlist *files, struct err *err)
{
	while (*list) {
		size_t n = strcspn(list, "\n");

		if (n > 2 * PATH_MAX)
			return err_set(err, -EPROTO,
				       "%s: its interpreter lists a line of %zu bytes; at most %d are right",
				       program, n, 2 * PATH_MAX);
		if (parse_line(program, list, n, files, err))
			return err->code;
		list += n + (list[n] == '\n');
	}
	return 0;
}

/* What went wrong, from the loader's own words: glibc's and musl's way to say that a library is missing. */
static int loader_failed(const char *program, const char *interp, int code, const struct text *why,
			 struct err *err)
{
	static const char *const missing[] = { "error while loading shared libraries: ",
					       "Error loading shared library " };
	char line[512];

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		const char *lib = strstr(text_str(why), missing[i]);

		if (!lib)
			continue;
		lib += strlen(missing[i]);
		size_t n = strcspn(lib, ":\n");
		if (strstr(lib + n, "No such file or directory"))
			return not_found(program, lib, n, err);
	}
	tool_first_line(why, line, sizeof(line));
	return err_set(err, -ENOEXEC, "%s: its interpreter %s can't list its libraries (%s %d)%s%s", program,
		       interp, code > 128 ? "signal" : "exit code", code > 128 ? code - 128 : code,
		       *line ? ": " : "", line);
}

/* The environment is the program's inputs only: LD_PRELOAD or LD_DEBUG of the caller's would change the list.
 */
static void loader_env(struct strlist *env)
{
	static const char *const kept[] = { "LD_LIBRARY_PATH", "PATH" };

	strlist_add(env, "LC_ALL=C");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		const char *value = getenv(kept[i]);

		if (value)
			strlist_add(env, "%s=%s", kept[i], value);
	}
}

static int list_libraries(const char *program, const char *interp, struct strlist *files, struct err *err)
{
	auto_strlist struct strlist argv = { 0 }, env = { 0 };
	auto_text struct text out = { 0 }, why = { 0 };
	int code;

	if (access(interp, X_OK)) {
		err_sys(err, "%s: its interpreter %s", program, interp);
		return err->code;
	}
	if (add_path(files, interp, err))
		return err->code;
	strlist_add(&argv, "%s", interp);
	strlist_add(&argv, "--list");
	/* without a '/' the loader would look for a library of that name */
	strlist_add(&argv, "%s%s", strchr(program, '/') ? "" : "./", program);
	loader_env(&env);
	struct tool t = { .argv = argv.v, .env = env.v, .deadline_ms = LIST_DEADLINE_MS };
	if (tool_run(&t, &out, &why, &code, err))
		return err_prefix(err, "%s: listing its libraries", program);
	/* a missing symbol version is said on standard error, with exit code 0 */
	if (code || strstr(text_str(&why), "not found"))
		return loader_failed(program, interp, code, &why, err);
	return elf_list_parse(program, text_str(&out), files, err);
}

static int closure(const char *program, unsigned depth, struct strlist *files, struct err *err);

/* A program a script is run by: it goes in the list, and what it needs. */
static int add_interpreter(const char *script, const char *path, unsigned depth, struct strlist *files,
			   struct err *err)
{
	int bad = add_path(files, path, err) || closure(path, depth + 1, files, err);

	return bad ? err_prefix(err, "%s: its interpreter", script) : 0;
}

/* env(1) of a #! line: options and assignments, then the name it looks for in PATH. */
static int add_env_program(const char *script, char *args, unsigned depth, struct strlist *files,
			   struct err *err)
{
	char *state, *name = strtok_r(args, " \t", &state);

	while (name && (*name == '-' || strchr(name, '=')))
		name = strtok_r(NULL, " \t", &state);
	if (!name)
		return 0;
	auto_free char *path = tool_which(name);
	if (!path)
		return err_set(err, -ENOENT, "%s: its interpreter: env looks for \"%s\", not found in PATH",
			       script, name);
	return add_interpreter(script, path, depth, files, err);
}

static int closure(const char *program, unsigned depth, struct strlist *files, struct err *err)
{
	struct program p;

	if (depth > SCRIPT_DEPTH)
		return err_set(err, -ELOOP,
			       "%s: more than %d scripts run one by the other, the kernel's bound", program,
			       SCRIPT_DEPTH);
	if (program_read(program, &p, err))
		return err->code;
	if (access(program, X_OK))
		return err_set(err, -EACCES, "%s: is not executable; chmod +x is right for a program",
			       program);
	switch (p.kind) {
	case ELF_KIND_STATIC:
		return 0;
	case ELF_KIND_DYNAMIC:
		return list_libraries(program, p.interp, files, err);
	case ELF_KIND_SCRIPT: {
		const char *base = strrchr(p.interp, '/') + 1;

		if (add_interpreter(program, p.interp, depth, files, err))
			return err->code;
		return strcmp(base, "env") ? 0 : add_env_program(program, p.arg, depth, files, err);
	}
	case ELF_KIND_OTHER:
		break;
	}
	return err_set(
		err, -ENOEXEC,
		"%s: is neither a linked ELF program nor a script that begins with #!; the guest runs these two",
		program);
}

int elf_closure(const char *program, struct strlist *files, struct err *err)
{
	return closure(program, 0, files, err);
}
