#!/bin/sh
# What `make docs` makes of this program's workloads has every workload, parameter, metric and check in it, in the program's order;
# docs/make-workloads refuses what it does not know. The document itself is generated and not in git.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # backquotes are Markdown's
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
		grep -qx "## $(basename "$file" .c)" "$tmp/now" || { echo "no chapter: $file"; return 1; }
	done
}

named() # the names in the program's JSON, in its order
{
	sed -n 's/^ *"name": "\(.*\)",*$/\1/p' "$tmp/json"
}

written() # DOCUMENT: the names that head a chapter or a row of a table
{
	sed -n -e 's/^## //p' -e 's/^| `\([^`]*\)` |.*/\1/p' "$1"
}

all_of_it() # DOCUMENT: whether it has every name, in order, and there are many
{
	named >"$tmp/named"
	written "$1" >"$tmp/written"
	[ "$(wc -l <"$tmp/named")" -gt 500 ] && diff -u "$tmp/named" "$tmp/written"
}

not_all_of_it() # DOCUMENT NAME: that name is what differs
{
	! all_of_it "$1" >"$tmp/diff" && grep -qx -- "-$2" "$tmp/diff"
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
"$B/numarig" show workloads --json >"$tmp/json"
t 'every workload has a chapter' every_workload_has_a_chapter
t 'every parameter, metric and check has a row' all_of_it "$tmp/now"
sed '/^| `area_elsewhere` |/d' "$tmp/now" >"$tmp/less"
t 'a document without one metric is found out' not_all_of_it "$tmp/less" area_elsewhere
sed 's/^## fork-cow$/## fork/' "$tmp/now" >"$tmp/less"
t 'a document without one workload is found out' not_all_of_it "$tmp/less" fork-cow
"$B/numarig" show workloads --json | sed '0,/"default": .*/s//"default": "other",/' | program
sh docs/make-workloads "$tmp/program" >"$tmp/other" 2>&1
t 'another default makes another text' differ "$tmp/now" "$tmp/other"
"$B/numarig" show workloads --json | sed '0,/"unit": .*/s//"unite": "pages",/' | program
t 'a key that is not known' refused 'unite: is not known'
printf '#!/bin/sh\nexit 3\n' >"$tmp/program"
t 'a program that fails' refused
echo "1..$n"
[ $failed -eq 0 ]
