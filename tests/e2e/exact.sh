#!/bin/sh
# Equal inputs, equal digest: whichever boot the snapshot is from, whatever else the cores do, wherever it was built.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

good() # ARG...: a run that ends well
{
	run "$@"
	is "$code" 0 "the exit code" && all_good "$run"
}

# A run that ends well and has the digest in $want, or sets it.
same() # ARG...
{
	good "$@" && is "$(digest "$run")" "$want" "the digest"
}

first() # ARG...
{
	good "$@" || return 1
	want=$(digest "$run")
	[ -n "$want" ] || no "the result has no digest"
}

same_verdicts() # ARG...
{
	good "$@" && is "$(verdicts "$run")" "$expected" "the list of outcomes"
}

# What steady.so did in each machine: docs/internals.md, 11.
steady() # MEMBER VALUE: of every machine of the last run
{
	grep -q "^     \"$1\": $2,\{0,1\}$" "$run/result.json" || no "no machine has $1 $2" || return 1
	! grep "^     \"$1\": " "$run/result.json" | grep -v ": $2,\{0,1\}$" >&3
}

t '4node, all workloads: PASS or XFAIL' first -t 4node -j 2
t '... no main loop went on while a CPU ran' steady let_go 0
t '... no QEMU can start another program' steady spawn_denied true
expected=$(verdicts "$run")
t 'another seed: the same verdicts' same_verdicts -t 4node -j 2 --seed 1
other=$(digest "$run")
t '... and another digest' [ "$other" != "$want" ]

NUMARIG_CACHE_SAVED=${NUMARIG_CACHE-unset}
own_cache cache
go cache clear snapshots
busy
t 'the same digest from a boot of its own, with both cores busy' same -t 4node -j 2
t '... a starved thread ends no hold' steady let_go 0
calm
if [ "$NUMARIG_CACHE_SAVED" = unset ]; then unset NUMARIG_CACHE; else NUMARIG_CACHE=$NUMARIG_CACHE_SAVED; fi

t 'check finds the kept run as it says' exits 0 go check "$run"

# Small sets: what takes a build or another kernel.
t 'a tree in another folder builds' another_tree "$tmp/far/away"
t 'one machine at a time: a digest' first -t 4node -w bind -w fork-cow
t 'two at a time: the same' same -t 4node -w bind -w fork-cow -j 2
t 'bind: a digest' first -t 4node -w bind
here=$numarig numarig=$tmp/far/away/build/numarig
t 'the same digest from a tree in another folder' same -t 4node -w bind
numarig=$here
t '6.1: a digest' first -t 4node -k 6.1 -w bind
t '6.1: the same again' same -t 4node -k 6.1 -w bind
finish
