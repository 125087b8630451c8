/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hints name the program as it was called: in back-quotes and behind "alone:", and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "hint.c"

static void reads(const char *text, const char *want)
{
	auto_free char *is = hint_as_called(text);

	assert_string_equal(is, want);
}

static void hints(void **state)
{
	(void)state;
	program_invocation_name = (char *)(uintptr_t) "build/numarig";
	reads("", "");
	reads("no workload: `numarig list workloads` has them, `numarig --help`",
	      "no workload: `build/numarig list workloads` has them, `build/numarig --help`");
	reads("  alone:       numarig repro x", "  alone:       build/numarig repro x");
	reads("  alone: numarig run", "  alone: build/numarig run");
	reads("numarig list", "numarig list"); /* of a file or a person: no hint */
	reads("my numarig list, `numarigs`, alonenumarig x, lone: numarig y",
	      "my numarig list, `numarigs`, alonenumarig x, lone: numarig y");
	program_invocation_name = (char *)(uintptr_t) "/a b/numarig";
	reads("`numarig run`", "`'/a b/numarig' run`");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hints),
	};

	return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
