#!/bin/sh
# The run that README.md opens with: its command prints these checks and this sum, as the program says them now. Seconds, digest
# and versions are those of a machine.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2317,SC2329 # lib is sourced, sets tmp, top and code, and calls what is defined here
. "$(dirname "$0")/lib"

# The first example of the document, without its indent: the command, or what it printed.
example() # DOCUMENT
{
	sed -n '/^    \$ build\/numarig /,/^[^ ]/s/^    //p' "$1"
}

# Lines that are the same on every machine.
lasting()
{
	grep -E '^(  [A-Z]+ |[0-9]+ workload|  [a-z]+ +[a-z-]+$)|^[A-Z]+ ' | sed 's/ [0-9]*\.[0-9]* s  / /'
}

shows_what_it_prints() # DOCUMENT
{
	example "$1" | lasting >"$tmp/shown"
	[ "$(wc -l <"$tmp/shown")" -gt 4 ] && diff -u "$tmp/shown" "$tmp/printed"
}

command=$(example "$top/README.md" | sed -n 's/^\$ build\/numarig //p')
# shellcheck disable=SC2086 # words
go $command -o "$tmp/run"
t 'the command of README.md runs' [ "$code" -eq 0 ]
lasting <"$tmp/out" >"$tmp/printed"
t 'README.md shows what it prints' shows_what_it_prints "$top/README.md"
sed 's/^      XFAIL  text-stays/      PASS   text-stays/' "$top/README.md" >"$tmp/other.md"
differs() { ! shows_what_it_prints "$tmp/other.md"; }
t '... another outcome is found' differs
finish
