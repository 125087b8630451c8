#!/bin/sh
# What a run keeps and takes again, with a fake QEMU (tests/fake): the snapshot in the cache, one for each kernel command line, and
# the result that is there already.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317,SC2329 # fake is sourced; what stands in single quotes is for another shell; functions are called through t
. "$(dirname "$0")/fake"

make_place main
run good

checks() { "$numarig" check "$1" >"$said_out" 2>&1; } # DIR

# --- how a machine ended, in a run folder of before the file was named NAME.exit ---
cp -a "$out" "$at/kept"
mv "$at/kept/raw/bind.exit" "$at/kept/raw/bind.shot"
t 'NAME.shot: an older run folder checks' checks "$at/kept"
rm "$at/kept/raw/bind.shot"
"$numarig" check "$at/kept" >"$said_out" 2>&1 || :
t 'without it: the run is broken, and says why' grep -q 'the process that ran its machine died' "$said_out"
rm -rf "$at/kept"

# --- a workload with a kernel command line of its own ---
# shellcheck disable=SC2086 # a pattern
lists() { [ "$(cd "$1" && echo $2)" = "$3" ]; } # FOLDER PATTERN NAMES
snapshots() { [ "$(find "$cache/snapshots" -mindepth 1 -maxdepth 1 | wc -l)" -eq "$1" ]; }
fresh
run good -w bind -w cma-area -w cma-area -j 2
t 'its own line: two machines for three workloads' snapshots 2
own=boot-$(printf cma_pernuma=4M | sha256sum | cut -c 1-8).records
t 'its own line: the boot of each is kept' lists "$out/raw" 'boot*' "$own boot.records"
t 'its own line: stands in the plan, twice' [ "$(grep -c '^    "append": "cma_pernuma=4M",$' "$out/result.json")" -eq 2 ]
t 'its own line: and is not the inputs' grep -qx '  "append": "",' "$out/result.json"
t 'its own line: qemu.args has it' grep -q "^# cma-area#2: -append 'console=.* cma_pernuma=4M'$" "$out/qemu.args"
cp -a "$out" "$at/kept"
rm "$at/kept/raw/boot.records"
"$numarig" check "$at/kept" >"$said_out" 2>&1 || :
t 'its own line: judged by its own boot' [ "$(grep -c 'the guest did not show its machine' "$said_out")" -eq 1 ]
run good -w cma-area
t 'its own line: the plain machine is not asked for' lists "$out/raw" 'boot*' "$own"
t 'its own line: is used again' snapshots 2
run good -w bind -w cma-area -s cma_pernuma=4M
t 'the same as the user asks for: one machine' lists "$out/raw" 'boot*' boot.records
t 'the same as the user asks for: nothing in the plan' [ -z "$(grep '^    "append"' "$out/result.json")" ]
t 'the same as the user asks for: no other snapshot' snapshots 2
run good -w cma-area -s cma_pernuma=8M
t 'the user wants another value: that holds' grep -qx '  "append": "cma_pernuma=8M",' "$out/result.json"
rm -rf "$at/kept"
fresh

# --- the snapshot in the cache ---
# Whether one is made shows in the scenario that fails in the boot, and in the boot only.
cached() { run die-in-boot && [ "$code" -eq 0 ]; }
made_anew() { run die-in-boot && [ "$code" -eq 3 ]; }
file_of() { echo "$cache"/snapshots/*/"$1"; }
run good
t 'snapshot: is used again' cached
touch "$(file_of ram1)"
t 'snapshot touched: is used again' cached
for file in ram1 state records; do
	run good
	printf y | dd of="$(file_of $file)" bs=1 count=1 conv=notrunc 2>/dev/null
	t "snapshot with another byte in $file: is made anew" made_anew
	run good
	t "snapshot with another byte in $file: then all is well" [ "$code" -eq 0 ]
	rm "$(file_of $file)"
	t "snapshot without $file: is made anew" made_anew
done
unseen() # FILE: another byte in it, and a seal whose stamps know nothing of it: a disk did it
{
	printf y | dd of="$(file_of "$1")" bs=1 count=1 conv=notrunc 2>/dev/null
	stamp=$(stat -c '%i %s %.9Z' "$(file_of "$1")")
	sed -i "s/^\($1 [0-9a-f]*\) .*/\1 $stamp/" "$(file_of seal)"
}
for file in ram1 state records; do
	run good
	unseen $file
	t "snapshot with another byte in $file that stamps do not show: is made anew" made_anew
done
run good
rm "$(file_of sums)"
t 'snapshot without sums, of an older program: is used again' cached
t '... and has them then' [ -s "$(file_of sums)" ]
run good
: >"$(file_of seal)"
t 'snapshot with an empty seal: is made anew' made_anew
fresh
NUMARIG_FAKE=good start -w bind -o "$at/a" &
pid=$!
NUMARIG_FAKE=good "$numarig" run -t 4node -k "$kernel" -w bind -o "$at/b" >/dev/null 2>&1 && code=0 || code=$?
wait "$pid" && first=0 || first=$?
pid=
t 'two at once: both pass' [ "$first $code" = '0 0' ]
t 'two at once: one snapshot' [ -d "$(echo "$cache"/snapshots/*)" ]
rm -rf "$at/a" "$at/b"

# --- a result that is there stays ---
run good
before=$(cat "$out/result.json")
NUMARIG_FAKE=good start -w bind && code=0 || code=$?
t 'over a run directory: refused' [ "$code" -eq 2 ]
t 'over a run directory: the line' said "-o $out: exists and is no empty folder"
t 'over a run directory: it stays' [ "$before" = "$(cat "$out/result.json")" ]
rm -rf "$out"
mkdir "$out"
t 'over an empty folder' start -w bind
t 'results/latest is not for runs kept elsewhere' [ "$(readlink "$top/results/latest" || :)" != "$out" ]

finish
