#!/bin/sh
# Every shipped machine boots and is what its file says; a machine that is not is BROKEN, with the place named.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

# A machine of more nodes than this boots for minutes: `make prove` does it.
slow() # FILE
{
	[ "$("$numarig" topo check "$1" | sed 's/.*: \([0-9]*\) nodes,.*/\1/')" -gt 8 ]
}

attests() # TOPOLOGY [OPTION...]
{
	name=$1
	shift
	in_guest -t "$name" "$@" -- busybox true
	is "$code" 0 "the exit code" && all_good "$run"
}

# The second core makes the snapshots from the other end of the list.
behind()
{
	child=''
	trap 'kill "$child" && wait "$child"; exit' TERM
	for name in $(find "$top/topologies" -maxdepth 1 -name '*.json' -exec basename '{}' .json ';' | sort -r); do
		! slow "$top/topologies/$name.json" || continue
		"$numarig" exec -q -t "$name" -o "$tmp/behind" -- busybox true >/dev/null 2>&1 </dev/null &
		child=$!
		wait "$child"
		rm -rf "$tmp/behind"
	done
}
behind 2>/dev/null &
jobs=$!

for file in "$top"/topologies/*.json; do
	name=$(basename "$file" .json)
	if slow "$file"; then
		skip "$name attests on 6.12" "slow: in make prove"
	else
		t "$name attests on 6.12" attests "$name"
	fi
done
for name in asymmetric memoryless; do
	t "$name attests on 6.1" attests "$name" -k 6.1
done

# A kept run, judged with another expectation than its machine was made from: what a lying machine would look like.
kept=$tmp/kept
run -t 4node -w bind
mv "$run" "$kept"

wrong() # SED-SCRIPT WORDS: `check` of the run with its topology edited
{
	rm -rf "$run"
	cp -r "$kept" "$run"
	sed -e "$1" "$kept/raw/run.json" >"$run/raw/run.json"
	! cmp -s "$kept/raw/run.json" "$run/raw/run.json" || no "nothing was changed in run.json" || return 1
	go check --json "$run"
	grep -q '^   "outcome": "broken"' "$tmp/out" || no "the outcome is not broken" || return 1
	grep -qF -e "$2" "$tmp/out" || no "the place is not named: $(grep '"why"' "$tmp/out")" || return 1
	is "$code" 3 "the exit code"
}

t 'the kept run itself passes' exits 0 go check "$kept"
# 4node's first 25 is the distance from node 0 to node 2, the first of each size and count node 0's.
t 'another distance than expected: BROKEN' wrong '0,/^ *25,$/s//24,/' 'distance from node 0 to node 2: the file says 24, the guest shows 25'
t 'another list of CPUs: BROKEN' wrong '0,/"cpus": 2/s//"cpus": 1/' 'CPUs of node 0: the file says 0, the guest shows 0-1'
t 'another size: BROKEN' wrong '0,/"256M"/s//"192M"/' 'memory of node 0: page after the last: the file says 49152, the guest shows 65536'
finish
