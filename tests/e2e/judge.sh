#!/bin/sh
# What people do day by day, on real QEMU: two runs compared, a grid with a cell that fails and the line that runs it alone, the
# smallest that fails, a baseline made and kept, traces compared.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

says() # TEXT
{
	grep -qF -e "$1" "$tmp/out" || no "standard output does not say \"$1\": $(tail -n 20 "$tmp/out")"
}

t 'a run' exits 0 go run -t 2node -w bind -w balance-fault -o "$tmp/a"
t 'the same again' exits 0 go run -t 2node -w bind -w balance-fault -j 2 -o "$tmp/b"
t 'compare: the same inputs, to the unit' exits 0 go compare "$tmp/a" "$tmp/b"
t '... says so' says 'basis    the same inputs'
t 'another seed' exits 0 go run -t 2node -w bind -w balance-fault --seed 3 -o "$tmp/c"
t 'compare: another seed is refused' exits 2 go compare "$tmp/a" "$tmp/c"
t 'the other kernel' exits 0 go run -t 2node -k 6.1 -w bind -o "$tmp/k61"
t 'and this one' exits 0 go run -t 2node -k 6.12 -w bind -o "$tmp/k612"
# numastat's other_node counts what the kernel itself takes as well, which is a page more or less with another kernel
go compare "$tmp/k61" "$tmp/k612"
t 'compare: on another kernel it is not by the same inputs' says 'basis    not the same kernel, '
t '... and the pages that bind bound lie where they lay' eval '! grep -E "bind: (outcome|check|metric (area|task))" "$tmp/out" >&3'

# fork-cow's huge page is only there with huge pages
go run -t 2node,uma -w fork-cow -s thp.enabled=always,never -j 2 -o "$tmp/grid"
t 'a grid: the worst outcome' is "$code" 1 'the exit code'
t '... as a table' says '2node       thp.enabled=never   FAIL'
alone=$(sed -n 's/^  alone: .*numarig \(.* -t 2node .*\)$/\1/p' "$tmp/out")
t '... with the line that runs the cell alone' is "$alone" 'run -t 2node -k 6.12 -s thp.enabled=never -w fork-cow'
# shellcheck disable=SC2086 # words
t 'that line: fails as the cell did' exits 1 go $alone -o "$tmp/alone"
t '... exactly' is "$(digest "$tmp/alone")" "$(digest "$tmp/grid/2node-6.12-thp.enabled=never")" 'the digest'
t 'shrink: what fails' exits 1 go run -t 4node,2node -w fork-cow -s thp.enabled=never -s ksm.run=1 --shrink -o "$tmp/shrunk"
t '... fewest nodes, and only the knob that matters' says 'the smallest that fails: 2node-6.12-thp.enabled=never'

printf '{"topologies": ["2node"], "kernels": ["6.12"], "workloads": ["bind", "balance-fault"], "seeds": 3}\n' >"$tmp/plan.json"
regress() # ARG...
{
	rm -rf "$tmp/series"
	go regress --plan "$tmp/plan.json" --baselines "$tmp/base" -j 2 -o "$tmp/series" "$@"
}
t 'regress --accept' exits 0 regress --accept
t 'regress: to the unit' exits 0 regress
sed -i 's/^\(    "area": .*"0": \)[0-9]*/\1127/' "$tmp/base/6.12/2node.json"
t 'regress: a page moved by hand' exits 1 regress
t '... with the node named' says 'changed  bind: metric area on node 0: 127 -> 128 pages'

t 'traced' exits 0 go run -t 2node -w bind --trace -o "$tmp/t1"
t 'traced again' exits 0 go run -t 2node -w bind --trace -o "$tmp/t2"
t 'compare: the traces are equal, too' exits 0 go compare "$tmp/t1" "$tmp/t2"
t 'compare: a traced run and one that is not' exits 0 go compare "$tmp/t1" "$tmp/k612"
finish
