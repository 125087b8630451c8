#!/bin/sh
# docs/numarig.1 against the program: commands with their arguments, every option of each, the commands' list, and the
# environment variables that the sources read; both ways. Then its roff is looked at by groff, where there is one.
# SPDX-License-Identifier: GPL-2.0-or-later
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 3
B=${B:-build} page=docs/numarig.1
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
n=0 failed=0

same() # NAME: what the program has and what the page has, a line each, are the same and not nothing
{
	n=$((n + 1))
	if [ -s "$tmp/program" ] && diff -U 0 "$tmp/program" "$tmp/page" >"$tmp/diff"; then
		echo "ok $n - $1"
	else
		failed=$((failed + 1))
		echo "not ok $n - $1: $page lacks what has -, the program what has +"
		sed -n '3,$s/^/# /p' "$tmp/diff"
	fi
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
on && /^\.T[PQ]/ { take = 1 }' >"$tmp/plain"

of_page() # COMMAND: its heading without the name, its options sorted
{
	awk -v "c=$1" '
	/^= / { now = $2; if (now == c) { sub(/^= [^ ]* ?/, ""); print }; next }
	now == "*" { machine[++m] = $0 }
	now == c && /^\*/ { all = 1; next }
	now == c && !/^=/ { own[++o] = $0 }
	END { for (i = 1; i <= o; i++) print own[i]; for (i = 1; all && i <= m; i++) print machine[i] }' "$tmp/plain" |
		{ IFS= read -r args || :; echo "$args"; sort; }
}

# An option that may have a value has it in brackets. One that takes a value has it one blank behind its name; help is farther away or follows that.
of_program() # COMMAND
{
	"$B/numarig" "$1" --help | sed -n -e "s/^usage: numarig $1 \[OPTION\.\.\.\] *//p" \
		-e '/^ .*-h, --help /d' -e 's/^ *\(--[a-z-]*\[=[^ ]*\]\) .*/\1/p;t' -e 's/^ *\(\(-., \)\{0,1\}--[a-z-]* [^ ][^ ]*\) .*/\1/p;t' \
		-e 's/^ *\(\(-., \)\{0,1\}--[a-z-]*\)  .*/\1/p' | { IFS= read -r args || :; echo "$args"; sort; }
}

"$B/numarig" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort >"$tmp/program"
sed -n 's/^= \([a-z][a-z]*\).*/\1/p' "$tmp/plain" | sort >"$tmp/page"
cp "$tmp/program" "$tmp/commands"
same 'the commands'
while read -r command; do
	of_program "$command" >"$tmp/program"
	of_page "$command" >"$tmp/page"
	same "$command"
done <"$tmp/commands"

{
	grep -ho 'getenv("[A-Z_]*")' harness/*.c harness/*/*.c | sed 's/.*"\(.*\)".*/\1/'
	sed -n 's/^[^#]*\${\(DEBIAN_[A-Z]*\)[:}-].*/\1/p' guests/kernel/*
} | sort -u >"$tmp/program"
sed -n '/^\.SH ENVIRONMENT/,/^\.SH FILES/{/^\.T[PQ]/{n;s/^\.B //p;};}' "$page" | sort >"$tmp/page"
same 'the environment'

n=$((n + 1))
if ! command -v groff >/dev/null; then
	echo "ok $n - roff # SKIP groff is not installed"
elif groff -man -ww -z "$page" >"$tmp/diff" 2>&1 && [ ! -s "$tmp/diff" ]; then
	echo "ok $n - roff"
else
	failed=$((failed + 1))
	echo "not ok $n - roff"
	sed 's/^/# /' "$tmp/diff"
fi
echo "1..$n"
[ $failed -eq 0 ]
