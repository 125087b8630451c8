#!/bin/sh
# The documents against the program: links lead to files, the manuals of results and topologies name every member that the schemas
# have, and their examples are what they say.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2317,SC2329 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3

links() # FILE...: every relative link leads to a file or folder
{
	for file; do
		grep -o ']([^)]*)' "$file" | sed 's/^](//; s/)$//; s/#.*//; /^[a-z]*:/d' | sort -u |
			while read -r to; do
				[ -z "$to" ] || [ -e "$(dirname "$file")/$to" ] || echo "$file: $to"
			done
	done >"$work/out"
	[ ! -s "$work/out" ]
}

members() # SCHEMA...: the names of all members that have a rule in it
{
	for schema; do
		awk '
		# the depth of each "properties": one level below it stand the names of members
		{
			line = $0
			while (match(line, /"([^"\\]|\\.)*"|[][{}]/)) {
				token = substr(line, RSTART, RLENGTH)
				rest = substr(line, RSTART + RLENGTH)
				if (token == "{" || token == "[") { depth++; open[depth] = last; last = "" }
				else if (token == "}" || token == "]") { depth--; last = "" }
				else if (rest ~ /^:/) {
					last = token
					if (open[depth] == "\"properties\"") print substr(token, 2, length(token) - 2)
				}
				line = rest
			}
		}' "results/schema/$schema.schema.json"
	done | sort -u
}

named() # DOCUMENT SCHEMA...: each member stands in the document, as code
{
	document=$1
	shift
	members "$@" >"$work/members"
	[ "$(wc -l <"$work/members")" -gt 5 ] || return 1
	while read -r member; do
		grep -qF -e "\`$member\`" -e "\"$member\"" "$document" || echo "$document does not name $member"
	done <"$work/members" >"$work/out"
	[ ! -s "$work/out" ]
}

helpers() # HEADER: what a case's program finds in it, as it is declared, in its order
{
	sed -n -e 's/^UNUSED_OK \(__attribute__((.*)) \)\{0,1\}static \(.*)\)$/\2/p' \
		-e '/_H$/d' -e '/^#define UNUSED_OK /d' -e 's/^#define \([A-Z]*\(([a-z.]*)\)\{0,1\}\)[ \t].*/\1/p' "$1" | sort
}

told() # DOCUMENT: the helpers that its table has
{
	sed -n '/^| helper | |$/,/^$/s/^| `\([^`]*\)` | ..*/\1/p' "$1" | sort
}

helpers_told() # HEADER DOCUMENT: the one has what the other says of it
{
	helpers "$1" >"$work/helpers"
	told "$2" >"$work/told"
	grep -qx 'int node_of(const void \*p)' "$work/helpers" && grep -qx 'MUST(call)' "$work/helpers" && diff "$work/helpers" "$work/told"
}

says() # EXTENDED-EXPRESSION COMMAND...: it fails, and prints this
{
	re=$1
	shift
	! "$@" >"$work/out" 2>&1 && grep -Eq -e "$re" "$work/out"
}

keys_told() # DOCUMENT: each key of a case.json that the schema has has a row
{
	sed -n -e '/"[$]defs"/q' -e 's/^\t\t"\([a-z_]*\)": {.*/\1/p' cases/case.schema.json |
		while read -r key; do
			grep -q "^| [^|]*\`$key\`.* |" "$1" || echo "$1 does not name $key"
		done >"$work/keys"
	cat "$work/keys"
	[ ! -s "$work/keys" ]
}

examples() # DOCUMENT: its indented examples that begin with a brace, a file each in $work
{
	awk -v work="$work" '
	/^    [{]$/ { file = sprintf("%s/example%d.json", work, ++n) }
	file { print substr($0, 5) >file }
	/^    [}]$/ { close(file); file = "" }
	END { exit !n }' "$1"
}

t 'links lead to files' links ./*.md docs/*.md cases/README.md results/*.md
printf 'see [this](docs/nothing.md) and [that](README.md)\n' >"$work/wrong.md"
t '... one that does not is found' eval '! links "$work/wrong.md" && grep -q nothing "$work/out"'
t 'docs/results.md names every member' named docs/results.md result series compare baseline mission repro
sed '/^| `decides` `why`/d' docs/results.md >"$work/less.md"
t '... one that is missing is found' eval '! named "$work/less.md" repro && grep -q "name decides" "$work/out"'
t 'docs/topologies.md names every key' named docs/topologies.md topology
sed '/^| `device` |/d' docs/topologies.md >"$work/less.md"
t '... one that is missing is found' eval '! named "$work/less.md" topology && grep -q "name device" "$work/out"'
t 'docs/cases.md has the helpers of cases/repro.h' helpers_told cases/repro.h docs/cases.md
sed '/`int put(/d' docs/cases.md >"$work/less.md"
t '... one that is missing is found' says '^< int put\(' helpers_told cases/repro.h "$work/less.md"
sed 's/`int put(const char \*path/`int put(int fd/' docs/cases.md >"$work/less.md"
t '... and one that is declared otherwise' says '^> int put\(int fd' helpers_told cases/repro.h "$work/less.md"
sed '/^#define HUGE /d' cases/repro.h >"$work/repro.h"
t '... and one that is no longer there' says '^> HUGE' helpers_told "$work/repro.h" docs/cases.md
t 'docs/cases.md names every key of a case' keys_told docs/cases.md
sed '/^| `files` /d' docs/cases.md >"$work/less.md"
t '... one that is missing is found' says 'name files' keys_told "$work/less.md"
t 'docs/topologies.md has examples' examples docs/topologies.md
t '... which are topologies' "$numarig" topo check "$work"/example*.json
finish
