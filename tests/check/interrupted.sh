#!/bin/sh
# What was finished before an interruption is kept and printed, with a fake QEMU (tests/fake): a run of several workloads, a
# series, answers of repro. What was not is named, and nothing passes.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317,SC2329 # fake is sourced; what stands in single quotes is for another shell; functions are called through t
. "$(dirname "$0")/fake"

make_place main
run good

# Those machines whose record file's path has ONLY in it do not end; when UNTIL is there, and a line that begins with $printed is
# printed, the signal comes. What was printed until then is in $work/before.
printed='PASS   bind '
cut() # SIGNAL ONLY UNTIL COMMAND...: exit code in $code
{
	signal=$1 only=$2 until=$3
	shift 3
	rm -rf "$out"
	NUMARIG_FAKE=never-ends NUMARIG_FAKE_ONLY=$only "$@" >"$said_out" 2>"$said_err" &
	pid=$!
	tries=0
	until [ -n "$(find "$work/main" -path "$until" -size +0 2>/dev/null | head -n 1)" ] || [ $tries -ge 1000 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	tries=0
	until grep -q "^$printed" "$said_out" || [ $tries -ge 200 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	cp "$said_out" "$work/before"
	kill "-$signal" "$pid"
	wait "$pid" && code=0 || code=$?
	pid=''
}
words() { grep -qF -e "$1" "$said_out"; }

cut INT 'bind#2' '*/raw/bind#2.records' "$numarig" run -t 4node -k "$kernel" -o "$out" -w bind -w bind:pages=16 -w bind:pages=32
t 'a run: 130' [ "$code" -eq 130 ]
t 'a run: the line' said 'interrupted by SIGINT'
t 'a run: what was done was printed before the signal' grep -q '^PASS   bind ' "$work/before"
t 'a run: ... and is printed once' eval '[ "$(grep -c "^PASS   bind " "$said_out")" -eq 1 ]'
t 'a run: one pass, two not' words '3 workloads: 1 pass, 2 interrupted'
t 'a run: what was cut is named in one line' words '  interrupted before the end: bind#2, bind#3'
t 'a run: ... and nowhere else' eval '! grep -q BROKEN "$said_out" && [ "$(grep -c "bind#2" "$said_out")" -eq 1 ]'
t 'a run: is kept' [ -s "$out/result.json" ]
t 'a run: nothing is left' gone
t 'a run: is judged so again' judged_again 3
t 'a run: its schema' grep -q '"end": "interrupted"' "$out/result.json"
t 'a run: is marked' grep -q '^  "interrupted": true' "$out/result.json"
# the second ends first, and waits for its turn
printed=none
cut INT raw/bind.records '*/raw/bind#2.exit' "$numarig" run -t 4node -k "$kernel" -o "$out" -w bind -w bind:pages=16 -j 2
t 'in the order of the plan: the second is not printed before the first' eval '! grep -q "bind#2" "$work/before"'
t '... and printed at the end' eval '[ $code -eq 130 ] && words "PASS   bind#2 " && words "interrupted before the end: bind"'
cut TERM bind '*/raw/bind.records' "$numarig" run -t 4node -k "$kernel" -o "$out" -w bind -w bind:pages=16
t 'nothing was done: nothing is kept' fails_so 143 'interrupted by SIGTERM'

slow_second() # SIGNAL: a series of two cells, each with one workload that does not end
{
	rm -rf "$out"
	NUMARIG_FAKE=never-ends NUMARIG_FAKE_ONLY='bind#2' "$numarig" run -t 4node -k "$kernel" -o "$out" -w bind -w bind:pages=16 \
		-s thp.enabled=never,always -j 2 >"$said_out" 2>"$said_err" &
	pid=$!
	tries=0
	until [ "$(find "$at" -path '*/raw/bind#2.records' -size +0 2>/dev/null | wc -l)" -eq 2 ] || [ $tries -ge 1000 ]; do
		tries=$((tries + 1))
		sleep 0.02
	done
	kill "-$1" "$pid"
	wait "$pid" && code=0 || code=$?
	pid=''
}
slow_second INT
t 'a series: the signal is the one that came, also in its cells' eval 'grep -q SIGINT "$out"/*never/result.json && ! grep -rq SIGTERM "$out" "$said_out" "$said_err"'
t 'a series: what was cut is named in one line' eval '[ "$(grep -c "interrupted before the end: .*never, .*always" "$said_out")" -eq 1 ] && ! grep -q "alone:" "$said_out"'
slow_second TERM
t 'a series: 143' [ "$code" -eq 143 ]
t 'a series: the line' said 'interrupted by SIGTERM'
t 'a series: is kept, with what its cells have done' eval '[ -s "$out/series.json" ] && grep -q "\"pass\"" "$out/4node-bzImage-thp.enabled=never/result.json" "$out"/*never/result.json 2>/dev/null'
t 'a series: did not pass' grep -q '^ "outcome": "broken"' "$out/series.json"
t 'a series: nothing is left' gone
t 'a series: is checked so again' judged_again 3

# --- folders on the way to -o ---
deep() # a run that can't be made leaves none of them
{
	NUMARIG_FAKE=die-at-start NUMARIG_CACHE=$work/main/deep "$numarig" "$@" -k "$kernel" -t 4node -o "$at/a/b/c" >"$said_out" 2>"$said_err" && code=0 || code=$?
	[ "$code" -ne 0 ] && [ ! -e "$at/a" ]
}
deep_exec()
{
	NUMARIG_FAKE=die-at-start NUMARIG_CACHE=$work/main/deep "$numarig" exec -k "$kernel" -t 4node -o "$at/a/b/c" -- busybox true >"$said_out" 2>"$said_err" && code=0 || code=$?
	[ "$code" -ne 0 ] && [ ! -e "$at/a" ]
}
rm -rf "$out"
mkdir -p "$work/main/deep"
t 'a run that fails leaves no folder on the way to its own' deep run -w bind
t 'nor does exec' deep_exec
finish
