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

# --- machines of reports: as `topo import` takes them over ---
taken() # NAME [OPTION...]: the machine of tests/data/machines, in $tmp/NAME.json
{
	name=$1
	shift
	go topo import "$top/tests/data/machines/$name.txt" "$@" && mv "$tmp/out" "$tmp/$name.json"
}

# CPU 1 is on node 1, as on the machine that this is from.
even_odd()
{
	taken even-odd --scale 1/4 || return 1
	in_guest -t "$tmp/even-odd.json" -- taskset -c 1 numactl -s
	is "$code" 0 'the exit code' && all_good "$run" || return 1
	is "$(grep -e ^physcpubind -e ^nodebind "$tmp/out" | tr -d '\n')" 'physcpubind: 1 nodebind: 1 ' 'what numactl says'
}

# The last cache and the package of each CPU are its own: none spans nodes.
caches()
{
	# shellcheck disable=SC2016 # for the guest's shell
	in_guest -t "$tmp/even-odd.json" -- sh -c 'cd /sys/devices/system/cpu &&
		for i in 0 1 2 3; do cat cpu$i/cache/index3/shared_cpu_list cpu$i/topology/package_cpus_list; done'
	is "$code" 0 'the exit code' && is "$(tr '\n' ' ' <"$tmp/out")" '0 0 1 1 2 2 3 3 ' 'who shares them'
}

cpuless_first()
{
	taken cpuless-first --scale 1/4 || return 1
	rm -rf "$tmp/run"
	go exec -o "$tmp/run" -t "$tmp/cpuless-first.json" -- numactl --cpunodebind=0 busybox sleep 1
	is "$code" 0 'the exit code' || return 1
	is "$(head -1 "$tmp/err")" 'nodes of the file as the kernel numbers them: 0 is 1, 1 is 0' 'the heading' || return 1
	grep -q '^  *file  1' "$tmp/err" || no "no ids of the file: $(cat "$tmp/err")" || return 1
	is "$(tr -d ' \n' <"$tmp/run/result.json" | grep -o '"nids":[^]]*]')" '"nids":[1,0]' 'the map in result.json'
}

gaps() # KERNEL
{
	in_guest -k "$1" -t "$top/tests/topologies/gaps.json" -- sh -c 'cd /sys/devices/system/node &&
		cat online possible has_cpu has_memory node3/distance && cat node2/cpulist'
	is "$code" 0 'the exit code' && all_good "$run" || return 1
	is "$(tr '\n' ';' <"$tmp/out")" '0,2-4;0-4;0,2;0,2,4;13 18 10 20;1-2;' 'what the guest shows'
}

for kernel in 6.12 6.1; do
	t "a gap and an empty node on $kernel: all ids are the file's" gaps $kernel
done
# Nodes 0, 1, 2 and 8 of a machine, of which 2 has nothing.
ids_kept()
{
	go topo import "$top/tests/data/sysfs-import-gaps" --scale 1/1024 --cpus 1 --keep-ids -o "$tmp/kept.json"
	is "$code" 0 'the exit code of the import' || return 1
	in_guest -t "$tmp/kept.json" -- sh -c 'cd /sys/devices/system/node && cat online has_cpu has_memory node8/distance'
	is "$code" 0 'the exit code' && all_good "$run" || return 1
	is "$(tr '\n' ';' <"$tmp/out")" '0-2,8;0-1;0,8;17 28 40 10;' 'what the guest shows'
}
t 'an import with --keep-ids: the node ids of the machine' ids_kept
t 'even and odd CPUs: a program on CPU 1 is on node 1' even_odd
t 'even and odd CPUs: no cache spans nodes' caches
t 'a first node without CPUs: the heading and the table have both ids' cpuless_first

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
