#!/bin/sh
# tests/run: what fails counts as failed, however it fails.
# Needs nothing that is built and no C source.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2317,SC2329 # lib sets top and work; functions are called through t
. "$(dirname "$0")/lib"
mkdir -p "$work/e2e"

made() # NAME COMMAND: a test script
{
	echo "$2" >"$work/$1.sh"
}

runs() # CODE LAST-LINE NAME...
{
	code=$1 last=$2 is=0 list=''
	shift 2
	for each; do
		list="$list $work/$each.sh"
	done
	# shellcheck disable=SC2086 # words
	B='' sh "$top/tests/run" $list >"$work/out" 2>"$work/err" </dev/null || is=$?
	[ "$is" -eq "$code" ] && [ "$(tail -n 1 "$work/out")" = "$last" ]
}

made good 'echo "ok 1 - a"; echo "ok 2 - b # SKIP why"; echo 1..2'
made bad 'echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
made dies 'echo "ok 1 - a"; exit 3'
made silent 'exit 0'
# shellcheck disable=SC2016 # the script's own
made killed 'echo "ok 1 - a"; kill -9 $$'
# shellcheck disable=SC2016
made runner 'kill -9 $PPID; sleep 1'
made e2e/good 'echo "ok 1 - a machine"'

t 'a good one: passed and skipped' runs 0 '1 passed, 0 failed, 1 skipped' good
t 'one that says so fails' runs 1 '1 passed, 1 failed, 0 skipped' bad
t '... and its lines are shown' grep -q '^    not ok 2 - b' "$work/out"
t 'one that dies after its last line fails' runs 1 '1 passed, 1 failed, 0 skipped' dies
t 'one that says nothing fails' runs 1 '0 passed, 1 failed, 0 skipped' silent
t 'one that is killed fails' runs 1 '1 passed, 1 failed, 0 skipped' killed
t 'one whose runner is killed fails, the others count' runs 1 '1 passed, 1 failed, 0 skipped' runner e2e/good
t 'several, of the same name, too' runs 1 '3 passed, 2 failed, 1 skipped' good bad silent e2e/good
machine_last()
{
	[ "$(sed -n 's/^\([a-z]*\) .* s$/\1/p' "$work/out" | tail -n 1)" = machine ]
}
made e2e/machine 'echo "ok 1 - a machine"'
t 'machines last, though named first' runs 0 '2 passed, 0 failed, 1 skipped' e2e/machine good
t '... as the order of lines shows' machine_last

# --- what passed and has not changed does not run again: in a tree of its own, with what was run in $work/ran ---
tree=$work/tree
mkdir -p "$tree/tests/check" "$tree/tests/unit" "$tree/build/unit" "$tree/build/guest" "$tree/build/host" "$tree/harness" "$tree/docs"
mark() # FILE WORDS...: a script that notes that it ran, and more lines
{
	file=$tree/$1 name=$(basename "$1" .sh)
	shift
	printf '%s\n' '#!/bin/sh' "echo $name >>$work/ran" "$@" >"$file"
	chmod +x "$file"
}
mark tests/check/plain.sh 'echo "ok 1 - a"; echo "ok 2 - b"'
# shellcheck disable=SC2016 # the script's own
mark tests/check/alone.sh '# Needs nothing that is built and no C source.' \
	'[ ! -e "$B" -a ! -e build -a ! -e harness/x.c -a ! -e docs/x.md -a -e Makefile ] && echo "ok 1 - a"'
mark tests/check/source.sh ': harness/x.c' 'echo "ok 1 - a"'
mark tests/check/prose.sh ': docs/x.md' 'echo "ok 1 - a"'
mark tests/check/version.sh ': x --version' 'echo "ok 1 - a"'
mark tests/check/skips.sh 'echo "ok 1 - a"; echo "ok 2 - b # SKIP no tool"'
mark build/unit/test_x 'echo "ok 1 - a"'
mark build/unit/test_y 'echo "ok 1 - a"'
for file in tests/unit/test_x.c tests/unit/test_y.c harness/x.c docs/x.md Makefile tests/check/lib build/numarig build/steady.so build/guest/agent build/host/x.o \
	build/version.c; do
	echo 1 >"$tree/$file"
done
all='plain alone source prose version skips test_x test_y'
again() # LAST-LINE [VARIABLE=VALUE]: all of them; leaves the code in $code
{
	: >"$work/ran"
	code=0
	(cd "$tree" && env B=build CHECK_ALL= "${2:-A=}" sh "$top/tests/run" tests/check/plain.sh tests/check/alone.sh tests/check/source.sh \
		tests/check/prose.sh tests/check/version.sh tests/check/skips.sh build/unit/test_x build/unit/test_y) >"$work/out" 2>"$work/err" </dev/null || code=$?
	[ "$(tail -n 1 "$work/out")" = "$1" ]
}
ran() # NAME...: those and no others
{
	[ "$(sort "$work/ran" | tr '\n' ' ')" = "$(for each; do echo "$each"; done | sort | tr '\n' ' ')" ]
}
passed='9 passed, 0 failed, 1 skipped'
changes() # WHAT NAME...: after that change those run (what ran for the one before does not), and all results are counted
{
	what=$1
	shift
	again "$passed" || :
	t "$what: what depends on it runs: $*" ran "$@"
	t "$what: all is counted" [ "$(tail -n 1 "$work/out"),$code" = "$passed,0" ]
}
# shellcheck disable=SC2086 # words
changes 'a fresh tree' $all
again "$passed" || :
t 'then none does' ran
t 'what did not run is said' grep -qx '8 of 8 tests are unchanged since they passed and did not run again: CHECK_ALL=1 runs all' "$work/out"
again "$passed" CHECK_ALL=1
# shellcheck disable=SC2086
t 'CHECK_ALL=1 runs all' ran $all
echo 2 >"$tree/build/version.o"
echo 2 >"$tree/build/version.c"
changes 'the version' version
for file in build/host/x.o build/guest/agent; do
	echo 2 >"$tree/$file"
	changes "$file" plain source prose version skips
done
echo 2 >"$tree/build/steady.so"
changes build/steady.so plain source prose version skips test_x test_y
echo '# 2' >>"$tree/build/unit/test_y"
changes 'a test program' test_y
echo '# 2' >>"$tree/tests/check/plain.sh"
changes 'a test script' plain
for file in tests/check/lib Makefile; do
	echo 2 >"$tree/$file"
	# shellcheck disable=SC2086
	changes "$file" $all
done
echo 2 >"$tree/harness/x.c"
changes 'a source, without a program' source
echo 2 >"$tree/docs/x.md"
changes 'a document' prose
ln -s x "$tree/link"
# shellcheck disable=SC2086
changes 'a link' $all
again "$passed" PATH="$PATH:/nonexistent"
# shellcheck disable=SC2086
t 'another PATH: all run' ran $all

mkdir "$work/bin"
again "$passed" PATH="$work/bin:$PATH" || :
again "$passed" PATH="$work/bin:$PATH" || :
t '... once' ran
: >"$work/bin/a-tool"
again "$passed" PATH="$work/bin:$PATH" || :
# shellcheck disable=SC2086
t 'a tool that is installed: all run' ran $all
printf '#!/bin/sh\nexit 1\n' >"$work/bin/sha256sum"
chmod +x "$work/bin/sha256sum"
for time in once twice; do
	again "$passed" PATH="$work/bin:$PATH"
	# shellcheck disable=SC2086
	t "without digests, $time: all run" ran $all
done

# A failure is never forgotten: it runs until it passes.
again "$passed" || :
mark build/unit/test_y 'echo "not ok 1 - a"'
for time in once twice; do
	again '8 passed, 1 failed, 1 skipped' || :
	t "a test that fails, $time: runs" ran test_y
	t "... fails the whole" [ "$code" -eq 1 ]
	t "... and is counted" [ "$(tail -n 1 "$work/out")" = '8 passed, 1 failed, 1 skipped' ]
done
mark build/unit/test_y 'echo "ok 1 - a"' 'exit 3'
again '9 passed, 1 failed, 1 skipped' || :
again '9 passed, 1 failed, 1 skipped' || :
t 'one that passes and dies is no pass: runs again' ran test_y
mark build/unit/test_y 'echo "ok 1 - a"' '# 3'
changes 'mended' test_y
mark build/unit/test_y 'echo "ok 1 - a"' "echo 3 >$tree/Makefile"
again "$passed" || :
again "$passed" || :
# shellcheck disable=SC2086
t 'what changes while tests run: they run again' ran $all
# shellcheck disable=SC2016
mark build/unit/test_y 'kill -9 $PPID; sleep 1'
again '8 passed, 1 failed, 1 skipped' || :
again '8 passed, 1 failed, 1 skipped' || :
t 'one that kills its runner runs again' ran test_y
finish
