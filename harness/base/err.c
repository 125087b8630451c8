/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Control characters are shown as '?', those of eight bits (U+0080 to U+009F), which steer terminals as well, too. */
static void controls(char *s)
{
	char *to = s;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];
		bool eight = c == 0xc2 && next >= 0x80 && next < 0xa0;

		*to++ = (char)(eight || c < ' ' || c == 0x7f ? '?' : c);
		s += eight;
	}
	*to = 0;
}

static void err_tidy(struct err *err, int wanted)
{
	if (wanted >= (int)sizeof(err->msg))
		memcpy(err->msg + sizeof(err->msg) - 4, "...", 4);
	controls(err->msg);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err_tidy(err, n);
	err->code = code ? code : -EINVAL;
	return err->code;
}

/* Of a limit that somebody set what it is, and that it is one. */
static int set_limit(struct err *err, int code, const char *text)
{
	bool files = code == -EMFILE;
	struct rlimit most;

	if (getrlimit(files ? RLIMIT_NOFILE : RLIMIT_FSIZE, &most) || most.rlim_cur == RLIM_INFINITY)
		return err_set(err, code, "%s: %s", text, strerror(-code));
	if (files)
		return err_set(err, code, "%s: %s: their number is limited to %llu (ulimit -n); 256 will do",
			       text, strerror(-code), (unsigned long long)most.rlim_cur);
	/* -EFBIG would be a file of the user's that is too large */
	return err_set(err, -ENOSPC, "%s: %s: a file may have %llu bytes here (ulimit -f)", text,
		       strerror(-code), (unsigned long long)most.rlim_cur);
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int code = errno ? -errno : -EINVAL;
	char text[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (code == -EMFILE || code == -EFBIG)
		return set_limit(err, code, text);
	return err_set(err, code, "%s: %s", text, strerror(-code));
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)], old[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(old, err->msg, sizeof(old));
	return err_set(err, err->code, "%s: %s", text, old);
}
