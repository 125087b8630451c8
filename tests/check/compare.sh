#!/bin/sh
# `compare` as it is called: folders, files, series and baselines of a real result, one thing otherwise in a copy; exit codes,
# the node that is named, and what is refused.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2154,SC2317,SC2329 # functions are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
example=tests/data/result-example.json

compare() # ARGUMENT...: exit code in $code
{
	"$numarig" compare "$@" >"$work/out" 2>"$work/err" && code=0 || code=$?
}
comes_to() { [ "$code" -eq "$1" ] && [ ! -s "$work/err" ]; }
refused() { [ "$code" -eq 2 ] && [ "$(cat "$work/err")" = "numarig: $1" ] && [ ! -s "$work/out" ]; }
says() { grep -qF -e "$1" "$work/out"; }

# One page of bind's area moved from node 2 to node 3, by hand; and the same result as of another kernel and engine.
move() # FROM TO
{
	awk '/"name": "area",/ { on = 1 } /"nid":/ { nid = $2 + 0 }
		on && /"value": 128/ && nid == 2 { sub(/128/, "127"); moved++ }
		on && /"value": 128/ && nid == 3 { sub(/128/, "129"); moved++ }
		/}/ { on = 0 } { print } END { exit moved != 2 }' "$1" >"$2"
}
mkdir "$work/run" "$work/moved" "$work/series" "$work/series/seed0" "$work/series/seed1"
cp "$example" "$work/run/result.json"
t 'a page is moved by hand in a copy' move "$example" "$work/moved/result.json"
sed 's/"engine": "exact"/"engine": "kvm"/' "$example" >"$work/kvm.json"
sed 's/^  "kernel": "b9ea/  "kernel": "0000/' "$example" >"$work/kernel.json"
sed 's/^  "seed": 0/  "seed": 1/; s/^  "seed": 0/  "seed": 1/' "$example" >"$work/seed1.json"
cp "$example" "$work/series/seed0/result.json"
cp "$work/seed1.json" "$work/series/seed1/result.json"
printf '{"axes": {"kernels": ["6.12"]}, "cells": [{"name": "seed0", "topology": "4node", "knobs": {}},
	{"name": "seed1", "topology": "4node", "knobs": {}}]}\n' >"$work/series/series.json"

compare "$example" "$work/run"
t 'a file and a folder of the same: code 0' comes_to 0
t '... which says so' says 'same: 401 the same'
compare "$work/run" "$work/moved"
t 'a page moved: code 1' [ "$code" -eq 1 ]
t '... the node it left, and both values' says 'changed  bind: metric area on node 2: 128 -> 127 pages'
t '... the node it went to' says 'changed  bind: metric area on node 3: 128 -> 129 pages'
t '... and that the file was changed' grep -qF 'moved/result.json: was changed since it was written' "$work/err"
compare --json "$work/run" "$work/moved"
t 'as JSON: code 1' [ "$code" -eq 1 ]
t 'as JSON: the node' says '"nid": 2'
compare --markdown "$work/run" "$work/moved"
t 'as Markdown: a row' says '| changed | bind | metric area on node 2 | 128 | 127 | pages |'
compare "$example" "$work/kernel.json"
t 'another kernel: what differs is named' says 'not the same kernel:'
t 'another kernel, all the same: code 0' [ "$code" -eq 0 ]

compare "$work/series" "$work/series/series.json"
t 'a series, by its folder and its file: code 0' [ "$code" -eq 0 ]
t '... two runs' says '2 runs'
compare "$work/series/seed0" "$work/series"
t 'a run against a series' [ "$code" -eq 0 ]

# --- what one side has, and versions of this program ---
two='{"axes": {}, "cells": [{"name": "seed0", "topology": "4node", "knobs": {}},
	{"name": "seed0", "topology": "8node", "knobs": {}}]}'
mkdir "$work/two" "$work/two/seed0"
cp "$example" "$work/two/seed0/result.json"
echo "$two" >"$work/two/series.json"
compare "$work/series" "$work/two"
t 'a combination more: the common one is compared, code 0' [ "$code" -eq 0 ]
t '... and the other is named' says 'new: 8node: only the second has it'
compare --markdown "$work/two" "$work/series"
t 'a combination less: code 0' eval '[ "$code" -eq 0 ] && says "- gone: 8node: only the first has it"'
compare --json "$work/two" "$work/series"
t '... as JSON' eval 'says "\"label\": \"8node\"" && says "\"verdict\": \"gone\""'
echo "$two" | sed 's/4node/2node/' >"$work/two/series.json"
compare "$work/series" "$work/two"
t 'no combination of both' refused "$work/two: has nothing like 4node of $work/series"
sed 's/^   "swappiness": "60",/&\n   "made.up": "1",/' "$example" >"$work/knob.json"
t 'a knob is declared by hand in a copy' eval '! cmp -s "$work/knob.json" "$example"'
compare "$example" "$work/knob.json"
t 'a declared knob more: code 0' [ "$code" -eq 0 ]
t '... which says so' says 'new      knob made.up: nothing -> 1'
t '... in the sum' says 'new: 1 new, 401 the same'
compare --json "$example" "$work/knob.json"
t '... as JSON' eval 'says "\"new\": 1" && says "\"what\": \"knob\"" && says "\"schema\": 2"'
compare --markdown "$work/knob.json" "$example"
t '... the other way, as Markdown' says '| gone |  | knob made.up | 1 | nothing |  |'
compare tests/data/baseline-schema1.json tests/data/result-schema1.json
t 'a baseline of schema 1 is read' eval '[ "$code" -eq 0 ] && says "not the same steady, initramfs" && says "verdict  no verdict changed"'
compare tests/data/baseline-schema1.json tests/data/baseline-schema1.json
t '... and is the same as itself' comes_to 0
sed 's/^ "schema": 1/ "schema": 9/' tests/data/baseline-schema1.json >"$work/newer.json"
compare "$work/newer.json" "$example"
t 'a baseline of a later schema' refused "$work/newer.json: is of schema 9, this program reads up to 2: use the one that wrote it, or a newer one"
sed 's/"swap_file": {"better/"swap_file": {"bitter/; s/\("area": .*"2": \)128/\1"128"/' tests/data/baseline-schema1.json >"$work/typo.json"
compare "$work/typo.json" "$example"
t 'a value that is no number' eval '[ "$code" -eq 2 ] && grep -q "metric area: node 2: want a number or two$" "$work/err"'

# --- what a file says goes to a terminal: no control characters, whatever it is called ---
# 33, 7 and 233: escape, bell, and a control character of eight bits in UTF-8; newline
bad='\\u001b[31mX\\u0007\\u009b2J\\n'
sed "s/\"4node\"/\"4$bad\"/; s/\"area\"/\"area$bad\"/; s/\"bind\"/\"bind$bad\"/; s/\"area-bound\"/\"ab$bad\"/
	s/\"pages\"/\"pages$bad\"/; s/\"why\": \"/&$bad/; s/\"swappiness\"/\"sw$bad\"/; s/\"release\": \"/&$bad/
	s/\"version\": \"/&$bad/; s/\"actual\": \"/&$bad/" "$example" >"$work/hostile.json"
sed "s/\"area\"/\"area$bad\"/; s/\"bind\"/\"bind$bad\"/; s/\"area-bound\"/\"ab$bad\"/; s/\"pages\"/\"pages$bad\"/
	s/\"swappiness\"/\"sw$bad\"/; s/\"release\": \"/&$bad/; s/\"version\": \"/&$bad/" tests/data/baseline-schema1.json >"$work/hostile-base.json"
sed "s/\"engine\": \"exact\"/\"engine\": \"exact$bad\"/" "$example" >"$work/hostile-engine.json"
sed "s/\"outcome\": \"pass\"/\"outcome\": \"pass$bad\"/" "$example" >"$work/hostile-outcome.json"
mkdir "$work/hostile"
echo "{\"axes\": {}, \"cells\": [{\"name\": \"seed$bad\", \"topology\": \"4$bad\", \"knobs\": {}}]}" >"$work/hostile/series.json"
clean() { ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$work/out" "$work/err"; }
while read -r a b; do
	for form in '' --json --markdown; do
		# shellcheck disable=SC2086
		compare $form "$work/$a" "$work/$b"
		t "no control characters: compare $form $a $b" clean
		t '... and an exit code of its own' [ "$code" -le 3 ]
	done
done <<'END'
run hostile.json
hostile.json run
hostile-base.json run
run hostile-base.json
hostile-base.json hostile.json
hostile-engine.json run
run hostile-outcome.json
hostile run
END

sed "s/\"name\": \"/&$bad/; s/\"statement\": \"/&$bad/; s/\"release\": \"/&$bad/; s/\"unit\": \"/&$bad/" results/mission.json >"$work/mission.json"
"$numarig" mission --render "$work/mission.json" >"$work/out" 2>"$work/err"
t 'no control characters: mission --render' clean

compare "$example" "$work/kvm.json"
t 'another engine' refused "can't be compared: not the same engine (exact, kvm)"
compare "$example" "$work/seed1.json"
t 'another seed' refused "can't be compared: not the same seed (0, 1)"
compare "$example" "$work/none"
t 'no such file' refused "$work/none: No such file or directory"
echo '[]' >"$work/array"
compare "$work/array" "$example"
t 'no object' refused "$work/array: can't be read: is no object"
echo '{"schema": 1}' >"$work/stranger"
compare "$example" "$work/stranger"
t 'a stranger' refused "$work/stranger: is no result, series or baseline"
compare "$example" "$work"
t 'a folder that is no run' grep -qF ": can't be read: " "$work/err"
rm "$work/series/seed1/result.json"
compare "$work/series" "$example"
t 'a series that lacks a run' refused "$work/series/seed1/result.json: No such file or directory"
finish
