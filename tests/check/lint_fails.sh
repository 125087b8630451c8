#!/bin/sh
# ci/lint on made trees: a clean one passes every rule, and each rule fails on the file made to break it, and no other.
# Needs nothing that is built and no C source.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced, and sets top, work and numarig
. "$(dirname "$0")/lib"
set +e
unset LINT_ANY

# What every rule is content with.
clean()
{
	rm -rf "$work/tree"
	mkdir -p "$work/tree/harness/base" "$work/tree/tests/data" "$work/tree/build"
	cat >"$work/tree/harness/base/good.h" <<'END'
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GOOD_H
#define GOOD_H

#include <stddef.h>

/* not system(), nor strcpy() */
size_t good(const char *s);

#endif
END
	cat >"$work/tree/harness/base/good.c" <<'END'
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/good.h"

#include <string.h>

/*
 * Calls that are none: popen("x") and
 * gets(s) stand in a comment.
 */
size_t good(const char *s)
{
	const char *quoted = "sprintf(\"%s\")";

	return strlen(s) + strlen(quoted);
}
END
	printf '#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-or-later\necho "$*"\n' >"$work/tree/good.sh"
	echo 'kept as captured: ' >"$work/tree/tests/data/blanks"
	echo 'int made( void ) ; ' >"$work/tree/build/made.c"
}

lint() # [TREE]: its ci/lint, this tree's unless named; leaves its words and code
{
	code=0
	sh "${1:-$top}/ci/lint" "$work/tree" >"$work/out" 2>&1 || code=$?
}

# Without the tools that take long, whose rules are skips then: for the rules that are text.
mkdir "$work/none"
for tool in sh awk sed grep find sort uniq xargs cat cp head mktemp rm mkdir dirname tr wc tail; do
	ln -s "$(command -v "$tool")" "$work/none/$tool"
done
printf '#!/bin/sh\n' >"$work/none/gcc" # which has nothing against a header
chmod +x "$work/none/gcc"
unset CC
text_lint()
{
	code=0
	env PATH="$work/none" sh "$top/ci/lint" "$work/tree" >"$work/out" 2>&1 || code=$?
}

passes() # with no complaint, whatever is skipped
{
	[ $code -eq 0 ] && ! grep -q '^not ok' "$work/out" && grep -q '^1\.\.15$' "$work/out"
}

# One rule fails, says where, and the others do not.
only() # RULE WORDS
{
	[ $code -ne 0 ] && [ "$(grep -c '^not ok' "$work/out")" = 1 ] && grep -q "^not ok [0-9]* - $1\$" "$work/out" &&
		grep -qF -- "$2" "$work/out"
}

# A skip for want of the tool is no failure of the rule: then there is nothing to be seen failing.
breaks() # RULE WORDS
{
	case $1 in
	'a header compiles alone' | clang-format | cppcheck | shellcheck) lint ;;
	*) text_lint ;;
	esac
	if grep -q "^ok [0-9]* - $1 # SKIP" "$work/out"; then
		n=$((n + 1))
		echo "ok $n - $1 # SKIP $(sed -n "s/^ok [0-9]* - $1 # SKIP //p" "$work/out")"
	else
		t "$1: $2" only "$1" "$2"
	fi
	clean
}

add_c() # the C file's text on stdin, behind a line with the licence
{
	{ echo '/* SPDX-License-Identifier: GPL-2.0-or-later */'; cat; } >"$work/tree/harness/bad.c"
}

clean
lint
t 'a clean tree passes' passes

rm "$work/tree/good.sh"
breaks 'there is something to look at' 'no .sh file below'
printf 'a line \n' >"$work/tree/README.md"
breaks 'no trailing blanks' 'README.md:1'
printf 'all:\n' >"$work/tree/Makefile"
breaks 'SPDX line' 'Makefile: no SPDX'
sed -i 2d "$work/tree/good.sh"
breaks 'SPDX line' 'good.sh: no SPDX'
sed -i 1d "$work/tree/harness/base/good.h"
breaks 'SPDX line' 'harness/base/good.h: no SPDX'
host=deb.deb
host=$host'ian.org'
echo "from $host" >"$work/tree/README.md"
breaks 'no registry is named' 'README.md:1'
host=security.ubu
host=$host'ntu.com'
echo "# $host" >>"$work/tree/good.sh"
breaks 'no registry is named' 'good.sh:4'
yes 'int x;' | head -n 399 | add_c
text_lint
t 'a file of 400 lines passes' passes
yes 'int x;' | head -n 400 | add_c
breaks 'a file is 400 lines at most' 'harness/bad.c: 401 lines'
mkdir "$work/tree/tests/unit"
yes 'int x;' | head -n 499 | add_c
mv "$work/tree/harness/bad.c" "$work/tree/tests/unit/test_bad.c"
text_lint
t 'a test of 500 lines passes' passes
echo 'int x;' >>"$work/tree/tests/unit/test_bad.c"
breaks 'a file is 400 lines at most' 'tests/unit/test_bad.c: 501 lines, and 500 is the most'

{ printf 'int f(void);\nint f(void)\n{\n\tint x = 0;\n\n'; yes '	x++;' | head -n 57; printf '\treturn x;\n}\n'; } | add_c
text_lint
t 'a function of 60 lines passes' passes
{ printf 'int f(void);\nint f(void)\n{\n\tint x = 0;\n\n'; yes '	x++;' | head -n 58; printf '\treturn x;\n}\n'; } | add_c
breaks 'a function is 60 lines at most' 'harness/bad.c:4: f has 61 lines'

# each of them, in one file
add_c <<'END'
#define BAD1 system("ls")
#define BAD2 popen("ls", "r")
#define BAD3 sprintf(s, "x")
#define BAD4 vsprintf(s, "x", ap)
#define BAD5 strcpy(s, "x")
#define BAD6 strcat(s, "x")
#define BAD7 gets(s)
#define BAD8 tmpnam(s)
#define BAD9 mktemp(s)
END
text_lint
line=1
for call in system popen sprintf vsprintf strcpy strcat gets tmpnam mktemp; do
	line=$((line + 1))
	t "no banned call: $call" only 'no banned call' "harness/bad.c:$line: banned call: $call()"
done
printf '#define BAD strcpy(s, "x") /* NOLINT: there is room */\n' | add_c
text_lint
t 'NOLINT excepts a line' passes
printf '#define GOOD my_system(s)\n' | add_c
text_lint
t 'a name that ends like one is none' passes

# each of the words, as a whole name, in a name, and in upper case
for word in act rig shot shots fire fired firing autopsy told untold said whose dear sitter; do
	printf '#define BAD (%s)\n' $word | add_c
	lint
	t "a name needs no explanation: $word" only 'a name needs no explanation' "harness/bad.c:2: an identifier has the word \"$word\""
done
printf '#define BAD (a_shot_b)\n' | add_c
lint
t 'a name needs no explanation: in a name' only 'a name needs no explanation' 'harness/bad.c:2: an identifier has the word "shot"'
printf '#define EXIT_RIG 3\n' | add_c
breaks 'a name needs no explanation' 'harness/bad.c:2: an identifier has the word "rig"'
printf '/* SPDX-License-Identifier: GPL-2.0-or-later */\n' >"$work/tree/harness/base/rig.c"
breaks 'a name needs no explanation' 'harness/base/rig.c: the name of the file'
mkdir "$work/tree/workloads"
printf '/* SPDX-License-Identifier: GPL-2.0-or-later */\n#define BAD (a_told)\n' >"$work/tree/workloads/bad.c"
breaks 'a name needs no explanation' 'workloads/bad.c:2: an identifier has the word "told"'
printf '#define GOOD (snapshot_of, right, firewall, "shot", b) /* it is said */\n' | add_c
lint
t 'words in comments and strings, and parts of words, are none' passes
clean

printf '#define BAD (v->kernel[0] > 6 || v->kernel[1] >= 3)\n' | add_c
text_lint
t 'a version is not compared by hand: kernel[1]' only 'a version is not compared by hand' 'harness/bad.c:2: want kernel_since()'
printf '#define BAD (kernel[2])\n' | add_c
text_lint
t 'a version is not compared by hand: kernel[2]' only 'a version is not compared by hand' 'harness/bad.c:2: want kernel_since()'
printf 'const unsigned *k = v->kernel;\n' | add_c
text_lint
t 'a version is not compared by hand: under another name' only 'a version is not compared by hand' 'harness/bad.c:2: want kernel_since()'
printf '#define BAD (version[0] > 6)\n' | add_c
breaks 'a version is not compared by hand' 'harness/bad.c:2: want kernel_since()'
printf '#define GOOD (kernel[0].series || kernel_since(kernel, 6, 3) || kernel[i] || show(version[0]) || my_kernel[0])\n' | add_c
text_lint
t 'an array of kernels, a loop and another name are none' passes
clean
printf '#define BAD waitpid(pid, \&status, 0)\n' | add_c
breaks 'a signal ends every wait' 'harness/bad.c:2: waits for a child'
printf '#define BAD flock(fd, LOCK_EX)\n' | add_c
breaks 'a signal ends every wait' 'harness/bad.c:2: waits for a lock'
printf '#define BAD json_load_file(path, 0, NULL)\n' | add_c
breaks 'a signal ends every wait' 'harness/bad.c:2: opens whatever is there'
printf '#define GOOD flock(fd, LOCK_EX | LOCK_NB) + waitpid(pid, NULL, WNOHANG)\n' | add_c
text_lint
t 'a look at a child or a lock passes' passes
clean

mkdir "$work/tree/harness/report"
says='/* SPDX-License-Identifier: GPL-2.0-or-later */\n#define SAY(r) text_printf(out, "%%s", json_word(r, "name"))\n'
# shellcheck disable=SC2059 # it is a format
printf "$says" >"$work/tree/harness/report/bad.c"
breaks 'what files say is printed plain' 'harness/report/bad.c:2: prints what a file says'
printf '#define SAY(r) printf("%%s", json_string_value(r))\n' | add_c
breaks 'what files say is printed plain' 'harness/bad.c:2: prints what a file says'
mkdir "$work/tree/harness/report"
# shellcheck disable=SC2059
printf "$says#define COPY(r) report_plain(r)\n" >"$work/tree/harness/report/good.c"
printf '#define SAY(r) xasprintf("%%s", json_word(r, "name"))\n' | add_c
text_lint
t 'a report of a copy, and a name that is not printed, are none' passes

sed -i 's,#include <stddef.h>,/* nothing */,' "$work/tree/harness/base/good.h"
breaks 'a header compiles alone' 'size_t'
printf 'int  x ;\n' | add_c
breaks 'clang-format' 'harness/bad.c: '
printf 'int f(void);\nint f(void)\n{\n\tint a[2] = { 0 };\n\n\treturn a[2];\n}\n' | add_c
breaks 'cppcheck' 'harness/bad.c:7: '
# shellcheck disable=SC2016 # it is the text
echo 'rm $1' >>"$work/tree/good.sh"
breaks 'shellcheck' 'good.sh:4:'

# --- a tree of its own remembers what passed, and looks again at what changed ---
mkdir "$work/tree/ci"
cp "$top/ci/lint" "$top/ci/cppcheck.suppress" "$work/tree/ci"
cp "$top/.clang-format" "$work/tree"
B=build lint "$work/tree"
t 'a tree with a build folder passes' passes
t '... and remembers' [ -s "$work/tree/build/lint/headers" ]
B=build lint "$work/tree"
t '... and passes again' passes
sed -i 's,#include <stddef.h>,/* nothing */,' "$work/tree/harness/base/good.h"
B=build lint "$work/tree"
t '... what was broken since is looked at' only 'a header compiles alone' 'size_t'
B=build lint "$work/tree"
t '... and looked at again, as it did not pass' only 'a header compiles alone' 'size_t'
sed -i 's,/\* nothing \*/,#include <stddef.h>\n#define N 2,' "$work/tree/harness/base/good.h"
printf '#include "base/good.h"\n\nint f(void);\nint f(void)\n{\n\tint a[N] = { 0 };\n\n\treturn a[1];\n}\n' | add_c
B=build lint "$work/tree"
t 'an array of a length that a header has: passes' passes
sed -i 's/define N 2/define N 1/' "$work/tree/harness/base/good.h"
B=build lint "$work/tree"
if grep -q '# SKIP cppcheck' "$work/out"; then
	skip 'a header that changes: its C file is looked at' 'no cppcheck to see it with'
else
	t 'a header that changes: its C file is looked at' only cppcheck 'harness/bad.c:9: '
fi
rm "$work/tree/harness/bad.c"

# Which scripts a shellcheck is asked about: one that notes it.
mkdir "$work/note"
printf '#!/bin/sh\ncase $* in --version) echo 0.9.99 ;; *) echo "$*" >>%s/noted ;; esac\n' "$work" >"$work/note/shellcheck"
chmod +x "$work/note/shellcheck"
asks() # FILES [CHECK_ALL]
{
	: >"$work/noted"
	env PATH="$work/note:$PATH" B=build CHECK_ALL="${2:-}" sh "$work/tree/ci/lint" "$work/tree" >"$work/out" 2>&1
	[ "$(cat "$work/noted")" = "$1" ]
}
t 'a first look is at every script' asks '-x -f gcc ci/lint good.sh'
t '... the next at none' asks ''
echo : >>"$work/tree/good.sh"
t '... and at one that changed' asks '-x -f gcc good.sh'
t 'CHECK_ALL=1 looks at all' asks '-x -f gcc ci/lint good.sh' 1
printf '#!/bin/sh\nexit 1\n' >"$work/note/sha256sum"
chmod +x "$work/note/sha256sum"
t 'without digests every look is at all' asks '-x -f gcc ci/lint good.sh'
clean

# --- tools that are another version, or not there ---
mkdir "$work/bin"
for tool in clang-format cppcheck shellcheck; do
	printf '#!/bin/sh\necho "%s version 99.1"\n' $tool >"$work/bin/$tool"
	chmod +x "$work/bin/$tool"
done
other_tools()
{
	code=0
	env PATH="$work/bin:$PATH" B=build sh "$top/ci/lint" "$work/tree" >"$work/out" 2>&1 || code=$?
}
other_tools
t 'tools of another version: still passes' passes
t 'tools of another version: three skips that say so' [ "$(grep -c ' # SKIP .* is 99.1 and the tree is kept with' "$work/out")" = 3 ]
text_lint
t 'no such tools: still passes' passes
rm "$work/none/mkdir"
text_lint
did_not_run() { [ $code -ne 0 ] && grep -q '^# the rule did not run' "$work/out"; }
t 'a rule that could not run is no pass' did_not_run
ln -s "$(command -v mkdir)" "$work/none"
text_lint
t 'no such tools: three skips that say so' [ "$(grep -c ' # SKIP .* is not installed' "$work/out")" = 3 ]
finish
