#!/bin/sh
# Other ways to a machine: a shell, a debugger, trace events, a kernel that dies at boot.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

has() # TEXT
{
	grep -qF -e "$1" "$tmp/out"
}

silent() # TEXT FILE: it is not in there
{
	! grep -q "$1" "$2"
}

# Two commands typed at the prompts, as a person would; engine fast.
shell()
{
	mkfifo "$tmp/keys"
	"$numarig" shell -t 2node <"$tmp/keys" >"$tmp/out" 2>"$tmp/err" &
	pid=$!
	jobs=$pid
	exec 4>"$tmp/keys"
	until_true has '/ # ' || { exec 4>&-; return 1; }
	printf 'numactl -H\nexit\n' >&4
	until_true ended
	code=0
	wait "$pid" || code=$?
	jobs=''
	exec 4>&-
	is "$code" 0 'the exit code'
}

ended()
{
	! kill -0 "$pid" 2>/dev/null
}

prints() # TEXT...
{
	for text; do
		has "$text" || no "the shell does not show \"$text\": $(tail -n 30 "$tmp/out")" || return 1
	done
}

# The restored machine waits for gdb at its instant; `continue` runs it to its end. Two wait beside each other.
waits() # NAME: pid in $pid, gdb's `target remote ...` in $target
{
	rm -rf "${tmp:?}/$1"
	"$numarig" run -t 2node -w bind --gdb -o "$tmp/$1" >"$tmp/out" 2>"$tmp/err.$1" </dev/null &
	pid=$!
	jobs="$jobs $pid"
	until_true grep -q 'target remote' "$tmp/err.$1" || return 1
	target=$(sed -n "s/.*-ex '\(target remote [^']*\)'.*/\1/p" "$tmp/err.$1")
	until_true [ -S "${target#target remote }" ]
}

debugged()
{
	waits other || return 1
	other=$pid other_target=$target
	waits run || return 1
	is "$(stat -c %a "$(dirname "${target#target remote }")")" 700 "the mode of the socket's folder" || return 1
	# a machine that gdb did not reach would wait for it for good
	gdb -nx -batch -ex "$target" -ex 'info registers rip' -ex continue >"$tmp/gdb" 2>&1
	grep -q '^rip ' "$tmp/gdb" || kill "$pid"
	code=0
	wait "$pid" || code=$?
	is "$code" 0 'the exit code' || { cat "$tmp/gdb" >&3; return 1; }
	grep -q '^rip ' "$tmp/gdb" || no "gdb saw no machine: $(cat "$tmp/gdb")" || return 1
	is "$(digest "$tmp/run")" "$want" 'the digest' || return 1
	# through gdb one comes to QEMU's monitor, and from there to no other program
	gdb -nx -batch -ex "$other_target" -ex "monitor migrate \"exec:touch $tmp/door\"" >"$tmp/gdb" 2>&1
	grep -q 'Failed to fork (Operation not permitted)' "$tmp/gdb" || { cat "$tmp/gdb" >&3; return 1; }
	nothing_at "$tmp/door" || return 1
	kill "$other"
	wait "$other" || :
	jobs=''
	for socket in "${target#target remote }" "${other_target#target remote }"; do
		[ ! -e "$(dirname "$socket")" ] || no "$socket is left" || return 1
	done
}

run -t 2node -w bind
t 'bind' is "$code" 0 'the exit code'
want=$(digest "$run")

t 'shell: a prompt, a command, exit 0' shell
t '... the command shows the nodes' prints 'available: 2 nodes (0-1)' 'node 0 cpus: 0 1' 'node 1 cpus: 2 3'

if ! command -v gdb >/dev/null; then
	skip 'gdb: the same digest' 'no gdb here'
else
	t 'gdb: halted at the instant; continued, the same digest' debugged
fi

events()
{
	in_guest -t 2node --events 'migrate:*,sched:sched_process_exit' -- numactl -N 0 -m 0 migratepages
	trace=$run/raw/exec.trace
	[ -s "$trace" ] || no "no $trace" || return 1
	grep -q 'sched_process_exit: .*migratepages' "$trace" || no "no such event in it: $(head -n 20 "$trace")"
}

events_digest()
{
	run -t 2node -w bind --events 'migrate:*'
	is "$code" 0 'the exit code' && [ -f "$run/raw/bind.trace" ] || no 'no raw/bind.trace' || return 1
	first=$(digest "$run")
	run -t 2node -w bind --events 'migrate:*'
	is "$(digest "$run")" "$first" 'the digest of a second one'
}

t 'events: the raw trace is kept, and holds them' events
t 'events: exact as well' events_digest
go run -t 2node -w bind --events migrate:nosuchevent -o "$tmp/none"
t 'an event that the kernel does not have is named' grep -qF nosuchevent "$tmp/out" "$tmp/err"

# Asked for and not there: what was measured without it answers another question.
run -t 2node -w bind -s thp.8kB=always
t 'a knob that the guest does not have is a SKIP' is "$code" 77 'the exit code'
t '... which names it' has 'this guest has no knob thp.8kB: /sys/kernel/mm/transparent_hugepage/hugepages-8kB/enabled: No such'
in_guest -t 2node -s thp.8kB=always -- busybox true
t '... and for exec the code of one, not the program'\''s' one_line 77 'this guest has no knob thp.8kB'

# exec: the program's exit code is handed on and told, and is no verdict; standard input is not handed on
"$numarig" exec -t 2node -o "$tmp/seven" -- busybox sh -c 'exit 7' </dev/null >"$tmp/out" 2>"$tmp/err" && code=0 || code=$?
t 'exec: the exit code is handed on' is "$code" 7 'the exit code'
t '... and told' grep -qxF 'its exit code is 7' "$tmp/err"
t '... and the outcome is pass' grep -q '"outcome": "pass"' "$tmp/seven/result.json"
t '... nothing is said of an empty standard input' silent 'standard input' "$tmp/err"
echo words | "$numarig" exec -t 2node -o "$tmp/cat" -- busybox cat >"$tmp/out" 2>"$tmp/err"
t 'exec: what stands on standard input is not handed on, and that is told' grep -q 'what stands on standard input was not handed on' "$tmp/err"
t '... nothing of it comes out' [ ! -s "$tmp/out" ]

# Each declared knob of this kernel reads as it was declared, also in debugfs, whose files have no places to read at.
all_read()
{
	none=$(sed -n 's/^ *"\([a-z_.0-9]*\)": null,*$/\1/p' "$run/result.json" | sort -u | tr '\n' ' ')
	grep -q '"balancing.scan_size_mb": "64"' "$run/result.json" || no 'scan_size_mb does not read 64' || return 1
	is "$none" 'events oom signal ' 'what is null, of a workload that ended by itself'
}

run -t uma -w topology -s balancing.scan_size_mb=64
t 'the effective value of every knob is in the result' all_read

# All memory movable leaves none for the kernel itself.
in_guest -t uma -s boot.movablecore=500M -- busybox true
t 'a kernel that panics at boot is named' one_line 3 'uma: booting: the guest'\''s kernel died: Kernel panic - not syncing'
t '... and no run is kept' nothing_at "$run"
printf 'no kernel' >"$tmp/text"
in_guest -t uma -k "$tmp/text" -- busybox true
t 'a text file is no kernel' one_line 2 'is no kernel: neither a bzImage nor an ELF vmlinux'
finish
