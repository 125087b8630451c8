#!/bin/sh
# What `make docs` makes of this program's workloads has every workload, parameter, metric and check in it, in the program's order;
# docs/make-workloads refuses what it does not know. The document itself is generated and not in git.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016 # backquotes are Markdown's
. "$(dirname "$0")/lib"
set +e
cd "$top" || exit 3

every_workload_has_a_chapter()
{
	for file in workloads/*.c; do
		grep -qx "## $(basename "$file" .c)" "$work/now" || { echo "no chapter: $file"; return 1; }
	done
}

named() # the names in the program's JSON, in its order
{
	sed -n 's/^ *"name": "\(.*\)",*$/\1/p' "$work/json"
}

written() # DOCUMENT: the names that head a chapter or a row of a table
{
	sed -n -e 's/^## //p' -e 's/^| `\([^`]*\)` |.*/\1/p' "$1"
}

all_of_it() # DOCUMENT: whether it has every name, in order
{
	named >"$work/named"
	written "$1" >"$work/written"
	[ -s "$work/named" ] && diff -u "$work/named" "$work/written"
}

not_all_of_it() # DOCUMENT NAME: that name is what differs
{
	! all_of_it "$1" >"$work/diff" && grep -qx -- "-$2" "$work/diff"
}

refused() # WORDS, if it has any
{
	! sh docs/make-workloads "$work/program" >"$work/out" 2>"$work/err" && { [ $# -eq 0 ] || grep -F "$1" "$work/err"; }
}

differ() # FILE FILE
{
	! cmp -s "$1" "$2"
}

program() # a program that says what stands on standard input
{
	{ echo '#!/bin/sh'; echo "cat <<'END'"; cat; echo END; } >"$work/program"
	chmod +x "$work/program"
}

sh docs/make-workloads "$B/numarig" >"$work/now" 2>&1
"$B/numarig" show workloads --json >"$work/json"
t 'every workload has a chapter' every_workload_has_a_chapter
t 'every parameter, metric and check has a row' all_of_it "$work/now"
sed '/^| `area_elsewhere` |/d' "$work/now" >"$work/less"
t 'a document without one metric is found out' not_all_of_it "$work/less" area_elsewhere
sed 's/^## fork-cow$/## fork/' "$work/now" >"$work/less"
t 'a document without one workload is found out' not_all_of_it "$work/less" fork-cow
"$B/numarig" show workloads --json | sed '0,/"default": .*/s//"default": "other",/' | program
sh docs/make-workloads "$work/program" >"$work/other" 2>&1
t 'another default makes another text' differ "$work/now" "$work/other"
"$B/numarig" show workloads --json | sed '0,/"unit": .*/s//"unite": "pages",/' | program
t 'a key that is not known' refused 'unite: is not known'
printf '#!/bin/sh\nexit 3\n' >"$work/program"
t 'a program that fails' refused
finish
