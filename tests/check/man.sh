#!/bin/sh
# docs/numarig.1 against the program: commands with their arguments, every option of each, the commands' list, and the
# environment variables that the sources read; both ways. Then its roff is looked at by groff, where there is one.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced, and sets top, work and numarig
. "$(dirname "$0")/lib"
set +e
cd "$top" || exit 3
page=docs/numarig.1

alike() { [ -s "$work/program" ] && diff -U 0 "$work/program" "$work/page"; }
same() # NAME: what the program has and what the page has, a line each, are the same and not nothing
{
	t "$1" alike
}

# Headings and options of the page as plain text: "= run -t TOPO ..." and "-w, --workload NAME".
sed -e 's/\\f[BIRP]//g' -e 's/\\-/-/g' "$page" | awk '
/^\.\\" commands/ { on = 1 }
/^\.\\" end of commands/ { on = 0 }
/^\.SH MACHINE OPTIONS/ { on = 1; print "= *" }
/^\.SH EXIT/ { on = 0 }
on && /^\.SS / { print "= " substr($0, 5) }
on && /Machine options/ { print "*" }
on && take { print; take = 0 }
on && /^\.T[PQ]/ { take = 1 }' >"$work/plain"

of_page() # COMMAND: its heading without the name, its options sorted
{
	awk -v "c=$1" '
	/^= / { now = $2; if (now == c) { sub(/^= [^ ]* ?/, ""); print }; next }
	now == "*" { machine[++m] = $0 }
	now == c && /^\*/ { all = 1; next }
	now == c && !/^=/ { own[++o] = $0 }
	END { for (i = 1; i <= o; i++) print own[i]; for (i = 1; all && i <= m; i++) print machine[i] }' "$work/plain" |
		{ IFS= read -r args || :; echo "$args"; sort; }
}

# An option that may have a value has it in brackets. One that takes a value has it one blank behind its name; help is farther away or follows that.
of_program() # COMMAND
{
	"$B/numarig" "$1" --help | sed -n -e "s/^usage: numarig $1 \[OPTION\.\.\.\] *//p" \
		-e '/^ .*-h, --help /d' -e 's/^ *\(--[a-z-]*\[=[^ ]*\]\) .*/\1/p;t' -e 's/^ *\(\(-., \)\{0,1\}--[a-z-]* [^ ][^ ]*\) .*/\1/p;t' \
		-e 's/^ *\(\(-., \)\{0,1\}--[a-z-]*\)  .*/\1/p' | { IFS= read -r args || :; echo "$args"; sort; }
}

"$B/numarig" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort >"$work/program"
sed -n 's/^= \([a-z][a-z]*\).*/\1/p' "$work/plain" | sort >"$work/page"
cp "$work/program" "$work/commands"
same 'the commands'
while read -r command; do
	of_program "$command" >"$work/program"
	of_page "$command" >"$work/page"
	same "$command"
done <"$work/commands"

{
	grep -ho 'getenv("[A-Z_]*")' harness/*.c harness/*/*.c | sed 's/.*"\(.*\)".*/\1/'
	sed -n 's/^[^#]*\${\(DEBIAN_[A-Z]*\)[:}-].*/\1/p' guests/kernel/*
} | sort -u >"$work/program"
sed -n '/^\.SH ENVIRONMENT/,/^\.SH FILES/{/^\.T[PQ]/{n;s/^\.B //p;};}' "$page" | sort >"$work/page"
same 'the environment'

n=$((n + 1))
if ! command -v groff >/dev/null; then
	echo "ok $n - roff # SKIP groff is not installed"
elif groff -man -ww -z "$page" >"$work/diff" 2>&1 && [ ! -s "$work/diff" ]; then
	echo "ok $n - roff"
else
	failed=$((failed + 1))
	echo "not ok $n - roff"
	sed 's/^/# /' "$work/diff"
fi
finish
