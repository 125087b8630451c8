#!/bin/sh
# The cache model against valgrind's cachegrind: the same program, the same caches, what each counts within 2 %.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
# Of the model it is the user part of a marked phase; of cachegrind, which knows no phases, a run of the patterns without
# that of a run of none; two rounds come before in both, since the kernel, which writes the zeroes of the area, has some of
# it in the caches then. Without an L2, as cachegrind has two levels. What is left: the kernel's lines in the same caches (its
# faults, its ticks), and that the model's last level is inclusive, cachegrind's not. The agent does not sample meanwhile, and
# ticks are seldom: an instruction takes 2 ns, not 32. By default their lines take 3 % of the last level.
. "$(dirname "$0")/lib"

command -v valgrind >/dev/null || {
	skip 'the cache model against cachegrind' 'valgrind is not installed'
	finish
}
prog=$tmp/cached
"$CC" -O2 -static -Wall -Wextra -Werror -I"$top/harness" -o "$prog" "$top/tests/e2e/cached.c" || exit 3

# Four numbers: instructions, data accesses, misses of the L1d, misses of the last level.
cachegrind() # PATTERN ROUNDS OPTION...
{
	pattern=$1 rounds=$2
	shift 2
	valgrind --tool=cachegrind "$@" --cachegrind-out-file="$tmp/cg" "$prog" "$pattern" "$rounds" >"$tmp/output" 2>&1 || return 1
	awk '$1 == "summary:" { print $2, $5 + $8, $6 + $9, $4 + $7 + $10 }' "$tmp/cg"
}

# From the plugin's own file: docs/results.md, harness/result/access_caches.h.
model()
{
	awk '
		$1 == "interval" { on = $2 == "rounds" }
		on && $1 == "n" && $3 == "u" && $4 == "f" { insns += $6 }
		on && $1 == "c" && $2 == "u" && $3 == "level" { lines[$4] = $5; misses[$4] = $6 }
		END { print insns, lines[1], misses[1], misses[3] }' "$run"/raw/*.access
}

agrees() # PATTERN OPTIONS-OF-THE-MODEL OPTION-OF-CACHEGRIND...
{
	pattern=$1 options=$2
	shift 2
	in_guest --sample 3600000 --shift 1 -t uma "--trace=caches:$options" -- "$prog" "$pattern" 4
	is "$code" 0 'the exit code' || return 1
	if ! none=$(cachegrind "$pattern" 0 "$@") || ! all=$(cachegrind "$pattern" 4 "$@"); then
		no "valgrind: $(tail -n 3 "$tmp/output")"
		return 1
	fi
	echo "$none $all $(model)" | awk '
		NF != 12 { print "not twelve numbers: " $0; exit 1 }
		{
			split("instructions,data accesses,L1d misses,last-level misses", name, ",")
			for (i = 1; i <= 4; i++) {
				cg = $(4 + i) - $i; off = cg ? ($(8 + i) - cg) / cg : 1
				printf "%s: cachegrind %d, model %d: %+.2f %%\n", name[i], cg, $(8 + i), 100 * off
				if (off > 0.02 || off < -0.02) bad = 1
			}
			exit bad
		}' >&3
}

for pattern in stream strided anywhere transpose; do
	t "$pattern: 32K of 8 ways, 1M of 16" agrees "$pattern" l2=0,llc=1M --I1=32768,8,64 --D1=32768,8,64 --LL=1048576,16,64
	t "$pattern: 16K of 4 ways, 512K of 8, lines of 32 bytes" agrees "$pattern" \
		l2=0,l1i=16K,l1i_ways=4,l1d=16K,l1d_ways=4,llc=512K,llc_ways=8,line=32 --I1=16384,4,32 --D1=16384,4,32 --LL=524288,8,32
done
# and it can fail: other caches count otherwise
differs()
{
	! agrees transpose l2=0,l1d=16K,llc=1M --I1=32768,8,64 --D1=32768,8,64 --LL=1048576,16,64 3>"$tmp/off" &&
		grep -q '^instructions: .*0.0. %' "$tmp/off"
}
t 'half the L1d is seen' differs
finish
