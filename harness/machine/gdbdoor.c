/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/gdbdoor.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"

#define FOLDER "numarig-gdb.XXXXXX"
#define SOCKET "gdb"
#define FALLBACK "/tmp"

static bool is_port(const char *s)
{
	size_t n = strlen(s);

	return n && n <= 5 && strspn(s, "0123456789") == n && atoi(s) > 0 && atoi(s) <= 65535;
}

int gdb_address_check(const char *address, struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t host = colon ? (size_t)(colon - address) : 0;
	bool bracketed = host > 2 && address[0] == '[' && colon[-1] == ']';

	if (host && host < 256 && is_port(colon + 1) && strcspn(address, ", \t\n/") == strlen(address) &&
	    (bracketed || (*address != '[' && !memchr(address, ':', host))))
		return 0;
	return err_set(
		err, -EINVAL,
		"--gdb: \"%.60s\" is no address: want HOST:PORT, such as 127.0.0.1:1234, or no value for a "
		"socket that only you can reach",
		address);
}

/* A folder that others can't take our entry out of, and that leaves room for a socket's path. */
static bool suits(const char *parent)
{
	struct sockaddr_un a;
	struct stat st;

	return parent && *parent == '/' && !stat(parent, &st) && S_ISDIR(st.st_mode) &&
	       (!(st.st_mode & (S_IWGRP | S_IWOTH)) || (st.st_mode & S_ISVTX)) &&
	       strlen(parent) + sizeof("/" FOLDER "/" SOCKET) <= sizeof(a.sun_path) &&
	       !access(parent, W_OK | X_OK);
}

int gdb_door_open(struct gdb_door *d, const char *address, struct err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
	const char *parent = suits(runtime) ? runtime : suits(tmp) ? tmp : FALLBACK;
	auto_free char *folder = xasprintf("%s/" FOLDER, parent);
	auto_text struct text quoted = { 0 };

	*d = (struct gdb_door){ 0 };
	if (address) {
		d->device = xasprintf("tcp:%s", address);
		d->target = xstrdup(address);
		return 0;
	}
	if (!mkdtemp(folder)) /* mode 0700, whatever the umask */
		return err_sys(err, "--gdb: a folder for its socket, %s", folder);
	/* a comma in an option's value is doubled */
	for (const char *s = folder; *s; s++)
		text_printf(&quoted, *s == ',' ? ",," : "%c", *s);
	d->device = xasprintf("unix:%s/" SOCKET ",server=on,wait=off", text_str(&quoted));
	d->target = xasprintf("%s/" SOCKET, folder);
	d->folder = take_ptr(folder);
	return 0;
}

void gdb_door_close(struct gdb_door *d)
{
	struct err ignored = ERR_INIT;

	if (d->folder)
		dir_remove(d->folder, &ignored);
	free(d->folder);
	free(d->device);
	free(d->target);
	*d = (struct gdb_door){ 0 };
}
