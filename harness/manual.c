/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `numarig man`: the manual page's text on the commands, in roff, from their tables; it goes where docs/numarig.1.in has @COMMANDS@.
 * An option that an earlier command has with the same words, be it of one value instead of several, is named and no more.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* One character of running text. `at_start`: of a line, where roff takes some for its own. */
static void put(char ch, bool at_start)
{
	if (at_start && (ch == '.' || ch == '\''))
		fputs("\\&", stdout);
	if (ch == '-')
		fputs("\\-", stdout);
	else if (ch == '\\')
		fputs("\\e", stdout);
	else
		putchar(ch);
}

static void put_word(const char *s)
{
	for (; *s; s++)
		put(*s, false);
}

/* A sentence or more: from a capital to a full stop, a line each sentence; what stands in `` is bold. */
static void sentences(const char *s)
{
	bool bold = false, start = true;
	char last = '.';

	for (const char *at = s; *at; last = *at++) {
		if (*at == '`') {
			fputs(bold ? "\\fR" : "\\fB", stdout);
			bold = !bold;
		} else if (*at == ' ' && last == '.' && isupper((unsigned char)at[1])) {
			putchar('\n');
			start = true;
			continue;
		} else {
			put(at == s ? (char)toupper((unsigned char)*at) : *at, start);
		}
		start = false;
	}
	puts(last == '.' ? "" : ".");
}

static void form(const struct opt *o, bool first)
{
	puts(first ? ".TP" : ".TQ");
	if (o->letter)
		printf("\\fB\\-%c\\fR, ", o->letter);
	fputs("\\fB\\-\\-", stdout);
	put_word(o->name);
	fputs("\\fR", stdout);
	if (o->arg) {
		fputs(*o->arg == '[' ? "\\fI" : " \\fI", stdout);
		put_word(o->arg);
		fputs("\\fR", stdout);
	}
	putchar('\n');
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The command before `c` that describes `o`, or NULL. */
static const struct command *described_by(const struct command *const *all, const struct command *c,
					  const struct opt *o)
{
	for (const struct command *const *before = all; *before != c; before++)
		for (const struct opt *p = (*before)->opts; p->name; p++)
			if (p->letter == o->letter && !strcmp(p->name, o->name) &&
			    !strcmp(p->help, o->help) && (!o->more || same(p->more, o->more)))
				return *before;
	return NULL;
}

static void options(const struct command *const *all, const struct command *c)
{
	for (const struct opt *o = c->opts; o->name; o++) {
		if (described_by(all, c, o))
			continue;
		form(o, true);
		sentences(o->help);
		if (o->more)
			sentences(o->more);
	}
	for (const struct command *const *as = all; *as != c; as++) {
		bool any = false;

		for (const struct opt *o = c->opts; o->name; o++)
			if (described_by(all, c, o) == *as) {
				form(o, !any);
				any = true;
			}
		if (any)
			printf("As for \\fB%s\\fR.\n", (*as)->name);
	}
}

static void command(const struct command *const *all, const struct command *c)
{
	printf(".SS %s ", c->name);
	put_word(c->args ? c->args : "");
	putchar('\n');
	sentences(c->about);
	for (const char *at = c->more; at && *at;) {
		size_t n = strcspn(at, "\n");
		char *line = strndup(at, n);

		if (at != c->more)
			puts(".PP");
		sentences(line);
		free(line);
		at += n + (at[n] == '\n');
	}
	options(all, c);
}

int cli_manual(const struct command *const *all)
{
	for (const struct command *const *c = all; *c; c++)
		command(all, *c);
	return EXIT_OK;
}
