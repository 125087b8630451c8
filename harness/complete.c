/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `numarig complete WORD...`: what the last of the words behind `numarig` may become, for the shells' scripts in completion/. A line each: the
 * whole word, a tab, what it is; ":files" stands for the shell's own completion of files.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cli.h"
#include "kinds.h"

/* What stands in capitals in a command's `args` and in an option's `arg`, and what it may be. NAME is of the kind named before it. */
static const struct place {
	const char *name, *kind; /* of kinds.h */
	bool files;
	const char *words[5];
} places[] = {
	{ "TOPO", "topologies", true, { NULL } },
	{ "KERNEL", "kernels", true, { NULL } },
	{ "ENGINE", NULL, false, { "exact", "fast", "kvm", "auto" } },
	{ "KNOB", "knobs", false, { NULL } },
	{ "WORKLOAD", "workloads", false, { NULL } },
	{ "CASE", "cases", true, { "all" } },
	{ "FILE", NULL, true, { NULL } },
	{ "DIR", NULL, true, { NULL } },
	{ "TARBALL", NULL, true, { NULL } },
	{ "RUN", NULL, true, { NULL } },
	{ "COMMAND", NULL, true, { NULL } },
	{ "WAS", NULL, true, { NULL } },
	{ "IS", NULL, true, { NULL } },
};

/* `word` is what was typed; `lead` of it stays as it is, and what may follow is offered behind that. */
struct typed {
	const char *word;
	size_t lead;
};

static void offer(const struct typed *t, const char *value, const char *tail, const char *about)
{
	const char *rest = t->word + t->lead;

	if (!strncmp(value, rest, strlen(rest)))
		printf("%.*s%s%s\t%s\n", (int)t->lead, t->word, value, tail, about ? about : "");
}

static void offer_of(const struct typed *t, const json_t *rows, const char *tail)
{
	size_t i;
	json_t *x;

	json_array_foreach (rows, i, x)
		if (!strchr(json_word(x, "name"), '*')) /* a pattern, such as thp.*kB */
			offer(t, json_word(x, "name"), tail, json_word(x, "about"));
}

/* Behind the last comma of a list. */
static void behind_comma(struct typed *t)
{
	const char *comma = strrchr(t->word + t->lead, ',');

	if (comma)
		t->lead = (size_t)(comma + 1 - t->word);
}

/* The row that `word` names before its byte `mark`; t goes on behind that. NULL: there is no such mark, or row. */
static const json_t *row_before(struct typed *t, char mark, const json_t *rows)
{
	const char *at = strchr(t->word + t->lead, mark);
	size_t i, n = at ? (size_t)(at - t->word) - t->lead : 0;
	json_t *x;

	json_array_foreach (rows, i, x) {
		const char *name = json_word(x, "name");

		if (at && strlen(name) == n && !memcmp(name, t->word + t->lead, n)) {
			t->lead += n + 1;
			return x;
		}
	}
	return NULL;
}

static void offer_values(const struct typed *t, const char *values, const char *def)
{
	auto_free char *copy = xstrdup(values);

	if (!strchr(values, '|')) {
		offer(t, def ? def : "", "", values);
		return;
	}
	for (char *save = NULL, *v = strtok_r(copy, "|", &save); v; v = strtok_r(NULL, "|", &save))
		offer(t, v, "", def && !strcmp(def, v) ? "the default" : "");
}

/* KNOB=VALUE, WORKLOAD:P=V,P=V, or a name; several of them where `arg` has ",...". */
static void offer_kind(const char *kind, const char *arg, struct typed t)
{
	int code = EXIT_OK;
	struct err ignored = ERR_INIT;
	auto_json json_t *rows = kind_all(kind, &code, &ignored);
	const json_t *row;

	if (!strcmp(kind, "knobs") && strchr(arg, '=')) {
		row = row_before(&t, '=', rows);
		if (row && strstr(arg, ",..."))
			behind_comma(&t);
		if (row)
			offer_values(&t, json_word(row, "values"), json_word(row, "default"));
		else
			offer_of(&t, rows, "=");
	} else if (!strcmp(kind, "workloads") && strchr(arg, ':')) {
		row = row_before(&t, ':', rows);
		if (row)
			behind_comma(&t);
		offer_of(&t, row ? json_object_get(row, "params") : rows, row ? "=" : "");
	} else {
		if (strstr(arg, ",..."))
			behind_comma(&t);
		offer_of(&t, rows, "");
	}
}

/* What `arg` calls a value, such as "KERNEL[,...]". `before`: the word before, where that says what NAME is of. */
static void offer_arg(const char *arg, const char *before, const struct typed *t)
{
	size_t n = 0;

	while (isupper((unsigned char)arg[n]))
		n++;
	if (before && n == 4 && !memcmp(arg, "NAME", 4))
		for (size_t i = 0; kinds[i]; i++)
			if (!strcmp(before, kinds[i]))
				offer_kind(before, "", *t);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strlen(places[i].name) != n || memcmp(places[i].name, arg, n) != 0)
			continue;
		for (const char *const *w = places[i].words; *w; w++)
			offer(t, *w, "", NULL);
		if (places[i].kind)
			offer_kind(places[i].kind, arg, *t);
		if (places[i].files && !t->lead && !strchr(t->word, ','))
			puts(":files");
	}
}

/* --- words that are no options, by the command's `args` ------------------------------------------------------------------ */
/* One word of a way: "[a|b]..." as "a|b", and whether it may stand again. Options and their values are left out. */
struct step {
	char *alternatives;
	bool again;
};

static bool next_step(char **save, char **rest, struct step *s)
{
	char *w = strtok_r(*rest, " ", save);

	*rest = NULL;
	while (w && (*w == '-' || !strncmp(w, "[-", 2)) && w[1]) {
		if (strcmp(w, "--") != 0)
			strtok_r(NULL, " ", save);
		w = strtok_r(NULL, " ", save);
	}
	if (!w)
		return false;
	size_t n = strlen(w);

	s->again = n > 3 && !strcmp(w + n - 3, "...");
	n -= s->again ? 3 : 0;
	if (*w == '[') {
		w++;
		n -= 2;
	}
	w[n] = 0;
	s->alternatives = w;
	return true;
}

static bool accepts(const char *alternatives, const char *word)
{
	auto_free char *copy = xstrdup(alternatives);

	for (char *save = NULL, *a = strtok_r(copy, "|", &save); a; a = strtok_r(NULL, "|", &save))
		if (isupper((unsigned char)*a) || !strcmp(a, word))
			return true;
	return false;
}

static void offer_step(char *alternatives, const char *before, const struct typed *t)
{
	for (char *save = NULL, *a = strtok_r(alternatives, "|", &save); a; a = strtok_r(NULL, "|", &save))
		if (isupper((unsigned char)*a))
			offer_arg(a, before, t);
		else
			offer(t, a, "", NULL);
}

/* `way` is taken apart. `given`: the words before. */
static void offer_way(char *way, int n, char **given, const struct typed *t)
{
	char *save = NULL, *rest = way;
	struct step s = { 0 };

	for (int i = 0; i <= n; i++) {
		if (!s.again && !next_step(&save, &rest, &s))
			return;
		if (i < n && !accepts(s.alternatives, given[i]))
			return;
	}
	offer_step(s.alternatives, n ? given[0] : NULL, t);
}

static void offer_words(const struct command *c, int n, char **given, const struct typed *t)
{
	auto_free char *args = xstrdup(c->args ? c->args : "");

	for (char *way = args, *next; way; way = next) {
		next = strstr(way, " | ");
		if (next) {
			*next = 0;
			next += 3;
		}
		offer_way(way, n, given, t);
	}
}

/* --- the whole line ------------------------------------------------------------------------------------------------------- */
static void offer_commands(const struct command *const *all, const struct typed *t)
{
	for (const struct command *const *c = all; *c; c++)
		offer(t, (*c)->name, "", (*c)->about);
}

static void offer_options(const struct command *c, const struct typed *t)
{
	for (const struct opt *o = c->opts; o->name; o++) {
		auto_free char *word = xasprintf("--%s", o->name);

		offer(t, word, "", o->help);
	}
	offer(t, "--help", "", "this command's options");
}

/* The last word is `t`, those before it words[0..n-1]. */
static void complete(const struct command *c, int n, char **words, struct typed t)
{
	bool hands_over = c->args && strstr(c->args, "-- "), ended = false;
	const struct opt *wants = NULL;
	int given = 0;

	for (int i = 0; i < n; i++) {
		const char *value = NULL;
		const struct opt *o = NULL;

		if (wants) {
			wants = NULL;
		} else if (ended || *words[i] != '-' || !words[i][1]) {
			words[given++] = words[i];
			ended = ended || hands_over;
		} else if (!strcmp(words[i], "--")) {
			ended = true;
		} else {
			o = cli_option(c, words[i], &value);
			wants = o && o->arg && *o->arg != '[' && !value ? o : NULL;
		}
	}
	const char *eq = !strncmp(t.word, "--", 2) ? strchr(t.word, '=') : NULL;

	if (wants) {
		offer_arg(wants->arg, NULL, &t);
	} else if (ended && hands_over) {
		puts(":files");
	} else if (!ended && eq) {
		const char *value;
		const struct opt *o = cli_option(c, t.word, &value);

		t = (struct typed){ t.word, (size_t)(eq + 1 - t.word) };
		if (o && o->arg)
			offer_arg(o->arg, NULL, &t);
	} else if (!ended && *t.word == '-') {
		offer_options(c, &t);
	} else {
		offer_words(c, given, words, &t);
	}
}

int cli_complete(const struct command *const *all, int argc, char **argv)
{
	struct typed t = { argc > 1 ? argv[argc - 1] : "", 0 };

	if (argc <= 2) {
		offer_commands(all, &t);
		offer(&t, "help", "", "of a command");
		offer(&t, "--help", "", "the commands");
		offer(&t, "--version", "", "which version this is");
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "help"))
		offer_commands(all, &t);
	const struct command *c = cli_command(all, argv[1]);
	if (c)
		complete(c, argc - 3, argv + 2, t);
	return EXIT_OK;
}
