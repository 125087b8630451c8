#!/bin/sh
# A verdict never depends on whether QEMU's answers were read in time: real machines under load whose answers come late, or not at all
# once the guest runs (tests/e2e/late.c). No BROKEN, and one digest.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
# LATE_RUNS=N: how many, 4 unless said; `make prove` does 200.
. "$(dirname "$0")/lib"
runs=${LATE_RUNS:-4}
own_cache cache

same() # HOW
{
	NUMARIG_LATE=$1 run -t 4node -w bind -w this-node -j 2
	is "$code" 0 'the exit code' && all_good "$run" || return 1
	word=$(digest "$run")
	want=${want:-$word}
	is "$word" "$want" 'the digest'
}

NUMARIG_LATE_QEMU=$(command -v "${NUMARIG_QEMU:-qemu-system-x86_64}")
export NUMARIG_LATE_QEMU
t 'the QEMU whose answers come late builds' "$CC" -std=gnu11 -D_GNU_SOURCE -O2 -o "$tmp/late" "$top/tests/e2e/late.c"
export NUMARIG_QEMU="$tmp/late"
want=''
t 'answers at once: a digest' same 0
busy
bad=0
for i in $(seq "$runs"); do
	case $((i % 4)) in 0) how=0 ;; 1) how=mute ;; 2) how=20 ;; 3) how=120 ;; esac
	same "$how" 3>"$tmp/why" || { bad=$((bad + 1)); sed "s/^/# run $i, $how: /" "$tmp/why"; }
done
calm
t "$runs runs, answers held back for 20 ms, 120 ms or for good: no BROKEN, one digest" [ "$bad" -eq 0 ]
finish
