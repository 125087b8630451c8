/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target as a plain test: every file of its corpus goes through it once, one line of TAP each. The
 * corpus is tests/fuzz/corpus/NAME for a program fuzz_NAME, or the folder given. A crash shows as the exit
 * code and as the file whose line is missing: its name goes to standard error first. So does one that takes longer
 * than SECONDS_MOST; one after which the process has needed more than MIB_MOST has failed (sanitizers need more, and
 * there tests/fuzz/run has its own bounds).
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"

#ifndef TEST_SOURCE_DIR
#define TEST_SOURCE_DIR "."
#endif
#define INPUT_MAX (4u << 20)
#define SECONDS_MOST 30 /* a loaded machine, with sanitizers; alone the slowest takes 0.2 s */
#define MIB_MOST 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static long peak_mib(void)
{
#ifdef __SANITIZE_ADDRESS__
	return 0;
#else
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss >> 10;
#endif
}

static bool replay(const char *dir, const char *name, unsigned number)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);
	auto_text struct text input = { 0 };
	struct err err = ERR_INIT;

	if (file_read(path, INPUT_MAX, &input, &err)) {
		printf("not ok %u - %s: %s\n", number, name, err.msg);
		return false;
	}
	fprintf(stderr, "# %s\n", path);
	alarm(SECONDS_MOST);
	LLVMFuzzerTestOneInput((const uint8_t *)text_str(&input), input.len);
	alarm(0);
	if (peak_mib() > MIB_MOST) {
		printf("not ok %u - %s: the process has needed %ld MiB, and %d are the most\n", number, name,
		       peak_mib(), MIB_MOST);
		return false;
	}
	printf("ok %u - %s\n", number, name);
	return true;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *base = slash ? slash + 1 : argv[0];
	const char *target = strncmp(base, "fuzz_", 5) ? base : base + 5;
	auto_free char *dir =
		argc > 1 ? xstrdup(argv[1]) : xasprintf(TEST_SOURCE_DIR "/tests/fuzz/corpus/%s", target);
	struct dirent **names;
	bool good = true;
	int n = scandir(dir, &names, visible, alphasort);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (n <= 0) {
		printf("not ok 1 - %s: %s\n", dir, n ? strerror(errno) : "no input in it");
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		good = replay(dir, names[i]->d_name, (unsigned)i + 1) && good;
		free(names[i]);
	}
	free(names);
	return good ? 0 : 1;
}
