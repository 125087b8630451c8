/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hint.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

#define NAME "numarig "

/* Whether a command to be pasted begins at `at`. */
static bool begins(const char *text, const char *at)
{
	static const char alone[] = "alone:";
	const char *before = at;

	if (at == text || strncmp(at, NAME, strlen(NAME)) != 0)
		return false;
	if (at[-1] == '`')
		return true;
	while (before > text && before[-1] == ' ')
		before--;
	return before < at && (size_t)(before - text) >= strlen(alone) &&
	       !memcmp(before - strlen(alone), alone, strlen(alone));
}

char *hint_as_called(const char *text)
{
	auto_text struct text out = { 0 }, name = { 0 };

	text_shell(&name, program_invocation_name);
	text_plain(name.s);
	for (const char *at = text; *at;) {
		bool is = begins(text, at);

		text_printf(&out, is ? "%s " : "%.1s", is ? text_str(&name) : at);
		at += is ? strlen(NAME) : 1;
	}
	return xstrdup(text_str(&out));
}
