/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/place.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"

char *place_built(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = 0;
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	return xstrdup(self);
}

/* NULL in the tree. */
static char *installed_data(const char *built)
{
	auto_free char *data = xasprintf("%s/data", built);
	struct stat st;

	return !stat(data, &st) && S_ISDIR(st.st_mode) ? realpath(data, NULL) : NULL;
}

char *place_data(void)
{
	auto_free char *built = place_built();
	char *data = installed_data(built), *slash = strrchr(built, '/');

	if (data)
		return data;
	if (slash)
		*slash = 0;
	return take_ptr(built);
}

char *place_results(void)
{
	auto_free char *built = place_built();
	auto_free char *data = installed_data(built);
	auto_free char *here = data ? getcwd(NULL, 0) : place_data();

	return xasprintf("%s/results", here ? here : ".");
}
