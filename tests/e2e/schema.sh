#!/bin/sh
# Fresh results of run, exec, compare and repro, as this program writes them now, against results/schema; a judgement
# made anew by `check --json` is the same, and the digest is what docs/results.md says it is.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2317,SC2329 # functions are called through t
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 3
B=${B:-build}
tmp=$(mktemp -d) || exit 3
child=''
leave()
{
	[ -z "$child" ] || kill "$child" 2>/dev/null || :
	[ -z "$child" ] || wait "$child" || :
	rm -rf "$tmp"
}
trap 'leave' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$tmp
. "$PWD/tests/tap"

numarig() # ARGS...: can be interrupted, and takes its machine with it
{
	"$B/numarig" "$@" >"$tmp/out" 2>"$tmp/err" &
	child=$!
	code=0
	wait $child || code=$?
	child=''
}

valid() # RESULT...
{
	"$B/unit/test_schema" "$@"
}

invalid() # RESULT WORDS
{
	! valid "$1" >"$tmp/why" && grep -F "$2" "$tmp/why"
}

# The result without host, digest, trace and nids, keys sorted, no blanks: what its digest is of.
digest_is() # RUN
{
	want=$(sed -n 's/^ "digest": "\(.*\)",*$/\1/p' "$1/result.json")
	[ -n "$want" ] && [ "$("$B/numarig" check "$1" --json | sed -n 's/^ "digest": "\(.*\)",*$/\1/p')" = "$want" ]
}

numarig run -t 2node -w bind:pages=16 -o "$tmp/run"
t 'run: passes' [ "$code" = 0 ]
t 'run: result.json is valid' valid "$tmp/run/result.json"
t 'run: check makes the same digest' digest_is "$tmp/run"
numarig check "$tmp/run" --json
t 'check --json: is valid' valid "$tmp/out"
sed '/^ "engine"/d' "$tmp/run/result.json" >"$tmp/less.json"
t 'a result with a key less is not' invalid "$tmp/less.json" 'has no "engine"'
sed 's/^ "engine".*/&\n "motor": 1,/' "$tmp/run/result.json" >"$tmp/more.json"
t 'a result with a key more is not' invalid "$tmp/more.json" '"motor" does not belong there'

numarig run -t 2node -w bind:pages=16 -w bind -s thp.enabled=always --seed 1 --events 'migrate:*' -o "$tmp/two"
t 'run twice with knob, seed and events: passes' [ "$code" = 0 ]
t 'run twice with knob, seed and events: is valid' valid "$tmp/two/result.json"
numarig exec -t 2node -q -f README.md -o "$tmp/exec" -- numactl -H
t 'exec: passes' [ "$code" = 0 ]
t 'exec: result.json is valid' valid "$tmp/exec/result.json"
numarig exec -t 2node -q --timeout 1 -o "$tmp/slow" -- busybox sleep 5
t 'exec with a deadline missed: 124' [ "$code" = 124 ]
t 'exec with a deadline missed: is valid' valid "$tmp/slow/result.json"

numarig run -t 2node -w bind:pages=16 -w bind:sabotage=other-node -s swappiness=60,10 -o "$tmp/series"
t 'a series with a workload that fails: code 1' [ "$code" = 1 ]
t 'a series: is valid' "$B/unit/test_schemas" valid series "$tmp/series/series.json"
numarig run -t 2node,uma -w bind:pages=16 -o "$tmp/other"
numarig compare --json "$tmp/run" "$tmp/two"
t 'compare --json of other knobs: refused' [ "$code" = 2 ]
numarig compare --json "$tmp/run" "$tmp/other/2node-6.12"
t 'compare --json: the same to the unit' [ "$code" = 0 ]
t 'compare --json: is valid' "$B/unit/test_schemas" valid compare "$tmp/out"
numarig repro slit-rejected --json -k 6.12
t 'repro --json: is valid, and no mistake in it is' "$B/unit/test_schemas" broken repro "$tmp/out" cases/results.json
finish
