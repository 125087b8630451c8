/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/elfdeps.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "kit/elfsearch.h"
#include "kit/tool.h"

#define SCRIPT_DEPTH 4	 /* the kernel's own bound on interpreters of interpreters (fs/exec.c) */
#define SCRIPT_LINE 256	 /* BINPRM_BUF_SIZE: what the kernel reads of a #! line */
#define MOST_LOADED 1024 /* libraries of one program; a large desktop program has 300 */

struct program {
	enum elf_kind kind;
	char interp[PATH_MAX]; /* of a dynamic program or script */
	char arg[SCRIPT_LINE]; /* of a script: the rest of the line */
};

static int read_elf(int fd, const char *path, struct program *p, struct err *err)
{
	auto_elf_file struct elf_file f = { 0 };

	if (elf_file_read(fd, path, &f, err))
		return err->code;
	if (f.type == ELF_TYPE_FOREIGN)
		return elf_foreign(fd, path, err);
	if (f.type != ELF_TYPE_LINKED)
		return 0; /* an object file or a core dump */
	p->kind = f.interp ? ELF_KIND_DYNAMIC : ELF_KIND_STATIC;
	if (f.interp)
		memcpy(p->interp, f.interp, strlen(f.interp) + 1);
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
		return err_set(err, -ENOEXEC, "%s: its #! line names \"%.*s\"; want an absolute path", path,
			       (int)n, s);
	memcpy(p->interp, s, n);
	p->interp[n] = 0;
	s += n + strspn(s + n, " \t");
	memcpy(p->arg, s, strlen(s) + 1);
	p->kind = ELF_KIND_SCRIPT;
	return 0;
}

static int program_read(const char *path, struct program *p, struct err *err)
{
	char head[SCRIPT_LINE + 1];
	struct stat st;
	auto_close int fd = elf_open(path, &st, err);

	memset(p, 0, sizeof(*p));
	if (fd < 0)
		return err->code == -EISDIR
			       ? err_set(err, -EACCES, "%s: is not a file; want the path of a program", path)
			       : err->code;
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

static void add_file(struct strlist *files, const char *path)
{
	if (!listed(files, path))
		strlist_add(files, "%s", path);
}

/* --- what a loader would load -------------------------------------------------------------------------------------- */
struct loaded {
	struct elf_object object;
	struct strlist names; /* that it was asked for by, and its own */
};

struct load {
	struct loaded *v[MOST_LOADED]; /* [0] the program, [1] its interpreter */
	size_t n;
	struct elf_rules rules;
};

static void load_free(struct load **load)
{
	struct load *l = *load;

	for (size_t i = 0; i < l->n; i++) {
		elf_object_free(&l->v[i]->object);
		strlist_free(&l->v[i]->names);
		free(l->v[i]);
	}
	elf_rules_free(&l->rules);
	free(l);
}

/* Takes the object over. One that is there already by another path only gets its name. */
static int load_add(struct load *l, struct elf_object *o, const char *name, struct err *err)
{
	struct loaded *is = NULL;

	for (size_t i = 0; i < l->n && !is; i++)
		if (l->v[i]->object.dev == o->dev && l->v[i]->object.ino == o->ino)
			is = l->v[i];
	if (is) {
		elf_object_free(o);
	} else if (l->n == MOST_LOADED) {
		elf_object_free(o);
		return err_set(err, -E2BIG, "%s: needs more than %d libraries", l->v[0]->object.path,
			       MOST_LOADED - 2);
	} else {
		is = l->v[l->n++] = xcalloc(1, sizeof(*is));
		is->object = *o;
		if (o->file.soname)
			strlist_add(&is->names, "%s", o->file.soname);
	}
	if (!listed(&is->names, name))
		strlist_add(&is->names, "%s", name);
	return 0;
}

static bool is_loaded(const struct load *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (listed(&l->v[i]->names, name))
			return true;
	return false;
}

static int not_found(const char *program, const struct elf_object *loader, const char *name, struct err *err)
{
	const char *by = loader->loader ? loader->path : NULL;

	return err_set(
		err, -ENOENT,
		"%s: %s%sneeds the library %s, not found on this host; install it, or name its folder in "
		"LD_LIBRARY_PATH",
		program, by ? by : "", by ? " " : "", name);
}

static int load_needed(struct load *l, const char *program, const struct elf_object *loader,
		       const struct strlist *names, bool optional, struct err *err)
{
	for (size_t i = 0; i < names->n; i++) {
		struct elf_object o = { 0 };

		if (is_loaded(l, names->v[i]))
			continue;
		int bad = elf_search(&l->rules, loader, names->v[i], &o, err);
		if (bad == -ENOENT && optional)
			continue;
		if (bad == -ENOENT)
			return not_found(program, loader, names->v[i], err);
		if (bad)
			return err_prefix(err, "%s: needs the library %s", program, names->v[i]);
		if (load_add(l, &o, names->v[i], err))
			return err->code;
	}
	return 0;
}

/* The program as the kernel knows it, by its real path: that is where $ORIGIN is taken from. */
static int load_program(struct load *l, const char *program, struct err *err)
{
	auto_free char *real = realpath(program, NULL);
	struct elf_object o = { 0 };

	if (!real)
		return err_sys(err, "%s", program);
	if (elf_object_open(&o, real, err)) {
		elf_object_free(&o);
		return err->code;
	}
	if (!o.file.interp) /* it was another file a moment ago */
		err_set(err, -ENOEXEC, "%s: has no interpreter", program);
	else
		return load_add(l, &o, real, err);
	elf_object_free(&o);
	return err->code;
}

static int load_interp(struct load *l, const char *program, const char *interp, struct err *err)
{
	struct elf_object o = { 0 };

	if (access(interp, X_OK)) {
		err_sys(err, "%s: its interpreter %s", program, interp);
	} else if (elf_object_open(&o, interp, err)) {
		err_prefix(err, "%s: its interpreter", program);
	} else if (o.file.type != ELF_TYPE_LINKED) {
		err_set(err, -ENOEXEC,
			"%s: its interpreter %s is no ELF program for x86-64; want a dynamic loader", program,
			interp);
	} else if (o.dev == l->v[0]->object.dev && o.ino == l->v[0]->object.ino) {
		err_set(err, -ELOOP, "%s: names itself as its interpreter; want a dynamic loader", program);
	} else {
		return load_add(l, &o, interp, err);
	}
	elf_object_free(&o);
	return err->code;
}

/* Breadth first, as a loader does: what the program needs, then what those need, each once. */
static int list_libraries(const char *program, const char *interp, struct strlist *files, struct err *err)
{
	__attribute__((cleanup(load_free))) struct load *l = xcalloc(1, sizeof(*l));

	if (load_program(l, program, err) || load_interp(l, program, interp, err))
		return err->code;
	elf_rules_init(&l->rules, &l->v[0]->object, &l->v[1]->object);
	for (size_t i = 0; i < l->n; i++) {
		const struct elf_object *o = &l->v[i]->object;

		if (i != 1 && (load_needed(l, program, o, &o->file.needed, false, err) ||
			       load_needed(l, program, o, &o->file.optional, true, err)))
			return err->code;
	}
	for (size_t i = 1; i < l->n; i++)
		add_file(files, l->v[i]->object.path);
	return 0;
}

/* --- programs and scripts ------------------------------------------------------------------------------------------ */
static int closure(const char *program, unsigned depth, struct strlist *files, struct err *err);

/* A program a script is run by: it goes in the list, and what it needs. */
static int add_interpreter(const char *script, const char *path, unsigned depth, struct strlist *files,
			   struct err *err)
{
	auto_strlist struct strlist needs = { 0 };
	auto_free char *full = elf_absolute(path, err);

	if (!full || closure(path, depth + 1, &needs, err))
		return err_prefix(err, "%s: its interpreter", script);
	add_file(files, full);
	for (size_t i = 0; i < needs.n; i++)
		add_file(files, needs.v[i]);
	return 0;
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
		return err_set(err, -EACCES, "%s: is not executable; want chmod +x for a program", program);
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
