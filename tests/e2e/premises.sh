#!/bin/sh
# Each check of each workload fails when its premise is broken: a check that cannot fail says nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

# The rows are those of the workloads' sabotage tables, as the unit test of the contract prints them, which also holds that every
# check is in one: topology|workload and parameters|further options|the checks that must fail, and others may.
rows()
{
	"$top/${B:-build}/unit/test_contract" premises
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

rows >"$tmp/rows"
t 'the workloads have rows, of more than one topology' [ "$(cut -d '|' -f 1 "$tmp/rows" | sort -u | wc -l)" -gt 1 ]
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
	done <"$tmp/group"
done <"$tmp/groups"
finish
