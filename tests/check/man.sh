#!/bin/sh
# The manual page that is made of docs/numarig.1.in and the tables of commands and options: it has every command with its arguments
# and every option that --help has, and no other; the environment variables that the sources read, both ways; and groff and
# mandoc have nothing against it.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034 # functions are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
page=$B/numarig.1
export LC_ALL=C

# A line each: "= run -t TOPO ..." for a command, "run -w, --workload NAME" for an option of it, sorted.
of_page() # PAGE
{
	sed -e 's/\\f[BIRP]//g' -e 's/\\-/-/g' "$1" | awk '
	/^\.SH / { on = $2 == "COMMANDS" }
	on && /^\.SS / { print "= " substr($0, 5); command = $2 }
	on && take { print command " " $0; take = 0 }
	on && /^\.T[PQ]/ { take = 1 }' | sort
}
# An option that may have a value has it in brackets. One that takes a value has it one blank behind its name; help is farther away or follows that.
of_program()
{
	"$numarig" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | while read -r command; do
		"$numarig" "$command" --help | sed -n -e "s/^usage: numarig $command \[OPTION\.\.\.\] *\(.*\)/= $command \1/p;t" \
			-e '/^ .*-h, --help /d' -e "s/^ *\(--[a-z-]*\[=[^ ]*\]\) .*/$command \1/p;t" \
			-e "s/^ *\(\(-., \)\{0,1\}--[a-z-]* [^ ][^ ]*\) .*/$command \1/p;t" \
			-e "s/^ *\(\(-., \)\{0,1\}--[a-z-]*\)  .*/$command \1/p"
	done | sort
}
same() # FILE FILE: the same, and not nothing
{
	[ -s "$1" ] && diff "$1" "$2" >"$work/out"
}
not() { ! "$@"; }

of_program >"$work/program"
of_page "$page" >"$work/page"
t 'the page has the commands and options of --help, and no others' same "$work/program" "$work/page"
sed '/--shrink/d' "$work/page" >"$work/less"
t 'a page that lacks one is told from it' not same "$work/program" "$work/less"
t 'nothing is left to be filled in' not grep -n '@[A-Z]*@' "$page"
t 'the page names the version' grep -qF "numarig $("$numarig" --version | cut -d ' ' -f 2)\"" "$page"

{
	grep -rho --include='*.c' 'getenv("[A-Z_]*")' harness | sed 's/.*"\(.*\)".*/\1/'
	sed -n 's/^[^#]*\${\(DEBIAN_[A-Z]*\)[:}-].*/\1/p' guests/kernel/*
} | sort -u >"$work/program"
sed -n '/^\.SH ENVIRONMENT/,/^\.SH FILES/{/^\.T[PQ]/{n;s/^\.B //p;};}' "$page" | sort >"$work/page"
t 'the page has the environment variables that the sources read, and no others' same "$work/program" "$work/page"

looks() # COMMAND...: says nothing; the page has no date
{
	"$@" "$page" 2>&1 | grep -v 'missing date' >"$work/out"
	[ ! -s "$work/out" ]
}
printf '.TH\n.IP\n.XX\n' >"$work/bad"
for tool in 'groff -man -ww -z' 'mandoc -T lint -W warning'; do
	if ! command -v "${tool%% *}" >/dev/null; then
		skip "$tool" "${tool%% *} is not installed"
		continue
	fi
	# shellcheck disable=SC2086 # words
	t "$tool: says nothing" looks $tool
	page=$work/bad
	# shellcheck disable=SC2086 # words
	t "$tool: would say something of a page that is wrong" not looks $tool
	page=$B/numarig.1
done
finish
