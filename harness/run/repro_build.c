/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases as files: finding, loading, building. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/suggest.h"
#include "run/initramfs.h"
#include "run/repro.h"
#include "run/tool.h"

#define COMPILE_MS 120000
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

/* What can be wrong in a case beyond its text. */
static int check(const struct case_file *c, const char *tree, struct err *err)
{
	auto_free char *dir = xasprintf("%s/topologies", tree);
	auto_free char *own = xasprintf("%s/%s", c->dir, c->topology);
	auto_free char *program = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
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
	return c->program && !path_exists(program)
		       ? err_set(err, -ENOENT, "%s: program %s: is not there", c->name, program)
		       : 0;
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

int repro_digest(const struct case_file *c, struct sha256 *out, struct err *err)
{
	auto_free char *path = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
	char *json = json_dumps(c->json, JSON_COMPACT);
	auto_text struct text all = { 0 };

	text_add(&all, json, strlen(json) + 1);
	free(json);
	if (c->program && file_read(path, PROGRAM_MOST, &all, err))
		return err->code;
	sha256_bytes(text_str(&all), all.len, out);
	return 0;
}

/* --- building -------------------------------------------------------------------------------------------------------- */
static int compiler(struct strlist *argv, struct err *err)
{
	const char *cc = getenv("CC");
	auto_free char *words = xstrdup(cc && *cc ? cc : "cc");

	for (char *save = NULL, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		auto_free char *path = argv->n ? xstrdup(w) : tool_which(w);

		if (!path)
			return err_set(err, -ENOPKG, "compiler %s: is not on this machine (see CC)", w);
		strlist_add(argv, "%s", path);
	}
	return argv->n ? 0 : err_set(err, -EINVAL, "CC=%s: names no compiler", cc);
}

/* The line that says what is wrong, without the folder in front. */
static void complaint(const struct text *said, const char *dir, const char *program, struct text *why)
{
	const char *s = text_str(said), *error = strstr(s, "error:");
	size_t n = strlen(dir);
	char line[400];

	while (error && error > s && error[-1] != '\n')
		error--;
	struct text from = { .s = (char *)(uintptr_t)(error ? error : s) };
	tool_first_line(&from, line, sizeof(line));
	text_plain(line);
	const char *shown = !strncmp(line, dir, n) && line[n] == '/' ? line + n + 1 : line;
	text_printf(why, "%s does not compile: %s", program, *shown ? shown : "its compiler says nothing");
}

/* Ours, but for the language: a compiler's quotes are no ASCII in others. */
static void environment(struct strlist *env)
{
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LC_", 3) != 0 && strncmp(*e, "LANG", 4) != 0)
			strlist_add(env, "%s", *e);
	strlist_add(env, "LC_ALL=C");
}

/* Static, and the same bytes wherever it is built: they are part of a run's inputs. */
static int compile(const struct case_file *c, const char *tree, const char *to, struct text *why,
		   struct err *err)
{
	static const char *const flags[] = { "-std=gnu11", "-D_GNU_SOURCE",	 "-O2", "-s", "-static",
					     "-fno-ident", "-Wl,--build-id=none" };
	auto_strlist struct strlist argv = { 0 };
	auto_strlist struct strlist env = { 0 };
	auto_text struct text out = { 0 };
	auto_text struct text said = { 0 };
	int code;

	environment(&env);
	if (compiler(&argv, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		strlist_add(&argv, "%s", flags[i]);
	strlist_add(&argv, "-I%s/cases", tree);
	strlist_add(&argv, "-ffile-prefix-map=%s/=", c->dir);
	strlist_add(&argv, "-o");
	strlist_add(&argv, "%s", to);
	strlist_add(&argv, "%s/%s", c->dir, c->program);
	strlist_add(&argv, "-lnuma");
	strlist_add(&argv, "-pthread");
	struct tool t = { .argv = argv.v, .env = env.v, .deadline_ms = COMPILE_MS };
	if (tool_run(&t, &out, &said, &code, err))
		return err_prefix(err, "%s", c->name);
	if (code)
		complaint(&said, c->dir, c->program, why);
	return 0;
}

int repro_build(const struct case_file *c, const char *tree, const char *archive, struct text *why,
		struct err *err)
{
	auto_cpio struct cpio *a = cpio_new();
	auto_free char *source = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
	auto_free char *built = xasprintf("%s.built", archive);
	size_t n = c->program ? strlen(c->program) : 0;
	bool compiled = n > 2 && !strcmp(c->program + n - 2, ".c");

	if (compiled && (compile(c, tree, built, why, err) || why->len))
		return err->code;
	if (c->program) {
		auto_free char *as = xasprintf("case/%.*s", (int)(compiled ? n - 2 : n), c->program);

		if (cpio_add_file(a, as, 0755, compiled ? built : source, err))
			return err->code;
	}
	if (compiled)
		unlink(built);
	return cpio_write(a, archive, err);
}
