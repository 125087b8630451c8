#!/bin/sh
# `compare` as it is called: folders, files, series and baselines of a real result, one thing otherwise in a copy; exit codes,
# the node that is named, and what is refused.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2317,SC2329 # functions are called through t
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
