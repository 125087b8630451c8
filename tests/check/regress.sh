#!/bin/sh
# `regress`: a baseline is made, holds, and a page that was moved by hand in it is found, with the node; what a plan or a baseline
# may have wrong. On a fake QEMU: tests/fake.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034,SC2317,SC2329 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
says() { grep -qF -e "$1" "$work/out"; }
refused() { [ "$code" -eq "$1" ] && [ "$(cat "$work/err")" = "numarig: $2" ]; }

kernel=$work/bzImage base=$work/baselines file=$work/baselines/6.12/4node.json
fake_qemu "$work"
forge_kernel "$kernel"
export NUMARIG_FAKE=good

plan() # TEXT
{
	printf '%s\n' "$1" >"$work/plan.json"
}
good_plan() { plan '{"topologies": ["4node"], "kernels": ["6.1"], "workloads": ["bind"], "seeds": 2}'; }
regress() # ARGUMENT...: exit code in $code
{
	rm -rf "$work/run"
	"$numarig" regress -k "$kernel" --plan "$work/plan.json" --baselines "$base" -o "$work/run" "$@" \
		>"$work/out" 2>"$work/err" && code=0 || code=$?
}

good_plan
regress
t 'no baseline yet' refused 3 "$file: there is no such baseline: \`regress --accept\` makes it"
regress --accept
t '--accept makes it' refused 0 "$file: written"
cp "$file" "$work/first.json"
t 'a line for each metric' grep -qx '    "area": {"better": "same", "nodes": {"0": [0-9]*, .*}, "timing": false, "unit": "pages"},' "$file"
regress
t 'the same: code 0, to the unit' eval '[ $code -eq 0 ] && says "the same inputs: to the unit" && says "same: "'
t 'the series is kept' [ -s "$work/run/seed1/result.json" ]
regress --accept
t '--accept again: the same bytes' cmp -s "$file" "$work/first.json"

# the deliberately worse result
sed 's/^\(    "area": .*"1": \)[0-9]*/\1127/' "$work/first.json" >"$file"
t 'a page is moved by hand' eval '! cmp -s "$file" "$work/first.json"'
regress
t 'a page moved: code 1' [ "$code" -eq 1 ]
t '... the node is named, with both values' says 'changed  bind: metric area on node 1: 127 -> 128 pages'
regress --markdown --junit "$work/junit.xml"
t '--markdown' eval '[ $code -eq 1 ] && says "| changed | bind | metric area on node 1 | 127 | 128 | pages |"'
t '--junit' [ -s "$work/junit.xml" ]
regress --json
t '--json' eval '[ $code -eq 1 ] && says "\"nid\": 1"'
regress --accept
t '--accept prints the difference, and code 0' eval '[ $code -eq 0 ] && says "area on node 1: 127 -> 128"'
t '... and rewrites' cmp -s "$file" "$work/first.json"
sed 's/"outcome": "pass"/"outcome": "xfail"/' "$work/first.json" >"$file"
regress
t 'a better outcome: code 0' eval '[ $code -eq 0 ] && says "better   bind: outcome: xfail -> pass"'
sed 's/^  "kernel": "[0-9a-f]*"/  "kernel": "another"/' "$work/first.json" >"$file"
regress
t 'another build of the kernel: not to the unit' eval '[ $code -eq 0 ] && says "basis    not the same kernel: "'
sed 's/"records": "..../"records": "0000/' "$work/first.json" >"$file"
regress
t 'equal inputs, other records: code 3' eval '[ $code -eq 3 ] && says "inexact "'
cp "$work/first.json" "$file"
NUMARIG_FAKE=panic regress
t 'a kernel that panics: code 1, why' eval '[ $code -ne 0 ] && says "bind: outcome: pass -> broken" && says "Kernel panic"'

# another version of this program, and another plan: what one side has is new or gone
t 'the raw of each workload is kept' grep -q '"raws": {"records": {"bind": "[0-9a-f]\{16\}"}}' "$work/first.json"
sed 's/"raws": {"records": {"bind": "..../&0000/' "$work/first.json" >"$file"
regress
t 'other records: whose is named' eval '[ $code -eq 3 ] && says "inexact  bind: records seed 0: "'
cp "$top/tests/data/baseline-schema1.json" "$file"
regress
t 'a baseline of the first schema, with more workloads: they are gone' \
	eval '[ $code -le 1 ] && says "gone     text-binding: workload: xfail -> nothing"'
sed 's/^  "swappiness": "60",$/&\n  "made.up": "1",/' "$work/first.json" >"$file"
regress
t 'a declared knob less: code 0, gone' eval '[ $code -eq 0 ] && says "gone     knob made.up: 1 -> nothing"'
cp "$work/first.json" "$file"
plan '{"topologies": ["4node"], "workloads": ["bind", "this-node"], "seeds": 2}'
regress
t 'a workload more: code 0, new' eval '[ $code -eq 0 ] && says "new      this-node: workload: nothing -> "'
plan '{"topologies": ["2node", "4node"], "kernels": ["6.1"], "workloads": ["bind"], "seeds": 2}'
regress
t 'a topology without a baseline: code 3, and the other is compared' \
	eval '[ $code -eq 3 ] && says "same: " && grep -q "2node.json: there is no such baseline" "$work/err"'
good_plan

# what can't be compared, and plans
plan '{"topologies": ["4node"], "workloads": ["bind:pages=64"], "seeds": 2}'
regress
t 'another plan' refused 2 "$file: can't be compared: not the same workload bind: pages (128, 64)"
regress --accept
t 'another plan is accepted, and why it could not be compared' \
	eval '[ $code -eq 0 ] && [ "$(head -n 1 "$work/err")" = "numarig: $file: can'\''t be compared: not the same workload bind: pages (128, 64)" ]'
echo '{"schema": 1}' >"$file"
good_plan
regress
t 'a stranger for a baseline' refused 2 "$file: is no baseline: it has no workloads"
mv "$file" "$work/stranger"
mkdir "$file"
regress
t 'a folder for a baseline: its path stands once' refused 2 "$file: can't be read: is a folder with neither series.json nor result.json"
rmdir "$file"
regress --baselines ''
t 'no name of a folder' eval '[ $code -eq 2 ] && grep -qF -e "--baselines: want a folder" "$work/err"'
while IFS='|' read -r text line; do
	line=$(printf '%s\n' "$line" | sed "s,\`numarig ,\`$numarig ,") # as it was called
	plan "$text"
	regress
	t "plan: $line" refused 2 "$work/plan.json: $line"
done <<'END'
{"topologies": ["4node"], "workload": ["bind"]}|"workload": want about, topologies, kernels, workloads, knobs or seeds
{"topologies": "4node", "workloads": ["bind"]}|"topologies": want a list of strings
{"topologies": ["4node"], "workloads": ["bnid"]}|"workloads": no workload "bnid" (did you mean "bind"?): `numarig list workloads` has them
{"topologies": ["4node"], "workloads": ["bind"], "seeds": 0}|"seeds": want a number from 1 to 1000
{"topologies": ["4node"], "workloads": ["bind"], "knobs": ["swappiness=0,60"]}|"knobs": swappiness: one value, a baseline has one
{"topologies": ["4node"]}|has no workloads
[]|can't be read: is no object
END
finish
