#!/bin/sh
# --tap and --junit, given to programs that read such: prove, and xmllint with tests/data/junit.xsd; of a real result, of one of
# every outcome with every character that has to be escaped, and of runs.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034,SC2317,SC2329 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
example=tests/data/result-example.json schema=tests/data/junit.xsd
not() { ! "$@"; }
says() { grep -qF -e "$1" "$work/said"; }
report() { "$B/unit/test_ci" "$@"; }

# --- prove ---
proves() # FILE: exit code of prove, its words in said
{
	prove --norc --exec cat "$1" >"$work/said" 2>&1
}
report tap "$example" >"$work/good.tap"
report tap - >"$work/kinds.tap"
if command -v prove >/dev/null; then
	t 'prove: a run that passed' proves "$work/good.tap"
	t '... six tests' says 'Tests=6,'
	t 'prove: a run of every outcome fails' not proves "$work/kinds.tap"
	t '... one failed, two broken, one skipped; none was mistaken' says 'Failed tests:  1, 3-4'
	t '... no parse error' not says 'Parse errors'
	sed '$d' "$work/good.tap" >"$work/cut.tap"
	t 'prove: one that was cut is seen' not proves "$work/cut.tap"
else
	skip 'prove' 'prove (of the package perl) is not installed'
fi

# --- xmllint ---
valid() # FILE
{
	xmllint --noout --schema "$schema" "$1" >"$work/said" 2>&1
}
reads() # FILE XPATH VALUE
{
	xmllint --xpath "string($2)" "$1" >"$work/said" 2>&1
	[ "$(cat "$work/said")" = "$3" ]
}
report junit "$example" >"$work/good.xml"
report junit - >"$work/kinds.xml"
if command -v xmllint >/dev/null; then
	t 'JUnit: a run that passed' valid "$work/good.xml"
	t 'JUnit: every outcome, every character' valid "$work/kinds.xml"
	t '... read back' reads "$work/kinds.xml" '//failure/@message' 'a # b\ <i> ]]> & "q"
ok 7 - no??: is é, expected x]]>'
	t '... one failure' reads "$work/kinds.xml" '/testsuites/@failures' 1
	sed 's/ tests="[0-9]*"//' "$work/good.xml" >"$work/lacks.xml"
	t 'JUnit: one without its counts is seen' not valid "$work/lacks.xml"
	sed 's/<failure /<flop /; s,</failure>,</flop>,' "$work/kinds.xml" >"$work/flop.xml"
	t 'JUnit: an element that is none is seen' not valid "$work/flop.xml"
else
	skip 'JUnit' 'xmllint (of the package libxml2-utils) is not installed'
fi

# --- of runs: a fake QEMU ---
kernel=$work/bzImage
fake_qemu "$work"
forge_kernel "$kernel"
run() # SCENARIO ARGUMENT...: exit code in $code, its output in said
{
	scenario=$1 code=0
	shift
	rm -rf "$work/run"
	NUMARIG_FAKE=$scenario "$numarig" run -t 4node -k "$kernel" -w bind -o "$work/run" "$@" >"$work/said" 2>&1 || code=$?
}
first() { [ "$(head -n 1 "$work/said")" = "$1" ]; }
run good --tap "$work/run.tap" --junit "$work/run.xml"
t 'a run: both files, and its tables' eval '[ $code -eq 0 ] && says "PASS   bind" && [ -s "$work/run.tap" ] && [ -s "$work/run.xml" ]'
run good --tap -
t '--tap -: nothing else on standard output' eval '[ $code -eq 0 ] && first "KTAP version 1" && not says "PASS"'
run panic --junit - --seeds 2
t '--junit - of a series that panics: code 3' eval '[ $code -eq 3 ] && first "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"'
t '... says so' says '<error message="the guest'
cp "$work/said" "$work/panic.xml"
if command -v xmllint >/dev/null; then
	t '... and is valid' valid "$work/panic.xml"
fi
run good --tap - --junit -
t 'both on standard output: refused' eval '[ $code -eq 2 ] && says "only one of --tap, --junit and --json"'
run good --tap "$work/none/file"
t 'a file that cannot be written: says so' eval '[ $code -ne 0 ] && says "$work/none/file"'
finish
