#!/bin/sh
# Each check of each workload fails when its premise is broken: a check that cannot fail says nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

# A row: topology | workload and parameters | further options | the checks that must fail, and others may.
# `fault` is a parameter for this test; `show workloads` says what each of its values breaks.
rows()
{
	cat <<-'END'
		2node | bind:fault=1 | | area-bound task-bound
		2node | bind:fault=2 | | counted-remote
		2node | bind:fault=4 | | as-found
		4node | bind:fault=5 | | pages-agree
		2node | bind:fault=3,pages=8192 | -s hugepages.2048kB.1=127 | no-miss
		4node | interleave:fault=1 | | area-even task-even area-by-offset task-by-offset counted
		4node | fork-cow:fault=1 | | writer-copies other-keeps huge-page
		4node | fork-cow:fault=2 | | last-owner
		4node | fork-cow:fault=3 | | by-area-policy by-task-policy
		4node | fork-cow:fault=4 | | on-writers-node
		4node | preferred-fallback:fault=1 | | sums-equal many-within interleaved-shifts preferred-survives
		4node | preferred-fallback:fault=2 | | spill-order counted
		4node | preferred-fallback:fault=3 | | bound-killed
		4node | text-binding:fault=1 | | own-pages cold-text warm-text shell-text
		4node | text-binding:fault=2 | | first-reader
		4node | text-binding:fault=4 | | text-stays
		4node | text-binding:fault=5 | | three-files
		4node | text-dropcache:fault=1 | | kept-is-mapped rest-stays
		4node | text-dropcache:fault=2 | | kept-is-mapped program-follows
		4node | text-dropcache:fault=3 | | first-run
		4node | text-dropcache:fault=4 | | alone-follows
		4node | text-copies:fault=1 | | cold-read across one-copy
		4node | text-copies:fault=2 | | own-pages
		4node | text-migrate:fault=1 | | alone-moves
		4node | text-migrate:fault=2 | | shared-stays
		4node | text-migrate:fault=3 | | root-moves-all
		4node | text-migrate:fault=4 | | own-moves
		4node | text-mbind:fault=1 | | alone-moves
		4node | text-mbind:fault=2 | | shared-stays strict-tells each-refused
		4node | text-mbind:fault=3 | | all-moves
		4node | text-replica:fault=1 | | replica-local costs
		4node | text-replica:fault=2 | | shared-remote
		4node | text-replica:fault=3 | | comes-back
		4node | fs-policy:fault=1 | | shmem-honours shmem-shares hugetlb-honours by-task
		4node | fs-policy:fault=2 | | page-cache-ignores hugetlb-shares
		4node | tmpfs-mpol:fault=1 | | by-mount over-task files-keep interleaves
		4node | tmpfs-mpol:fault=2 | | mapping-over
		4node | file-cache:fault=1 | | cold-read warm-read next-window written private-copy
		4node | file-cache:fault=2 | | window
		4node | file-move:fault=1 | | dirty-moves clean-moves tmpfs-moves
		4node | file-move:fault=2 | | stays-dirty
		4node | file-move:fault=4 | | twice-stays
		4node | balance-classic:fault=1 | | off-means-off
		4node | balance-classic:fault=2 | | bound-stays bound-scanned
		4node | cma-area:fault=1 | -k lab | pushed-out counted
		4node | cma-area:fault=2 | -k lab | holds-users
		4node | cma-area:fault=3 | -k lab | intact
		4node | cma-area:fault=4 | -k lab | stays-on-node
		4node | cma-area:fault=5 | -k lab | leaves-node
		4node | cma-area:fault=6 | -k lab | given-back
		pxb | cma-pernuma:fault=1 | -k lab | own-area given-address
		pxb | cma-pernuma:fault=2 | -k lab | own-area
		pxb | cma-pernuma:fault=3 | -k lab | area-in-node given-address
		pxb | cma-pernuma:fault=4 | -k lab | full-area
		pxb | cma-pernuma:fault=5 | -k lab | follows-numa-node
		pxb | cma-pernuma:fault=6 | -k lab | given-back
		4node | balance-classic:deadline_ms=5000 | -s balancing.mode=0 | follows balancer-moved
		4node | topology:fault=1 | | slit-shown as-declared
		4node | topology:fault=2 | | srat-memory srat-cpus
		4node | odd-nodes:fault=1 | | nearest
		cpuless | odd-nodes:fault=1 | | nearest cpuless-untouched
		memoryless | odd-nodes:fault=2 | | memoryless-refused memoryless-dropped
		4node | weighted-interleave:fault=1 | | weighted task-weighted by-offset live
		4node | weighted-interleave:fault=2 | | not-counted
		4node | weighted-interleave:fault=3 | | known
		4node | weighted-interleave:fault=4 | | full-shifts
		4node | ksm-merge:fault=1 | | unasked-twice
		4node | ksm-merge:fault=2 | | merged pss-shrinks write-copies
		4node | ksm-merge:fault=3 | | write-copies
		4node | ksm-merge:fault=4 | | on-writers-node
		4node | ksm-across:fault=1 | | binding-lost one-stable-page apart-by-policy within-nodes
		4node | ksm-across:fault=2 | | busy move-skips
		4node | ksm-across:fault=3 | | move-all
		4node | ksm-across:fault=4 | | apart-by-shell
		4node | ksm-across:fault=5 | | within-nodes
		4node | ksm-scan:fault=1 | | zero-page
		4node | ksm-scan:fault=2 | | zeroes-unmerged
		4node | ksm-scan | -s ksm.smart_scan=0 | smart-scan
		4node | balance-fault:fault=1 | | right-restores
		4node | balance-fault:fault=2,deadline_ms=1500 | | wrong-migrates one-fault two-faults written-forgets huge-whole
		4node | balance-fault:fault=3 | | two-faults
		4node | balance-fault:fault=4 | | huge-whole
		4node | balance-fault:fault=5 | | asking-faults
		4node | balance-scan:fault=1 | | in-steps
		4node | balance-scan:fault=2 | | nothing-moves
		4node | balance-scan:fault=3 | | nothing-moves costs
		4node | balance-scan:fault=4 | | starts-anew
		4node | balance-scan | -s balancing.scan_period_max_ms=40 | adapts
		4node | balance-task:fault=1,deadline_ms=3000 | | thread-follows bound-draws
		4node | balance-task:fault=2 | | memory-follows
		4node | balance-task:fault=3,deadline_ms=3000 | | bound-draws
		4node | balance-never:fault=1 | | bound-stays local-stays merged-stays text-stays hugetlb-stays dirty-stays forked-stays
		4node | balance-never:fault=2,deadline_ms=2000 | | plain-moves locked-moves file-moves moves-within shared-moves
		4node | fallback-order:fault=1 | | by-zonelist by-distance as-said
		4node | fallback-order:fault=2 | | by-zonelist by-distance as-said
		4node | this-node:fault=1 | | pool-stays pool-elsewhere move-stays move-silent migrate-stays mbind-falls-back
		4node | policy-scope:fault=1 | | by-thread by-fork by-exec
		4node | policy-scope:fault=2 | | not-across not-back
		4node | policy-area:fault=1 | | area-first cut-and-joined each-part
		4node | policy-area:fault=2 | | back-to-task tables-by-task
		4node | policy-kept:fault=1 | | over-changes home-first with-the-file area-binds-others toucher-decides
		4node | policy-kept:fault=2 | | toucher-decides
		4node | early-boot:fault=1 | | not-later local-later
		4node | early-boot:fault=2 | | boot-interleaves tables-spread
		4node | watermarks:fault=1 | | ordered zone-places
		4node | watermarks:fault=2 | | wakes-at-low
		4node | watermarks:fault=3 | | reclaims-at-min
		4node | watermarks:fault=4 | | kswapd-balances
		2node | watermarks:fault=5 | | only-its-own
		4node | compaction:fault=1 | | mlocked-stay
		4node | compaction:fault=2 | | that-node-only
		4node | compaction:fault=3 | | by-node by-all same-node
		4node | compaction-direct:fault=1 | | compacts-first pages-stay
		4node | compaction-direct:fault=2 | | reclaims-second
		4node | thp-modes:fault=1 | | always-huge madvise-asks kept reserves read-spoils middle-sized
		4node | thp-modes:fault=2 | | madvise-asks never-none reserves
		4node | thp-modes:fault=3 | | always-huge madvise-asks never-none refused read-spoils middle-sized
		4node | thp-modes:fault=4 | | refused
		4node | thp-modes:fault=5 | | collapse-where-most collapse-over-bind
		4node | thp-modes:fault=6 | | collapse-where-most collapse-over-bind
		4node | thp-modes:fault=7 | | read-spoils
		4node | pinned:fault=1 | | pinned-stays count-returned status-told bound-moves strict-tells released-moves huge-pinned-stays
		4node | pinned:fault=2 | | plain-moves locked-moves released-moves huge-moves pools-follow huge-inside
		4node | allocator-paths:fault=1 | | slow-path reclaims
		4node | allocator-paths:fault=2 | | real-time-reserve
		4node | hugetlb-pool:fault=1 | | empty-pool
		4node | hugetlb-pool:fault=2 | | task-bound-enomem area-bound-sigbus
		4node | hugetlb-pool:fault=3 | | by-mempolicy surplus
		4node | hugetlb-pool:fault=4 | | pools-kept
		4node | hugetlb-pool:fault=5 | | spread
		4node | hugetlb-pool:fault=6 | | ten-to-nine not-paged-out
		4node | hugetlb-fragmented:fault=1 | | run-time-short
		4node | hugetlb-fragmented:fault=2 | | run-time-compacts
		4node | hugetlb-fragmented:fault=3 | | huge-page-stays
		4node | thp-defrag:fault=1 | | nothing-paid deferred-free
		4node | thp-defrag:fault=2 | | direct-compacts short-lived-pays
		4node | thp-defrag:fault=3 | | nothing-paid direct-compacts
		4node | compact-pinned:fault=1 | | locked-stays
		4node | compact-pinned:fault=2 | | plain-moves locked-moves released-moves
		4node | compact-pinned:fault=3 | | pinned-stays
		4node | compact-pinned:fault=4 | | same-node
		4node | cpuset:fault=1 | | confined numa-stat killed
		4node | cpuset:fault=2 | | pages-follow shared-follows rebound
		2node-big | hugetlb-boot | -s boot.hugepages=0:2000 -s boot.hugepages_1g=1:2 | boot-2m boot-1g
		2node-big | hugetlb-boot:fault=1 | -s boot.hugepages_1g=1:1 | run-time-1g
		4node | task-spread:fault=1 | | own-cpu fork-leaves exec-leaves
		far | task-spread:fault=2 | | within-reach
		4node | migrate-latency:fault=1 | | moved-waits batch-waits huge-waits worst-rises all-moved
		4node | migrate-latency:fault=2 | | others-free
		4node | migrate-latency:fault=3 | | none-lost
		4node | text-copies:fault=1 | --trace | fetched-from-home fetched-alike
		4node | text-replica:fault=1 | --trace | fetches-local
		4node | text-replica:fault=2 | --trace | fetches-remote
		4node | fork-cow:fault=3 | --trace | stores-arrive
		4node | fork-cow:fault=2 | --trace | stores-stay
		4node | balance-classic:fault=1 | --trace | all-remote-off
		4node | balance-classic:fault=2 | --trace -s balancing.mode=0 | all-local-bound
		4node | balance-classic:deadline_ms=1000 | --trace -s balancing.mode=0 | all-local-after
		4node | balance-scan:fault=3 | --trace | kernel-pays
		4node | balance-scan:fault=5 | --trace | clock-agrees
		4node | allocator-paths:fault=1 | --trace | faults-alike slow-costs
		4node | allocator-paths:fault=3 | --trace | clock-agrees
		4node | thp-defrag:fault=1 | --trace | kernel-pays
		4node | thp-defrag:fault=2 | --trace | zeroes kernel-pays
		4node | migrate-latency:fault=4 | --trace | others-work
		4node | migrate-calls:fault=1 | | status-matrix error-matrix one-bit-less strict-refuses held-stay counted keeps-order
	END
}

# What a result says: "LABEL CHECK OUTCOME" for each check, "LABEL - OUTCOME" for the workload, "bind#2" being the second.
# Those of its trace stand one level deeper, and make an outcome worse.
outcomes() # DIR
{
	awk '
		function value() { gsub(/^[^:]*: "|",*$/, ""); return $0 }
		/^      ?"actual":/ { is_check = 1 }
		/^      ?"name":/ && is_check { name = value() }
		/^      ?"outcome":/ && is_check { checks = checks " " name ":" value(); is_check = 0 }
		/^    ?"name":/ {
			label = value()
			n = split(checks, each, " ")
			for (i = 1; i <= n; i++) { split(each[i], part, ":"); print label, part[1], part[2] }
			checks = ""
		}
		/^    ?"outcome":/ { if (outcome[label] != "fail") outcome[label] = value() }
		END { for (label in outcome) print label, "-", outcome[label] }' "$1/result.json"
}

# Rows of one topology and the same options share a run: the n-th entry of a workload has the label NAME#N.
one_group() # TOPOLOGY OPTIONS
{
	set -- "$1" "$2" -t "$1" -j 2
	while read -r workload _; do
		set -- "$@" -w "$workload"
	done <"$tmp/group"
	options=$2
	shift 2
	# shellcheck disable=SC2086 # a list of words
	run "$@" $options
	outcomes "$run" >"$tmp/outcomes" 2>"$tmp/err.outcomes" || : >"$tmp/outcomes"
}

fails() # LABEL CHECK...
{
	label=$1
	shift
	is "$(sed -n "s/^$label - //p" "$tmp/outcomes")" fail "the outcome of $label" || return 1
	for check; do
		is "$(sed -n "s/^$label $check //p" "$tmp/outcomes")" fail "$check" || return 1
	done
}

# The lab kernel is built by hand: without it its rows say so.
lab=''
go list kernels
! grep -q '^lab .*not built' "$tmp/out" || lab='the lab kernel is not built: make lab-kernel'

# All that are shown to fail, "WORKLOAD CHECK" a line.
: >"$tmp/shown"
rows | sed 's/ *| */|/g; s/ *$//' >"$tmp/rows"
cut -d '|' -f 1,3 "$tmp/rows" | awk '!seen[$0]++' >"$tmp/groups"
while IFS='|' read -r topology options; do
	awk -F '|' -v t="$topology" -v o="$options" '$1 == t && $3 == o { print $2, $4 }' "$tmp/rows" >"$tmp/group"
	case $options in
	*'-k lab'*) why=$lab ;;
	*) why='' ;;
	esac
	[ -n "$why" ] || one_group "$topology" "$options"
	: >"$tmp/labels"
	while read -r workload checks; do
		name=${workload%%:*}
		count=$(($(grep -c "^$name\$" "$tmp/labels") + 1))
		echo "$name" >>"$tmp/labels"
		label=$name
		[ "$count" -eq 1 ] || label=$name#$count
		if [ -n "$why" ]; then
			skip "$topology $workload${options:+ $options}: fails $checks" "$why"
		else
			# shellcheck disable=SC2086 # a list of words
			t "$topology $workload${options:+ $options}: fails $checks" fails "$label" $checks
		fi
		for check in $checks; do
			echo "$name $check" >>"$tmp/shown"
		done
	done <"$tmp/group"
done <"$tmp/groups"

# No check without a row: what the workloads promise, by their own documentation.
go show workloads
awk '/^[a-z]/ { name = $1; sub(":", "", name) } /^  [a-z]/ { checks = $1 ~ /^(trace_)?checks/ } /^    / && checks { print name, $1 }' \
	"$tmp/out" >"$tmp/promised"
t 'the program documents checks' [ -s "$tmp/promised" ]
missing=$(grep -vxF -f "$tmp/shown" "$tmp/promised" | tr '\n' ',')
t 'no check without a row here' is "$missing" '' 'the list of those without'
finish
