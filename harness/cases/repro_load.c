/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases as files: finding and loading them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/beneath.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/suggest.h"
#include "kit/elfdeps.h"
#include "cases/repro_load.h"
#include "cases/repro_knobs.h"
#include "plan/plan_samples.h"
#include "topo/topo.h"

#define PROGRAM_MOST (16u << 20)

/* --- finding --------------------------------------------------------------------------------------------------------- */
int repro_names(const char *tree, struct strlist *names, struct err *err)
{
	auto_free char *dir = xasprintf("%s/cases", tree);
	struct dirent **found;
	int n = scandir(dir, &found, NULL, alphasort);

	if (n < 0)
		return err_sys(err, "%s", dir);
	for (int i = 0; i < n; i++) {
		auto_free char *file = xasprintf("%s/%s/case.json", dir, found[i]->d_name);

		if (found[i]->d_name[0] != '.' && strcmp(found[i]->d_name, "template") != 0 &&
		    path_exists(file))
			strlist_add(names, "%s", found[i]->d_name);
		free(found[i]);
	}
	free(found);
	return 0;
}

static int unknown(const char *tree, const char *asked, struct err *err)
{
	auto_strlist struct strlist names = { 0 };

	if (repro_names(tree, &names, err))
		return err->code;
	const char *near = names.n ? suggest(asked, (const char *const *)names.v) : NULL;
	return err_set(err, -ENOENT, "no case \"%s\"%s%s%s: `numarig list cases` has them", asked,
		       near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

/* The file for what was asked; NULL: none. */
static char *find(const char *tree, const char *asked)
{
	auto_free char *ours = xasprintf("%s/cases/%s/case.json", tree, asked);
	auto_free char *inside = xasprintf("%s/case.json", asked);
	size_t n = strlen(asked);
	struct stat st;

	if (strchr(asked, '/') || (n > 5 && !strcmp(asked + n - 5, ".json"))) {
		if (!stat(asked, &st) && S_ISREG(st.st_mode))
			return xstrdup(asked);
		return path_exists(inside) ? take_ptr(inside) : NULL;
	}
	if (*asked && *asked != '.' && path_exists(ours))
		return take_ptr(ours);
	return path_exists(inside) ? take_ptr(inside) : NULL;
}

/* --- what can be wrong in a case beyond its text ----------------------------------------------------------------------- */
static int check_machine(const struct case_file *c, const char *tree, struct err *err)
{
	auto_free char *dir = xasprintf("%s/topologies", tree);
	auto_free char *own = xasprintf("%s/%s", c->dir, c->topology);
	auto_free char *path = NULL;
	auto_topo struct topo *t = NULL;
	auto_plan struct plan p = { 0 };
	bool file = strstr(c->topology, ".json");

	if (topo_find(dir, file ? own : c->topology, &path, err) || topo_load(path, &t, err))
		return err_prefix(err, "%s: topology", c->name);
	for (size_t i = 0; i < c->knobs.n; i++)
		if (plan_add_knob(&p, c->knobs.v[i], err))
			return err_prefix(err, "%s", c->name);
	for (size_t i = 0; i < c->control.n; i++)
		if (plan_add_knob(&p, c->control.v[i], err))
			return err_prefix(err, "%s: control", c->name);
	return 0;
}

/* A value can only come from what a run samples. */
static int check_value(const struct case_file *c, const struct case_value *v, struct err *err)
{
	static const char *const wrote[] = { "stdout", "stderr", "console" };
	auto_text struct text names = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrote); i++)
		if (!strcmp(v->file, wrote[i]))
			return 0;
	if (!repro_knob_file(c, v->file) && !plan_sampled(v->file, &names))
		return err_set(
			err, -EINVAL,
			"file \"%.*s\": is not sampled: want stdout, stderr, console, the file of a knob of the case or one of %s; what stands elsewhere the program can read and print",
			PARSE_SHOW, v->file, text_str(&names));
	if (v->phase && strcmp(v->phase, "start") != 0 && strcmp(v->phase, "end") != 0)
		return err_set(err, -EINVAL, "phase \"%.*s\": want start or end", PARSE_SHOW, v->phase);
	return 0;
}

/* A file beside the case that the guest is to have. */
static int check_file(const struct case_file *c, const char *key, const char *file, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", c->dir, file);
	struct stat st;

	if (stat(path, &st))
		return err_set(err, -ENOENT, "%s %s: %s", key, path,
			       errno == ENOENT ? "is not there" : strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s %s: is %s: want a file", key, path,
			       S_ISDIR(st.st_mode) ? "a folder" : "no file");
	/* what a case of someone else's says is the guest's: not what it leads to on this host */
	if (beneath_check(c->dir, file, err))
		return err_prefix(err, "%s %s", key, c->dir);
	return st.st_size > PROGRAM_MOST
		       ? err_set(err, -EFBIG, "%s %s: is larger than %u MiB", key, path, PROGRAM_MOST >> 20)
		       : 0;
}

/* Is for the guest's shell, which would also run a script of another one, and an object file. */
static int check_script(const char *path, struct err *err)
{
	static const char *const shells[] = { "sh", "ash", "dash", "bash", "busybox" };
	char line[256] = "", *word, *save = NULL;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_sys(err, "program %s", path);
	size_t n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	if (memchr(line, 0, n))
		return err_set(
			err, -EINVAL,
			"program %s: is no text: want a C file NAME.c, a program that is linked with -static, or a shell script",
			path);
	line[strcspn(line, "\n")] = 0;
	if (strncmp(line, "#!", 2) != 0)
		line[0] = 0;
	word = *line ? strtok_r(line + 2, " \t\r\n", &save) : NULL;
	if (word && strlen(word) > 4 && !strcmp(word + strlen(word) - 4, "/env"))
		word = strtok_r(NULL, " \t\r\n", &save);
	if (!word)
		return 0;
	const char *slash = strrchr(word, '/'), *base = slash ? slash + 1 : word;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (!strcmp(base, shells[i]))
			return 0;
	return err_set(err, -EINVAL, "program %s: is for %.*s, and the guest has busybox's shell alone", path,
		       PARSE_SHOW, base);
}

static int check_program(const struct case_file *c, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
	enum elf_kind kind = ELF_KIND_OTHER;

	if (!c->program)
		return c->libs.n ? err_set(err, -EINVAL, "libs: there is no program to link") : 0;
	if (check_file(c, "program", c->program, err))
		return err->code;
	if (repro_compiled(c))
		return 0;
	if (c->libs.n)
		return err_set(err, -EINVAL, "libs: %s is not compiled: only NAME.c is", c->program);
	if (elf_kind(path, &kind, err))
		return err_prefix(err, "program");
	if (kind == ELF_KIND_DYNAMIC)
		return err_set(
			err, -EINVAL,
			"program %s: is linked dynamically, and the guest has no libraries for it: link it with -static",
			path);
	return kind == ELF_KIND_STATIC ? 0 : check_script(path, err);
}

/* What is compiled goes beside them, under its own name. */
static int check_files(const struct case_file *c, struct err *err)
{
	auto_free char *built =
		repro_compiled(c) ? xasprintf("%.*s", (int)strlen(c->program) - 2, c->program) : xstrdup("");

	for (size_t i = 0; i < c->files.n; i++) {
		if (!strcmp(c->files.v[i], built))
			return err_set(err, -EINVAL,
				       "files: %s is where the guest has what %s is compiled to", built,
				       c->program);
		if (check_file(c, "files:", c->files.v[i], err))
			return err->code;
	}
	return 0;
}

static int check(const struct case_file *c, const char *tree, struct err *err)
{
	if (check_machine(c, tree, err))
		return err->code;
	for (size_t i = 0; i < c->values; i++)
		if (check_value(c, &c->value[i], err))
			return err_prefix(err, "%s: values: %s", c->name, c->value[i].name);
	return check_program(c, err) || check_files(c, err) ? err_prefix(err, "%s", c->name) : 0;
}

int repro_load(const char *tree, const char *asked, struct case_file **out, struct err *err)
{
	auto_case struct case_file *c = NULL;
	auto_free char *found = find(tree, asked);
	auto_free char *path = found ? realpath(found, NULL) : NULL;
	auto_text struct text text = { 0 };

	*out = NULL;
	if (!path)
		return strchr(asked, '/') ? err_set(err, -ENOENT,
						    "%s: is no case: neither a file nor a folder "
						    "with a case.json",
						    asked)
					  : unknown(tree, asked, err);
	if (file_read(path, CASE_FILE_MAX, &text, err))
		return err->code;
	char *base = strrchr(path, '/');
	*base++ = 0;
	const char *folder = strrchr(path, '/');
	auto_free char *name = !strcmp(base, "case.json") && folder
				       ? xstrdup(folder + 1)
				       : xasprintf("%.*s", (int)strcspn(base, "."), base);
	if (case_parse(text_str(&text), text.len, name, path, &c, err) || check(c, tree, err))
		return err->code;
	*out = take_ptr(c);
	return 0;
}

bool repro_compiled(const struct case_file *c)
{
	size_t n = c->program ? strlen(c->program) : 0;

	return n > 2 && !strcmp(c->program + n - 2, ".c");
}

void repro_command(const struct case_file *c, struct strlist *command)
{
	auto_free char *path = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
	enum elf_kind kind = ELF_KIND_OTHER;
	struct err ignored = ERR_INIT; /* it was looked at when the case was loaded */

	for (size_t i = 0; i < c->command.n; i++)
		strlist_add(command, "%s", c->command.v[i]);
	if (c->command.n)
		return;
	if (repro_compiled(c)) {
		strlist_add(command, "./%.*s", (int)strlen(c->program) - 2, c->program);
		return;
	}
	if (elf_kind(path, &kind, &ignored) || kind != ELF_KIND_STATIC)
		strlist_add(command, "sh");
	strlist_add(command, "./%s", c->program);
}

int repro_digest(const struct case_file *c, struct sha256 *out, struct err *err)
{
	char *json = json_dumps(c->json, JSON_COMPACT);
	auto_text struct text all = { 0 };

	text_add(&all, json, strlen(json) + 1);
	free(json);
	for (size_t i = 0; i < c->files.n + (c->program ? 1 : 0); i++) {
		auto_free char *path =
			xasprintf("%s/%s", c->dir, i < c->files.n ? c->files.v[i] : c->program);

		if (file_read(path, PROGRAM_MOST, &all, err))
			return err->code;
	}
	sha256_bytes(text_str(&all), all.len, out);
	return 0;
}

int repro_new(const char *tree, const char *name, struct err *err)
{
	static const char *const files[] = { "case.json", "repro.c" };

	if (path_exists(name))
		return err_set(err, -EEXIST, "%s: exists", name);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *from = xasprintf("%s/cases/template/%s", tree, files[i]);
		auto_free char *to = xasprintf("%s/%s", name, files[i]);
		auto_text struct text t = { 0 };

		if (file_read(from, CASE_FILE_MAX, &t, err) || dir_make(name, err) ||
		    file_write(to, text_str(&t), t.len, err))
			return err->code;
	}
	return 0;
}
