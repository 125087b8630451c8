#!/bin/sh
# Every way in which QEMU or the guest can fail a run, played by a fake QEMU (tests/fake): exit code, the one line or
# the outcome and its reason, and that nothing is left behind.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317,SC2329 # fake is sourced; what stands in single quotes is for another shell; functions are called through t
. "$(dirname "$0")/fake"

# --- all is well ---
make_place main
run good
t 'good: passes' [ "$code" -eq 0 ]
t 'good: outcome, and nothing is left' ends_so 0 pass ''
cp "$out/result.json" "$work/good.json"
run good
t 'good, from the snapshot: the same but for host times' [ "$(grep '"digest"' "$out/result.json")" = "$(grep '"digest"' "$work/good.json")" ]
run stderr-words
t 'a warning of QEMU is no failure' [ "$code" -eq 0 ]
run good -w bind -e fast
t 'engine fast: one machine boots and runs' ends_so 0 pass ''

# --- the access trace: this QEMU takes no plugins ---
run good -w bind --trace
t 'a QEMU without plugins: runs untraced' ends_so 0 pass ''
t '... the trace is a SKIP, with the reason' \
	grep -qx "SKIP   access trace: QEMU 10.0.2 (fake) does not take the access trace's plugin: fake: not the command line .*" "$said_out"
t '... and so in the result' grep -q '"lacks": "QEMU 10.0.2 (fake) does not take' "$out/result.json"
run good -w bind --trace -e fast
t 'engine fast: no trace, code 2' [ "$code" -eq 2 ]

# --- several runs in one folder ---
cells() { (cd "$out" && [ "$(echo *)" = "$1" ]); } # NAMES
run good -w bind --seeds 2 -j 2
t 'a series: passes, a folder for each, nothing is left' eval '[ $code -eq 0 ] && cells "seed0 seed1 series.json" && gone'
t 'a series: each is a whole run' [ -s "$out/seed1/result.json" ]
t 'a series: another schedule, another digest' \
	[ "$(cat "$out"/seed*/result.json | grep -c '^ "digest"'),$(cat "$out"/seed*/result.json | grep '^ "digest"' | sort -u | wc -l)" = 2,2 ]
run panic -w bind -s thp.enabled=never,always
t 'a series of what panics: code 3, kept, nothing is left' eval '[ $code -eq 3 ] && [ -s "$out/series.json" ] && gone'
t 'a series of what panics: why' grep -q '^  bind: .*Kernel panic' "$said_out"
t 'a series of what panics: the line that runs it alone' \
	grep -qxF "  alone: $numarig run -t 4node -k $kernel -s thp.enabled=always -w bind" "$said_out"
run panic -w bind -s thp.enabled=never -s ksm.run=1 --shrink
t 'shrink: the smallest that fails' grep -qx 'the smallest that fails: 4node-bzImage' "$said_out"
t 'shrink: no larger one was run' cells '4node-bzImage series.json'
run good -w bind -s thp.enabled=never -s ksm.run=1 --shrink
t 'shrink: nothing fails' eval '[ $code -eq 0 ] && ! grep -q smallest "$said_out" && [ -d "$out/4node-bzImage-thp.enabled=never-ksm.run=1" ]'

# --- what takes seconds runs beside the rest, each in a place of its own ---
later() # SCENARIO DEADLINE: to be looked at by now()
{
	make_place "$1"
	cp -r "$work/main/cache" "$cache"
	fresh
	NUMARIG_FAKE=$1 NUMARIG_DEADLINE=$2 start -w bind &
	waiting="$waiting $!"
	eval "pid_of_$(echo "$1" | tr - _)=$!"
	place main
}
now() # SCENARIO: the place is that one's, exit code in $code
{
	place "$1"
	eval "wait \$pid_of_$(echo "$1" | tr - _)" && code=0 || code=$?
}
later close-qmp 3
later never-stop 1
later mute-qmp 1
later restore-fails 20
later close-qmp-in-the-middle 1
for scenario in garbage-at-cont garbage-in-the-middle; do later $scenario 1; done
later spins 2
later never-ends 1

# --- QEMU itself ---
forget() { rm -f "$cache"/hashes/asked-*; }
for version in 7.2.19 8.1.5; do
	forget
	run "version-${version%.*}"
	t "QEMU $version is too old" grep -qF "numarig: $fake: QEMU $version" "$said_err"
	t "QEMU $version is too old: one line, code 3, nothing left" \
		fails_so 3 "$(sed -n '1s/^numarig: //p' "$said_err")"
	t "QEMU $version is too old: what is needed" grep -q 'is too old, 8.2 or later is needed$' "$said_err"
done
forget
run version-8.2
t 'QEMU 8.2 will do' [ "$code" -eq 0 ]
run version-8.2 -t "$top/tests/topologies/gaps.json"
t 'QEMU 8.2 has no generic initiator: an online empty node is refused' \
	fails_so 3 'gaps: node 3 is empty and online: want QEMU 9.0 or later, this is 8.2.0'
forget
run no-qemu-words
t 'no QEMU: the line' fails_so 2 "$fake --version: prints \"Hello, world\", which is no QEMU"
forget
run version-fails
t 'a QEMU that does not start: the line' fails_so 2 \
	"$fake --version: prints \"qemu-system-x86_64: error while loading shared libraries: libfdt.so.1\", which is no QEMU"
forget

run no-sandbox
t 'a QEMU built without seccomp: runs without -sandbox' ends_so 0 pass ''
t '... doctor says so' eval 'NUMARIG_FAKE=no-sandbox "$numarig" doctor -k "$kernel" | grep -q "^ok   sandbox .*without seccomp"'
forget
printf '#!/bin/sh\nunset LD_PRELOAD\nexec %s "$@"\n' "$fake" >"$work/main/bin/without"
chmod +x "$work/main/bin/without" && fresh
NUMARIG_QEMU=$work/main/bin/without run good
t 'a QEMU that steady.so does not come into: one line, code 3' \
	fails_so 3 "4node: booting: $work/main/bin/without: runs without $top/${B:-build}/steady.so, so nothing it does would be exact: its loader did not take the library (a static QEMU, one with file capabilities or set-user-id, or a folder mounted noexec)"
fresh

# --- the boot that makes the snapshot ---
error die-at-start 3 '4node: booting: QEMU ended with exit code 1: -accel tcg: invalid accelerator tcg'
error die-without-a-word 3 '4node: booting: QEMU ended with exit code 1 without a message'
error crash-at-start 3 '4node: booting: QEMU was killed by SIGSEGV without a message'
error garbage-qmp 3 "4node: booting: QEMU's control channel: is no QMP: \"Hello, world\""
error no-greeting 3 "4node: booting: QEMU's control channel: does not begin with a QMP greeting"
error endless-qmp 3 "4node: booting: QEMU's control channel: a line of more than 1048576 bytes"
error die-at-cont 3 '4node: booting: QEMU ended with exit code 1: Could not allocate dynamic translator buffer'
error boot-panic 3 "4node: booting: the guest's kernel died: Kernel panic - not syncing: VFS: Unable to mount root fs"
error boot-gives-up 3 "4node: booting: the guest's agent gave up: job: fw_cfg has no opt/numarig/job that can be read"
error boot-resets 3 '4node: booting: the guest reset itself without a message on its console'
error die-in-boot 3 '4node: booting: QEMU ended with exit code 1: KVM internal error'
error migrate-fails 3 "4node: booting: QEMU could not move the machine's state: Unable to write to file: No space left on device"
error die-in-migrate 3 '4node: booting: QEMU ended with exit code 1: file migration: oops'
error boot-half-frame 3 '4node: booting: record 17 at byte 18323: its head is cut off'

# --- the guest lies about its machine ---
for lie in \
	'wrong-distance:4node: distance from node 1 to node 2: the file says 15, the guest shows 16' \
	'wrong-cpus:4node: CPUs of node 1: the file says 2-3, the guest shows 2 (nid 1)' \
	'missing-online:4node: /sys/devices/system/node/node0/distance: want 3 numbers, one per online node'; do
	fresh
	outcome "${lie%%:*}" 3 broken "${lie#*:}"
done
fresh

# --- the restored machine ---
run good
outcome die-in-restore 3 broken 'QEMU ended with exit code 1: load of migration failed: Invalid argument'
export NUMARIG_FAKE_ONLY=raw/
outcome die-at-start 3 broken 'QEMU ended with exit code 1: -accel tcg: invalid accelerator tcg'
outcome garbage-qmp 3 broken "QEMU's control channel: is no QMP: \\\"Hello, world\\\""
outcome die-at-cont 3 broken 'QEMU ended with exit code 1: Could not allocate dynamic translator buffer'
unset NUMARIG_FAKE_ONLY
outcome die-in-the-middle 3 broken 'QEMU ended with exit code 1: Bad ram pointer (nil)'
outcome abort-in-the-middle 3 broken 'QEMU was killed by SIGABRT'
outcome panic 3 broken "the guest's kernel died: Kernel panic - not syncing: Fatal exception"
outcome oops 3 broken "the guest's kernel died: BUG: kernel NULL pointer dereference, address: 0000000000000008"
outcome silent-exit 3 broken 'the guest reset itself without a message on its console'
outcome hang 3 broken 'the guest hangs: its agent got no CPU for 30 s of virtual time'
outcome flood 3 broken 'the guest sent more than 96 MiB of records, the limit'
outcome console-flood 3 broken 'the guest wrote more than 16 MiB to its console, the limit'
# QEMU 8.2: a short guest is done, and QEMU gone, before `cont` is answered; a warning is no cause of an end
outcome cont-unanswered 0 pass ''
outcome cont-unanswered-dies 3 broken 'QEMU ended with exit code 1: Bad ram pointer (nil)'
outcome warns-and-dies 3 broken 'QEMU ended with exit code 1: without a message'
outcome cont-refused 3 broken 'QEMU refused cont: Resetting the Virtual Machine is required'
outcome words-not-utf8 3 broken 'QEMU ended with exit code 1: ???'
outcome panic-not-utf8 3 broken "the guest's kernel died: BUG: ???"

# --- the record stream ---
outcome no-records 3 broken 'the record stream stops after 0 records, without its end'
outcome half-frame 3 broken 'record 36 at byte 3222: its head is cut off'
outcome no-end 3 broken 'the record stream stops after 36 records, without its end'
outcome goes-on 3 broken 'the record stream goes on for 6 bytes after its end'
outcome bad-crc 3 broken 'record 11 (value area): its checksum is wrong'
outcome lost-record 3 broken 'record 1 is missing: 2 (phase start) stands in its place'
outcome no-record-at-all 3 broken 'record 0 at byte 0: is no record: \"ORG hello 0 1000000000 8 9f93f930 1\"'
outcome unknown-value 3 broken 'reports \"arae\", which its table of metrics does not have'
outcome malformed-value 3 broken 'record 35 (value area): is no node and number'
outcome change-of-nothing 3 broken 'record 35 (delta /proc/never): changes a file that was never sent'

# --- the workload ---
outcome lies-about-values 1 fail ''
t 'lies-about-values: the check that says so' grep -qF '"actual": "' "$out/result.json"
outcome skips 77 skip 'the kernel has no mempolicy'
outcome workload-broken 3 broken 'workload: mmap: Cannot allocate memory'
outcome workload-says-bytes 3 broken 'workload: ?(?'
outcome workload-fails 3 broken 'ended with exit code 3'
outcome workload-crashes 3 broken 'crashed: SIGSEGV (Segmentation fault)'
outcome workload-oom 3 broken 'was killed by the OOM killer: Out of memory: Killed process 77 (workloads)'
outcome workload-late 3 broken 'has not ended after 30 s of virtual time'
outcome workload-floods 3 broken 'floods the record channel: more than 4194304 bytes'
outcome workload-code-lies 3 broken 'record 35 (exit code): is out of range'
outcome workload-signal-lies 3 broken 'record 35 (exit signal): is out of range'
outcome workload-vanishes 3 broken 'record 35 (exit somehow): is no known end'

# One of two machines dies: the other's result stands.
export NUMARIG_FAKE_ONLY='bind#2'
run die-in-the-middle -w bind -w bind:pages=16 -j 2
t 'one of two dies: code 3' [ "$code" -eq 3 ]
t 'one of two dies: the other passes' grep -qx '2 workloads: 1 pass, 1 broken' "$said_out"
t 'one of two dies: nothing is left' gone
unset NUMARIG_FAKE_ONLY

# --- signals ---
until_there() # FOLDER PATH: until a workspace there has that file, not empty; a minute at most
{
	tries=0
	until [ -s "$(echo "$1"/.work-*/"$2")" ]; do
		tries=$((tries + 1))
		[ $tries -lt 3000 ] || return 1
		sleep 0.02
	done
}
until_gone()
{
	tries=0
	while fakes_live; do
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || return 1
		sleep 0.02
	done
}
swept() # a child that was caught between fork and exec may hold the workspace's lock for a moment longer
{
	tries=0
	until gone >"$work/gone"; do
		tries=$((tries + 1))
		[ $tries -lt 20 ] || { cat "$work/gone"; return 1; }
		run good
	done
}
interrupt() # SIGNAL SCENARIO FOLDER PATH: exit code in $code
{
	rm -rf "$out"
	NUMARIG_FAKE=$2 env --default-signal=HUP "$numarig" run -t 4node -k "$kernel" -w bind -o "$out" >"$said_out" 2>"$said_err" &
	pid=$!
	until_there "$3" "$4" || :
	kill "-$1" "$pid"
	wait "$pid" && code=0 || code=$?
	pid=
}
number() # SIGNAL
{
	case $1 in HUP) echo 1 ;; INT) echo 2 ;; TERM) echo 15 ;; esac
}
run good
for sig in INT TERM HUP; do
	interrupt $sig never-ends "$at" raw/bind.records
	t "SIG$sig while the job runs" fails_so $((128 + $(number $sig))) "interrupted by SIG$sig"
done
rm -rf "$out"
NUMARIG_FAKE=never-ends "$numarig" run -t 4node -k "$kernel" -w bind --seeds 2 -j 2 -o "$out" >"$said_out" 2>"$said_err" &
pid=$!
tries=0
until [ -n "$(find "$at" -path '*/series/.work-*/raw/bind.records' -size +0)" ] || [ $tries -eq 3000 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
kill -TERM "$pid"
wait "$pid" && code=0 || code=$?
pid=
t 'SIGTERM while a series runs' fails_so 143 'interrupted by SIGTERM'
interrupt KILL never-ends "$at" raw/bind.records
t 'SIGKILL while the job runs: QEMU dies with it' until_gone
run good
t 'SIGKILL: the next run passes' [ "$code" -eq 0 ]
t 'SIGKILL: what was left is swept' swept
fresh
interrupt TERM never-stop "$cache/tmp" job
t 'SIGTERM while it boots' fails_so 143 'interrupted by SIGTERM'
interrupt KILL never-stop "$cache/tmp" job
t 'SIGKILL while it boots: QEMU dies with it' until_gone
run good
t 'SIGKILL while it boots: the next run passes' [ "$code" -eq 0 ]
t 'SIGKILL while it boots: what was left is swept' swept

# --- the socket for gdb: in a folder that only its owner can enter, and that goes with the run ---
doors() { find "$TMPDIR" -mindepth 1 -maxdepth 1 -type d -name 'numarig-gdb.*' -perm 0700; }
rm -rf "$out"
env -u XDG_RUNTIME_DIR "$numarig" run -t 4node -k "$kernel" -w bind --gdb -o "$out" >"$said_out" 2>"$said_err" &
pid=$!
until_there "$at" raw/bind.job || :
t '--gdb: the line for gdb, a folder of mode 0700' grep -qF -- "-ex 'target remote $(doors)/gdb'" "$said_err"
kill -TERM "$pid"
wait "$pid" && code=0 || code=$?
pid=
t '--gdb, SIGTERM: code 143' [ "$code" -eq 143 ]
t '--gdb, SIGTERM: nothing is left' gone

# --- what was left for later ---
while read -r scenario line; do
	now "$scenario"
	t "$scenario: $line" fails_so 3 "$line"
	t "$scenario: no snapshot is kept" no_snapshot
done <<'END'
close-qmp 4node: booting: QEMU closed its control channel
never-stop 4node: booting: QEMU makes no progress: it used less than 0.1 s of CPU time in 1 s (NUMARIG_DEADLINE=SECONDS waits longer)
mute-qmp 4node: booting: QEMU does not answer on its control channel: it used less than 0.1 s of CPU time in 1 s (NUMARIG_DEADLINE=SECONDS waits longer)
garbage-at-cont 4node: booting: QEMU's control channel: is no QMP: "[1, 2]", and did not end
END
while read -r scenario why; do
	now "$scenario"
	t "$scenario: broken: $why" ends_so 3 broken "$why"
done <<'END'
restore-fails QEMU could not move the machine's state: Invalid argument
close-qmp-in-the-middle QEMU closed its control channel, and did not end
garbage-in-the-middle QEMU's control channel: is no QMP: \"?? no QMP\", and did not end
never-ends QEMU makes no progress: it used less than 0.1 s of CPU time in 1 s (NUMARIG_DEADLINE=SECONDS waits longer)
spins QEMU has not ended: it has used 2 s of CPU time, the limit (NUMARIG_DEADLINE=SECONDS raises it)
END
place main
waiting=''

# --- a full disk: a small tmpfs in a mount namespace of our own ---
mkdir "$work/small"
small() # MIB COMMAND...: runs with a tmpfs of that size at $work/small
{
	size=$1
	shift
	unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size="$0"m none "$1" || exit 99; shift; exec "$@"' \
		"$size" "$work/small" "$@"
}
if small 1 true 2>/dev/null; then
	run good
	NUMARIG_FAKE=much-ram small "$(($(du -sm "$cache/guests" | cut -f1) + 8))" sh -c 'cp -r "$1/guests" "$1/hashes" "$2" && NUMARIG_CACHE=$2 "$3" run -t 4node -k "$4" -w bind -o "$5"
		code=$?; find "$2" -name ".work-*" -o -path "*/snapshots/*" >&2; exit $code' \
		- "$cache" "$work/small" "$numarig" "$kernel" "$at/full" >"$said_out" 2>"$said_err" && code=0 || code=$?
	t 'disk full while saving a snapshot: code 3' [ "$code" -eq 3 ]
	t 'disk full while saving a snapshot: one line' [ "$(wc -l <"$said_err")" -eq 1 ]
	t 'disk full while saving a snapshot: says so' grep -q '^numarig: .*: No space left on device$' "$said_err"
	t 'disk full while saving a snapshot: no run directory' [ ! -e "$at/full" ]
	NUMARIG_FAKE=good small 1 sh -c 'echo old >"$1/old"; head -c 1000000 /dev/zero >"$1/filler"
		"$2" run -t 4node -k "$3" -w bind -o "$1/run"; code=$?; ls -A "$1" | grep -vx "old\|filler" >&2; exit $code' \
		- "$work/small" "$numarig" "$kernel" >"$said_out" 2>"$said_err" && code=0 || code=$?
	t 'disk full while saving a result: code 3' [ "$code" -eq 3 ]
	t 'disk full while saving a result: one line, no half run' [ "$(wc -l <"$said_err")" -eq 1 ]
	kept=$(sed -n 's/^numarig: .*: No space left on device; the results are kept in //p' "$said_err")
	t 'disk full while saving a result: says so, and where the results are' [ -s "$kept/result.json" ]
	t '... they are whole' eval '"$numarig" check -q "$kept" >"$said_out" 2>"$said_err"'
	rm -rf "$cache/kept"
	NUMARIG_FAKE=good small 8 sh -c '"$2" run -t 4node -k "$3" -w bind -o "$1/a/run" && "$2" check -q "$1/a/run"; code=$?; ls -A "$1" "$1/a" >&2; exit $code' \
		- "$work/small" "$numarig" "$kernel" >"$said_out" 2>"$said_err" && code=0 || code=$?
	t 'a disk of its own that is not full: the run is there, and nothing beside' eval '[ $code -eq 0 ] && [ "$(tail -n 1 "$said_err")" = run ] && [ ! -e "$cache/kept" ]'
else
	skip 'a full disk' 'no mount namespace of our own'
fi

finish
