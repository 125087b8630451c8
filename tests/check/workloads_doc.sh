#!/bin/sh
# docs/workloads.md is what `make docs` makes of this program's workloads, and docs/make-workloads refuses what it does not know.
# SPDX-License-Identifier: GPL-2.0-or-later
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 3
B=${B:-build}
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
n=0 failed=0

t() # NAME COMMAND...: the test passes when the command does
{
	n=$((n + 1)) name=$1
	shift
	if "$@" >"$tmp/said" 2>&1; then
		echo "ok $n - $name"
	else
		failed=$((failed + 1))
		echo "not ok $n - $name: $*"
		sed -n '1,40s/^/# /p' "$tmp/said"
	fi
}

every_workload_has_a_chapter()
{
	for file in workloads/*.c; do
		grep -qx "## $(basename "$file" .c)" docs/workloads.md || { echo "no chapter: $file"; return 1; }
	done
}

refused() # WORDS, if it has any
{
	! sh docs/make-workloads "$tmp/program" >"$tmp/out" 2>"$tmp/err" && { [ $# -eq 0 ] || grep -F "$1" "$tmp/err"; }
}

differ() # FILE FILE
{
	! cmp -s "$1" "$2"
}

program() # a program that says what stands on standard input
{
	{ echo '#!/bin/sh'; echo "cat <<'END'"; cat; echo END; } >"$tmp/program"
	chmod +x "$tmp/program"
}

sh docs/make-workloads "$B/numarig" >"$tmp/now" 2>&1
t 'docs/workloads.md is of today (make docs)' diff -u docs/workloads.md "$tmp/now"
t 'every workload has a chapter' every_workload_has_a_chapter
"$B/numarig" show workloads --json | sed '0,/"default": .*/s//"default": "other",/' | program
sh docs/make-workloads "$tmp/program" >"$tmp/other" 2>&1
t 'another default makes another text' differ "$tmp/now" "$tmp/other"
"$B/numarig" show workloads --json | sed '0,/"unit": .*/s//"unite": "pages",/' | program
t 'a key that is not known' refused 'unite: is not known'
printf '#!/bin/sh\nexit 3\n' >"$tmp/program"
t 'a program that fails' refused
echo "1..$n"
[ $failed -eq 0 ]
