#!/bin/sh
# tests/run: what fails counts as failed, however it fails.
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
	sh "$top/tests/run" $list >"$work/out" 2>"$work/err" </dev/null || is=$?
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
finish
