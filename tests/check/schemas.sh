#!/bin/sh
# What this program writes now, against results/schema: each document holds, and is refused as soon as one thing in it is wrong.
# The runs are of a fake QEMU: tests/fake. tests/e2e/schema.sh does the same with results of a real one.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2317,SC2329 # functions are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3

kernel=$work/bzImage
forge_kernel "$kernel"
fake_qemu "$work"

with() # SCENARIO ARGUMENT...: standard output in out, exit code in $code
{
	scenario=$1 code=0
	shift
	NUMARIG_FAKE=$scenario "$numarig" "$@" >"$work/out" 2>"$work/err" || code=$?
}
schema() # valid|broken SCHEMA FILE...
{
	"$B/unit/test_schemas" "$@" >"$work/said" 2>&1
}
refused() # SCHEMA FILE WORDS
{
	! schema valid "$1" "$2" && grep -qF -e "$3" "$work/said"
}

# --- series.json ---
with good run -t 4node -k "$kernel" -w bind -s swappiness=10,20 --seeds 2 -o "$work/good"
t 'a series' [ -s "$work/good/series.json" ]
with lies-about-values run -t 4node -k "$kernel" -w bind -s swappiness=10,20 --shrink -o "$work/lies"
t 'a series that fails' [ "$code" -eq 1 ]
t 'series.json: holds, and no mistake does' schema broken series "$work/good/series.json" "$work/lies/series.json"
sed 's/"repeat": 1/"repeat": "1"/' "$work/good/series.json" >"$work/wrong.json"
t 'series.json: text for a number' refused series "$work/wrong.json" '.repeat: type is not "integer"'

# --- baselines, and comparisons ---
printf '{"topologies": ["4node"], "kernels": ["6.1"], "workloads": ["bind"], "seeds": 2}\n' >"$work/plan.json"
regress() # SCENARIO ARGUMENT...
{
	scenario=$1
	shift
	rm -rf "$work/regress"
	with "$scenario" regress -k "$kernel" --plan "$work/plan.json" --baselines "$work/base" -o "$work/regress" "$@"
}
t 'a plan: holds, and no mistake does' schema valid plan "$work/plan.json"
regress good --accept
base=$work/base/6.12/4node.json
t 'a baseline' [ -s "$base" ]
t 'a baseline: holds, and no mistake does' schema broken baseline "$base" results/baselines/6.12/4node.json
sed 's/^\(    "area": .*"\)1": [0-9]*/\1one": 1/' "$base" >"$work/wrong.json"
t 'a baseline: a node that is none' refused baseline "$work/wrong.json" '"one" does not match'
regress lies-about-values --json
t 'regress --json: holds' schema valid compare "$work/out"
cp "$work/out" "$work/one.json"
with lies-about-values run -t 4node -k "$kernel" -w bind -s swappiness=10,30 --seeds 2 -o "$work/other"
with good compare --json "$work/good" "$work/other"
t 'compare --json of series with equal inputs and other records: code 3' [ "$code" -eq 3 ]
t 'compare --json: holds, and no mistake does' schema broken compare "$work/out" "$work/one.json"
sed 's/"verdict": "worse"/"verdict": "poor"/' "$work/out" >"$work/wrong.json"
t 'compare --json: a verdict that is none' eval '! schema valid compare "$work/wrong.json"'

# --- answers, lists ---
with good repro mbind-false-eio -k "$kernel" --json
t 'repro --json: holds' schema broken repro "$work/out" cases/results.json
with good list --json
t 'list --json: holds, and no mistake does' schema broken list "$work/out"
for kind in topologies workloads knobs kernels metrics cases; do
	with good show "$kind" --json
	t "show $kind --json: holds" schema valid list "$work/out"
done
sed 's/"name"/"nome"/' "$work/out" >"$work/wrong.json"
t 'show cases --json: a name less' eval '! schema valid list "$work/wrong.json"'
finish
