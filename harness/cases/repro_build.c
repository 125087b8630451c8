/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A case's program: compiled, and packed for the guest with what stands beside it. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/initramfs.h"
#include "cases/repro_build.h"
#include "kit/tool.h"
#include "cases/repro_load.h"

#define COMPILE_MS 120000
#define WARNINGS_MOST 20 /* lines */

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

/* One of its lines, without the folder in front. */
static char *shown(const char *line, size_t len, const char *dir)
{
	size_t n = strlen(dir);
	bool here = len > n && !strncmp(line, dir, n) && line[n] == '/';
	char *words = here ? xasprintf("%.*s", (int)(len - n - 1), line + n + 1)
			   : xasprintf("%.*s", (int)len, line);

	if (strlen(words) > 400)
		words[400] = 0;
	text_plain(words);
	return words;
}

/* The first line of `output` that holds one of the words; the words that stand first here go first. NULL: none does. */
static const char *line_of(const char *output, const char *const *words)
{
	for (; *words; words++) {
		const char *at = strstr(output, *words);

		while (at && at > output && at[-1] != '\n')
			at--;
		if (at)
			return at;
	}
	return NULL;
}

/* The line that says what is wrong. The last one of a linker's, "ld returned 1 exit status", says nothing. */
static void complaint(const struct text *output, const char *dir, const char *program, struct text *why)
{
	static const char *const linking[] = { "undefined reference", "multiple definition", "cannot find -l",
					       NULL };
	static const char *const compiling[] = { " error:", "error:", "\n", NULL };
	const char *s = text_str(output), *line = line_of(s, linking);
	const char *does_not = line ? "does not link" : "does not compile";

	line = line ? line : line_of(s, compiling);
	auto_free char *words = line ? shown(line, strcspn(line, "\n"), dir) : xstrdup("");
	text_printf(why, "%s %s: %s", program, does_not, *words ? words : "its compiler says nothing");
}

/* Of our own doing: libnuma's look-up of names in every static program, and what repro.h's users need defined. */
static bool expected_warning(const char *line, size_t len)
{
	static const char *const words[] = { "in statically linked applications requires at runtime",
					     "\"_GNU_SOURCE\" redefined" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (memmem(line, len, words[i], strlen(words[i])))
			return true;
	return false;
}

/* What it warns of, a line each. */
static void warnings_of(const struct text *output, const char *dir, struct text *says)
{
	unsigned n = 0;

	for (const char *s = text_str(output); *s;) {
		size_t len = strcspn(s, "\n");

		if (memmem(s, len, "warning:", 8) && !expected_warning(s, len) && n++ < WARNINGS_MOST) {
			auto_free char *words = shown(s, len, dir);

			text_printf(says, "%s\n", words);
		}
		s += len + (s[len] == '\n');
	}
	if (n > WARNINGS_MOST)
		text_printf(says, "and %u more warnings\n", n - WARNINGS_MOST);
}

/* All of it: where it does not build, the mistake may stand in any line. */
static void whole_of(const struct text *output, const char *dir, struct text *says)
{
	for (const char *s = text_str(output); *s;) {
		size_t len = strcspn(s, "\n");
		auto_free char *words = shown(s, len, dir);

		text_printf(says, "%s\n", words);
		s += len + (s[len] == '\n');
	}
}

/* Ours, but for the language: a compiler's quotes are no ASCII in others. */
static void environment(const char *to, struct strlist *env)
{
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LC_", 3) != 0 && strncmp(*e, "LANG", 4) != 0 &&
		    strncmp(*e, "TMPDIR=", 7) != 0)
			strlist_add(env, "%s", *e);
	strlist_add(env, "LC_ALL=C");
	/* its temporary files go with what is built: gcc's collect2 leaves some when a signal ends it */
	strlist_add(env, "TMPDIR=%.*s", (int)(strrchr(to, '/') - to), to);
}

/* Static, and the same bytes wherever it is built: they are part of a run's inputs. */
static int compile(const struct case_file *c, const char *tree, const char *to, struct text *why,
		   struct text *says, struct err *err)
{
	static const char *const flags[] = { "-std=gnu11", "-D_GNU_SOURCE",	 "-O2", "-s", "-static",
					     "-fno-ident", "-Wl,--build-id=none" };
	auto_strlist struct strlist argv = { 0 };
	auto_strlist struct strlist env = { 0 };
	auto_text struct text out = { 0 };
	auto_text struct text output = { 0 };
	int code;

	environment(to, &env);
	if (compiler(&argv, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		strlist_add(&argv, "%s", flags[i]);
	strlist_add(&argv, "-I%s/cases", tree);
	strlist_add(&argv, "-ffile-prefix-map=%s/=", c->dir);
	strlist_add(&argv, "-o");
	strlist_add(&argv, "%s", to);
	strlist_add(&argv, "%s/%s", c->dir, c->program);
	for (size_t i = 0; i < c->libs.n; i++)
		strlist_add(&argv, "-l%s", c->libs.v[i]);
	strlist_add(&argv, "-lnuma");
	strlist_add(&argv, "-pthread");
	struct tool t = { .argv = argv.v, .env = env.v, .deadline_ms = COMPILE_MS };
	if (tool_run(&t, &out, &output, &code, err))
		return err_prefix(err, "%s", c->name);
	if (code) {
		complaint(&output, c->dir, c->program, why);
		whole_of(&output, c->dir, says);
	} else {
		warnings_of(&output, c->dir, says);
	}
	return 0;
}

/* As it is, beside the program; what may be run on the host may be in the guest. */
static int add_beside(struct cpio *a, const struct case_file *c, const char *file, struct err *err)
{
	auto_free char *from = xasprintf("%s/%s", c->dir, file);
	auto_free char *to = xasprintf("case/%s", file);
	struct stat st;

	if (stat(from, &st))
		return err_sys(err, "%s: files: %s", c->name, from);
	return cpio_add_file(a, to, st.st_mode & 0111 ? 0755 : 0644, from, err)
		       ? err_prefix(err, "%s", c->name)
		       : 0;
}

int repro_build(const struct case_file *c, const char *tree, const char *archive, struct text *why,
		struct text *says, struct err *err)
{
	auto_cpio struct cpio *a = cpio_new();
	auto_free char *source = xasprintf("%s/%s", c->dir, c->program ? c->program : "");
	auto_free char *built = xasprintf("%s.built", archive);
	size_t n = c->program ? strlen(c->program) : 0;
	bool compiled = repro_compiled(c);

	if (compiled && (compile(c, tree, built, why, says, err) || why->len))
		return err->code;
	if (c->program) {
		auto_free char *as = xasprintf("case/%.*s", (int)(compiled ? n - 2 : n), c->program);

		if (cpio_add_file(a, as, 0755, compiled ? built : source, err))
			return err->code;
	}
	if (compiled)
		unlink(built);
	for (size_t i = 0; i < c->files.n; i++)
		if (add_beside(a, c, c->files.v[i], err))
			return err->code;
	return cpio_write(a, archive, err);
}
