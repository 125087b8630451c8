/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/paste.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* --- encoding -------------------------------------------------------------------------------- */

static void utf8_add(struct text *out, uint32_t c)
{
	unsigned char b[3] = { (unsigned char)(0xe0 | c >> 12), (unsigned char)(0x80 | (c >> 6 & 0x3f)),
			       (unsigned char)(0x80 | (c & 0x3f)) };

	if (c < 0x80)
		b[2] = (unsigned char)c;
	else if (c < 0x800)
		b[1] = (unsigned char)(0xc0 | c >> 6);
	size_t skip = c < 0x80 ? 2 : c < 0x800 ? 1 : 0;
	text_add(out, b + skip, sizeof(b) - skip);
}

/* Surrogates become '?': nothing outside the first plane means anything here. A NUL is no text. */
static bool utf16_add(struct text *out, const unsigned char *p, size_t n, bool big)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t c = big ? (uint32_t)p[i] << 8 | p[i + 1] : (uint32_t)p[i + 1] << 8 | p[i];

		if (!c)
			return false;
		utf8_add(out, c >= 0xd800 && c < 0xe000 ? '?' : c);
	}
	return true;
}

/* Text in UTF-16 without a mark: every second byte of what is mostly ASCII is 0. */
static bool zeroes_at(const unsigned char *p, size_t n, size_t odd)
{
	size_t zeroes = 0, looked = n < 512 ? n & ~1ul : 512;

	for (size_t i = 0; i < looked; i += 2) {
		zeroes += !p[i + odd];
		if (!p[i + !odd])
			return false;
	}
	return looked >= 4 && zeroes * 4 >= looked / 2 * 3;
}

/* False: no text. Tar begins with a file name in a field filled up with 0, packed streams with bytes that are no letters. */
static bool unicode(const unsigned char *p, size_t n, struct text *out)
{
	if (n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		return utf16_add(out, p + 2, n - 2, p[0] == 0xfe);
	if (zeroes_at(p, n, 1) || zeroes_at(p, n, 0))
		return utf16_add(out, p, n, !p[0]);
	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		p += 3;
		n -= 3;
	}
	if (!n || memchr(p, 0, n) ||
	    !(isgraph(*p) || isspace(*p) || *p == 0x1b || (*p >= 0xc2 && *p <= 0xef)))
		return false;
	text_add(out, p, n);
	return true;
}

/* --- terminals ------------------------------------------------------------------------------- */

/* The bytes of a control sequence (ECMA-48) from ESC on; 0 when there is none. */
static size_t escape_len(const char *p)
{
	size_t n = 2;

	if (*p != 0x1b || !p[1])
		return *p == 0x1b;
	if (p[1] == '[') {
		n += strspn(p + n, "0123456789;:<=>?");
		n += strspn(p + n, " !\"#$%&'()*+,-./");
		return n + (p[n] >= 0x40 && p[n] <= 0x7e);
	}
	if (p[1] == ']') {
		while (p[n] && p[n] != '\a' && p[n] != '\n' && p[n] != 0x1b)
			n++;
		return n + (p[n] == '\a' ? 1 : p[n] == 0x1b && p[n + 1] == '\\' ? 2 : 0);
	}
	if (strchr("()*+#%", p[1]))
		return 2 + (p[2] && p[2] != '\n');
	return 2;
}

/* A colour whose ESC was lost or written as text: "[0m", "^[[1;32m". */
static size_t colour_len(const char *p)
{
	size_t caret = !strncmp(p, "^[[", 3) ? 2 : 0, n = caret + 1;

	if (p[caret] != '[')
		return 0;
	n += strspn(p + n, "0123456789;");
	return (p[n] == 'm' || p[n] == 'K') && (caret || isdigit((unsigned char)p[n - 1])) ? n + 1 : 0;
}

static void terminal(const char *p, struct text *out)
{
	size_t n;

	for (; *p; p += n) {
		n = strcspn(p, "\033[^\r\b\f\v");
		text_add(out, p, n);
		p += n;
		if ((n = escape_len(p)) || (n = colour_len(p)))
			continue;
		n = *p ? 1 : 0;
		if (*p == '\b') { /* overstruck, as man and script write */
			if (out->len && out->s[out->len - 1] != '\n')
				out->s[--out->len] = 0;
		} else if (*p == '\r' || *p == '\f' || *p == '\v') {
			n = strspn(p, "\r");
			n += !n || p[n] == '\n';
			text_add(out, "\n", 1);
		} else if (!strncmp(p, "^M\n", 3)) {
			n = 2;
		} else {
			text_add(out, p, n);
		}
	}
}

bool paste_decode(const void *bytes, size_t n, struct text *out)
{
	auto_text struct text raw = { 0 };

	if (!unicode(bytes, n, &raw))
		return false;
	terminal(text_str(&raw), out);
	return true;
}

/* --- mail and web ---------------------------------------------------------------------------- */

static const struct {
	const char *from, *to;
} forms[] = {
	/* blanks that are none, and no blanks at all */
	{ "\xc2\xa0", " " },
	{ "\xe2\x80\xaf", " " },
	{ "\xe2\x80\x87", " " },
	{ "\xe2\x80\x82", " " },
	{ "\xe2\x80\x83", " " },
	{ "\xe2\x80\x89", " " },
	{ "\xe3\x80\x80", " " },
	{ "\xe2\x80\x8b", "" },
	{ "\xef\xbb\xbf", "" },
	{ "\xc2\xad", "" },
	/* dashes, colons, bars */
	{ "\xe2\x80\x90", "-" },
	{ "\xe2\x80\x91", "-" },
	{ "\xe2\x80\x92", "-" },
	{ "\xe2\x80\x93", "-" },
	{ "\xe2\x80\x94", "-" },
	{ "\xe2\x88\x92", "-" },
	{ "\xef\xbc\x9a", ":" },
	{ "\xe2\x94\x82", "|" },
	{ "\xe2\x86\x92", "|" },
	/* of web pages; "&amp;gt;" was escaped twice */
	{ "&nbsp;", " " },
	{ "&#160;", " " },
	{ "&#xa0;", " " },
	{ "&gt;", ">" },
	{ "&lt;", "<" },
	{ "&amp;gt;", ">" },
	{ "&amp;lt;", "<" },
	{ "&amp;nbsp;", " " },
	{ "&amp;", "&" },
	{ "&quot;", "\"" },
	{ "&#39;", "'" },
	{ "&#10;", " " },
	{ "&#9;", " " },
	/* of quoted-printable mail */
	{ "=20", " " },
	{ "=09", " " },
	{ "=C2=A0", " " },
	{ "=A0", " " },
	{ "=3D", "=" },
	{ "=3E", ">" },
	/* of strings in logs and JSON */
	{ "\\n", " " },
	{ "\\t", " " },
	{ "\\r", " " },
};

static const char *const tags[] = { "br",    "p",     "pre",  "code", "div", "span", "td", "tr",	"tt",
				    "table", "tbody", "font", "b",    "i",   "li",   "ul", "blockquote" };

#define TAG_MOST 256 /* bytes, with its attributes */

/* "<br>", "</span>", "<pre class=...>"; not "<not available>". */
static size_t tag_len(const char *p)
{
	const char *name = p + 1 + (p[0] && p[1] == '/');
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (*p != '<' || !strchr(" />", name[n]))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (strlen(tags[i]) == n && !strncasecmp(name, tags[i], n)) {
			size_t end = n;

			while (end < TAG_MOST && name[end] && !strchr("<>\n", name[end]))
				end++;
			return name[end] == '>' ? (size_t)(name - p) + end + 1 : 0;
		}
	return 0;
}

void paste_plain(const char *p, struct text *out)
{
	while (*p) {
		size_t n = strcspn(p, "&=\\<\xc2\xe2\xe3\xef\xa0"), i = 0;

		text_add(out, p, n);
		p += n;
		if (!*p)
			return;
		while (i < ARRAY_SIZE(forms) &&
		       (*p != *forms[i].from || strncasecmp(p, forms[i].from, strlen(forms[i].from)) != 0))
			i++;
		if (i < ARRAY_SIZE(forms)) {
			text_add(out, forms[i].to, strlen(forms[i].to));
			p += strlen(forms[i].from);
		} else if ((n = tag_len(p))) {
			text_add(out, " ", 1);
			p += n;
		} else {
			/* Latin-1 has this blank as one byte; within UTF-8 it is a part of a letter. */
			bool blank = (unsigned char)*p == 0xa0 && !(out->len && out->s[out->len - 1] & 0x80);

			text_add(out, blank ? " " : p, 1);
			p++;
		}
	}
}
