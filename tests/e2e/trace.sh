#!/bin/sh
# The access trace: counts that were made by hand, to the unit; nothing of the guest changes; one run, one trace.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317,SC2329 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

count=$tmp/count
t 'the program of known counts' "$CC" -D_GNU_SOURCE -I"$top/harness" -O1 -static -o "$count" \
	"$top/tests/e2e/count.c" "$top/tests/e2e/count_cases.S"

# What each case executes, loads and stores (tests/e2e/count_cases.S), by the page: data, then its second page. The first
# mark is of the interval before, the last one is in it.
#	case|instructions|loads|stores|loads of the second page|stores to it
cases='nothing|1|0|0|0|0
load|3002|1000|0|0|0
store|3002|0|1000|0|0
misaligned|402|100|100|0|0
crossing|402|100|100|0|0
atomic|502|300|300|0|0
cmpxchg|5|2|3|0|0
rep_movsb|308|300|0|0|300
rep_stosq|70|0|64|0|0
fxsave|2|0|55|0|0
fxrstor|2|52|0|0|0
vector|3|1|1|0|0
fault|6|0|0|0|1
stack|10|2|3|0|0
long|201|0|0|0|0'

# What must stand in the trace of a case: sums by CPU, kind and the memory's node, of programs only; sorted.
want() # CASE:CPU:TEXT:TEXT2:DATA:DATA2:OFFSET FETCHES-OF-THE-SECOND-PAGE
{
	row=$(echo "$cases" | grep "^${1%%:*}|")
	echo "$row|$1" | tr ':' '|' | awk -F'|' -v behind="$2" '
		{ cpu = $8; add("f", $9, $2 - behind); add("f", $10, behind)
		  add("l", $11, $3); add("s", $11, $4); add("l", $12, $5); add("s", $12, $6) }
		function add(kind, node, n) { if (n) sum[cpu " " kind " " node] += n }
		END { for (k in sum) print k, sum[k] }' | sort
}

counted() # CASE:...
{
	awk -v want="$1" '/^interval / { here = $2 == want } /^region / { here = 0 }
		here && /^n / && $3 == "u" { print $2, $4, $5, $6 }' "$run/raw/exec.access" | sort
}

# The same of a region: by the CPU's node.
in_region() # CASE:... REGION
{
	awk -v want="$1" -v region="$2" '/^interval / { here = $2 == want; is = 0 } /^region / { is = $2 == region }
		here && is && /^r / && $3 == "u" { print $2, $4, $5, $6 }' "$run/raw/exec.access" | sort
}

exactly() # CASE:... [FETCHES-OF-THE-SECOND-PAGE]
{
	is "$(counted "$1")" "$(want "$1" "${2:-0}")" "the count of $1"
}

all_exactly()
{
	for spec in $specs; do
		exactly "$spec" || return 1
	done
}

trace_of() # TOPOLOGY SPEC...
{
	shape=$1
	shift
	in_guest -t "$shape" --trace --sample 3600000 -- "$count" "$@"
	is "$code" 0 'the exit code'
}

fails() # COMMAND...
{
	! "$@" 3>/dev/null
}

trace_digest() # DIR
{
	awk '/^ "trace": / { here = 1 } here && /^  "digest":/ { gsub(/[",]/, "", $2); print $2 }' "$1/result.json"
}

# --- to the unit ---
specs=''
for each in $(echo "$cases" | cut -d'|' -f1); do
	specs="$specs $each:1:0:0:0:1:0"
done
for text in 0 1; do
	for data in 0 1; do
		# one function's pages, on each CPU in turn
		for each in load store; do
			for cpu in 0 1 2 3; do
				specs="$specs $each:$cpu:$text:$text:$data:$data:0"
			done
		done
	done
done
# shellcheck disable=SC2086 # a list
t '2node: the program of known counts runs' trace_of 2node $specs long:2:0:1:0:0:3996 load:2:1:0:0:0:4082 faults:1:0:0:1:1:0 refault:1:0:0:1:1:0
t '... each case on CPU 1; each CPU, text node and data node: to the unit' all_exactly
t '... code across two pages, on two nodes: what lies in each' exactly long:2:0:1:0:0:3996 109
t '... a loop across them, its load the last byte of the first' exactly load:2:1:0:0:0:4082 2001
t '... two faults of one page: the first load is of the zero page' \
	is "$(counted faults:1:0:0:1:1:0)" "1 f 0 6
1 l 0 1
1 l 1 1
1 s 1 2" 'the count'
t '... one that reads, and faults on its write: it reads twice' \
	is "$(counted refault:1:0:0:1:1:0)" "1 f 0 3
1 l 0 2
1 l 1 1
1 s 1 1" 'the count'
t '... the region of its code has its fetches' is "$(in_region load:2:1:1:0:0:0 code)" '1 f 1 3002' 'the region'
t '... that of its data its loads' is "$(in_region load:2:1:1:0:0:0 data)" '1 l 0 1000' 'the region'
t '... the result is one of the schema' "$top/${B:-build}/unit/test_schema" "$run/result.json"
sed -i 's/^n 1 u l 0 1000$/n 1 u l 0 1001/' "$run/raw/exec.access"
t '... one load more would be noticed' fails all_exactly

# --- other machines: a node without memory, one without CPUs that Linux numbers otherwise, memory above the hole ---
specs='load:0:0:0:0:0:0 load:2:0:0:1:1:0 store:4:1:1:2:2:0 store:6:2:2:3:3:0 load:0:3:3:1:1:0'
# shellcheck disable=SC2086
t '4node: runs' trace_of 4node $specs
t '... to the unit' all_exactly
specs='load:2:0:0:2:2:0 store:3:2:2:0:0:0'
# shellcheck disable=SC2086
t 'memoryless: runs' trace_of memoryless $specs
t '... CPUs of the node without memory: to the unit' all_exactly
t '... theirs is node 1' is "$(in_region load:2:0:0:2:2:0 data)" '1 l 2 1000' 'the region'
specs='load:2:0:0:2:2:0 store:0:2:2:1:1:0'
# shellcheck disable=SC2086
t 'cpuless: runs' trace_of cpuless $specs
t "... the file's node 1 is the kernel's node 2: to the unit" all_exactly
t "... CPU 2 is on the kernel's node 1" is "$(in_region load:2:0:0:2:2:0 data)" '1 l 2 1000' 'the region'
specs='load:0:1:1:1:1:0 store:3:0:0:1:1:0'
# shellcheck disable=SC2086
t '2node-big, memory above 4 GiB: runs' trace_of 2node-big $specs
t '... to the unit' all_exactly

specs='load:0:0:0:1:1:0 store:2:1:1:1:1:0 load:3:1:1:0:0:0'
# shellcheck disable=SC2086
t 'dimm, hot-added memory: runs' trace_of dimm $specs
t '... to the unit' all_exactly

# --- a range of the user's, and mappings ---
in_guest -t 2node --trace --region buf=0x20000000,8 -- "$count" load:1:0:0:1:1:0
t 'exec --region: its accesses, to the unit' is "$(in_region load:1:0:0:1:1:0 buf)" '0 l 1 1000' 'the region'
spin='i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'
in_guest -t 2node --trace --sample 20 -- numactl -N 1 -m 0 busybox sh -c "$spin"
t 'exec: the program by its mappings, numactl as one' \
	grep -q '"name": "/ext4/bin/busybox text"' "$run/result.json"
t '... and numactl' grep -q '"name": "/bin/numactl"' "$run/result.json"

# --- nothing of the guest changes ---
few='-t 2node -j 2 -w bind -w text-binding -w fork-cow'
# shellcheck disable=SC2086
run $few
t 'untraced: passes' all_good "$run"
want=$(digest "$run")
# shellcheck disable=SC2086
run $few --trace
t 'traced: the same digest' is "$(digest "$run")" "$want" 'the digest'
traced=$(trace_digest "$run")
t '... and one of the trace' [ -n "$traced" ]
busy
# shellcheck disable=SC2086
run $few --trace
calm
t 'once more, with both cores busy: the same digest' is "$(digest "$run")" "$want" 'the digest'
t '... and the same of the trace' is "$(trace_digest "$run")" "$traced" 'the digest'
again=$("$numarig" check "$run" --json | awk '/^ "trace": / { here = 1 } here && /^  "digest":/ { gsub(/[",]/, "", $2); print $2 }')
t 'check makes the same trace again' is "$again" "$traced" 'the digest'

# --- a trace that is not to be believed ---
broken()
{
	go check "$run"
	is "$code" 3 'the exit code' || return 1
	grep -qF "$1" "$tmp/out" || no "check does not say \"$1\""
}
cp "$run/raw/bind.access" "$tmp/kept"
sed -i 's/^lost 0$/lost 2/' "$run/raw/bind.access"
t 'a trace that lost something is BROKEN' broken 'accesses whose CPU or memory could not be found out'
sed '$d' "$tmp/kept" >"$run/raw/bind.access"
t 'a trace cut off is BROKEN' broken 'is cut short'
t '... and the sums say so' grep -q '^  broken  bind' "$tmp/out"
rm "$run/raw/bind.access"
t 'a trace that is not there is BROKEN' broken 'there is none'
go exec -t 2node --region a=1,1 -- busybox true
t '--region without --trace: code 2' is "$code" 2 'the exit code'
finish
