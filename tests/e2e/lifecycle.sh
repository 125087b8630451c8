#!/bin/sh
# Signals at every moment, two runs at once, a corrupt cache, full disks: one line, nothing left, and the next run works.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"
own_cache cache
cache=$NUMARIG_CACHE
fault=$tmp/fault
"$CC" -O2 -static -o "$fault" "$top/tests/e2e/fault.c" || exit 3

# In a process group of its own, as a terminal would have it: a Ctrl-C is for the whole group.
start() # ARG...
{
	rm -rf "$tmp/run"
	# nohup, say, has SIGHUP ignored, and then it is; here it is heard
	setsid env --default-signal=HUP,INT,TERM "$numarig" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	jobs=$pid
}

join()
{
	code=0
	wait "$pid" || code=$?
	jobs=''
}

# The moment a run is met at, each a command that succeeds once it has come.
at_start() { :; }
at_boot() { qemu_of "$cache/tmp/"; }
at_boot_late() { [ -n "$(find "$cache/tmp" -name records -size +0 2>/dev/null)" ]; }
at_run() { qemu_of "$tmp/.work-"; }
at_run_late() { [ -n "$(find "$tmp" -path '*/raw/*.records' ! -name boot.records -size +8k 2>/dev/null)" ]; }

interrupted() # SIGNAL MOMENT TARGET ARG...
{
	signal=$1 moment=$2 target=$3
	shift 3
	start "$@"
	until_true "$moment" || return 1
	case $target in
	group) kill -s "$signal" -- "-$pid" ;;
	*) kill -s "$signal" "$pid" ;;
	esac
	join
	if [ "$moment" = at_start ]; then
		# before its first line a signal ends it as it ends any process, and late it may have been done
		case $code in 129 | 130 | 143) nothing_at "$tmp/run" || return 1 ;; 0) ;; *) no "the exit code is $code"; return 1 ;; esac
		nothing_left "$cache"
		return
	fi
	case $signal in HUP) want_code=129 ;; INT) want_code=130 ;; *) want_code=143 ;; esac
	one_line $want_code "interrupted by SIG$signal" && nothing_left "$cache" || return 1
	nothing_at "$tmp/run"
}

killed() # MOMENT ARG...
{
	moment=$1
	shift
	start "$@"
	until_true "$moment" || return 1
	kill -s KILL "$pid"
	join
	is "$code" 137 "the exit code" && gone "$cache" && gone "$tmp"
}

# What a killed process left is swept by the next run, which works.
works_again() # [SNAPSHOTS]
{
	run -t uma -w bind
	is "$code" 0 "the exit code" && all_good "$run" && nothing_left "$cache"
}

same()
{
	works_again && is "$(digest "$run")" "$want" "the digest"
}

# A program that spins for as long as a test may take.
spin() # COMMAND...
{
	"$@" exec -q -t uma -o "$tmp/run" --timeout 2000 -- busybox sh -c 'while :; do :; done'
}

# --- signals, the snapshot not made yet ---
t 'SIGTERM at boot' interrupted TERM at_boot one run -t uma -w bind -o "$tmp/run"
t 'SIGINT late at boot, to the group' interrupted INT at_boot_late group run -t uma -w bind -o "$tmp/run"
t 'SIGKILL at boot: QEMU dies with it' killed at_boot_late run -t uma -w bind -o "$tmp/run"
t '... the next run sweeps, and works' works_again
want=$(digest "$run")

# --- signals, from the snapshot ---
for signal in INT TERM HUP; do
	t "SIG$signal at the restore" spin interrupted $signal at_run one
	t "SIG$signal while it runs, to the group" spin interrupted $signal at_run_late group
	t "SIG$signal at the very start" interrupted $signal at_start one run -t uma -w bind -o "$tmp/run"
done
t 'SIGTERM with two machines' interrupted TERM at_run group run -t uma -w bind:pages=16384 -w bind:pages=16384 -j 2 -o "$tmp/run"
t 'SIGKILL while it runs: QEMU dies with it' spin killed at_run_late
t '... the next run sweeps, and works' same

# --- a snapshot that is not what was saved ---
snapshot()
{
	set -- "$cache"/snapshots/*
	[ $# -eq 1 ] && [ -d "$1" ] || no "$# snapshots" || return 1
	saved=$1
}

# CHANGE gets the snapshot's folder in $saved; the next run notices, makes it anew, and says the same.
noticed() # CHANGE...
{
	snapshot || return 1
	born=$(stat -c %i.%w "$saved")
	"$@" && same && snapshot || return 1
	[ "$(stat -c %i.%w "$saved")" != "$born" ] || no "the snapshot was not made anew"
}

poke() # FILE OFFSET: other bytes there
{
	printf 'numarig' | dd of="$saved/$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

cut_short() # FILE
{
	truncate -s -100 "$saved/$1"
}

lose() # FILE
{
	rm "$saved/$1"
}

copied()
{
	snapshot && mkdir "$tmp/copy" && cp -a --sparse=always "$saved/." "$tmp/copy" && rm -rf "$saved" && cp -a --sparse=always "$tmp/copy" "$saved" &&
		born=$(stat -c %i.%w "$saved") && same && snapshot || return 1
	is "$(stat -c %i.%w "$saved")" "$born" "the snapshot's folder"
}

t 'bytes changed in its memory: made anew, the same digest' noticed poke ram0 20000000
t 'bytes changed in its state' noticed poke state 5000
t 'its state cut short' noticed cut_short state
t 'its seal is gone' noticed lose seal
t 'its memory is gone' noticed lose ram0
t 'the same bytes copied are as good' copied

# QEMU opens the memory's files for writing, private or not, unless it is told.
only_read()
{
	rm -rf "$tmp/run"
	unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' "$cache" \
		"$numarig" run -t uma -w bind -o "$tmp/run" >"$tmp/out" 2>"$tmp/err" && is "$(digest "$tmp/run")" "$want" 'the digest' &&
		[ -z "$(find "${TMPDIR:-/tmp}/numarig-$(id -u)" -mindepth 1 2>/dev/null)" ]
}
if unshare -m true 2>/dev/null; then
	t 'a cache that can only be read: the same digest' only_read
else
	skip 'a cache that can only be read' 'no mount namespace can be had here'
fi

# --- two at once, no snapshot ---
two_at_once()
{
	"$numarig" cache clear snapshots || return 1
	start run -t uma -w bind -o "$tmp/run"
	"$numarig" run -t uma -w bind -o "$tmp/run2" >/dev/null 2>"$tmp/err2" </dev/null &
	other=$!
	jobs="$pid $other"
	most=0
	while kill -0 "$other" 2>/dev/null || kill -0 "$pid" 2>/dev/null; do
		now=$(qemus "$cache/tmp/" | wc -l)
		[ "$now" -le "$most" ] || most=$now
		sleep 0.1
	done
	code2=0
	wait "$other" || code2=$?
	join
	is "$code $code2" '0 0' 'the exit codes' && is "$most" 1 'the number of boots at a time' || return 1
	is "$(digest "$tmp/run") $(digest "$tmp/run2")" "$want $want" 'the digests'
}
t 'two runs at once: one boots, one digest' two_at_once
rm -rf "$tmp/run2"

# --- disks without room ---
small=''
end_more()
{
	[ -z "$small" ] || umount "$small"
}

disk() # SIZE
{
	mkdir -p "$tmp/small"
	mount -t tmpfs -o size="$1" numarig-e2e "$tmp/small" 2>/dev/null && small=$tmp/small
}

undisk()
{
	umount "$small" && small=''
}

full_cache()
{
	ln -s "$shared/kernels" "$small/kernels"
	[ ! -d "$shared/apt" ] || ln -s "$shared/apt" "$small/apt"
	NUMARIG_CACHE=$small run -t uma -w bind
	one_line 3 'No space left on device' && nothing_left "$small" || return 1
	is "$(ls "$small/snapshots")" '' 'what is in snapshots/' && nothing_at "$run"
}

# LEAVE is what the second run finds free, in KiB, or how much less than the first one took.
full_results() # LEAVE
{
	rm -rf "${small:?}"/*
	run -t uma -w bind -o "$small/first"
	is "$code" 0 'the exit code of the first' || return 1
	took=$(du -sk "$small" | cut -f 1)
	leave=$1
	[ "$leave" -ge 0 ] || leave=$((took + leave))
	head -c $((($(df -k --output=avail "$small" | tail -n 1) - leave) * 1024)) /dev/zero >"$small/filler"
	run -t uma -w bind -o "$small/second"
	one_line 3 'No space left on device' || return 1
	is "$(ls -A "$small")" 'filler
first' 'what is there' || return 1
	exits 0 go check "$small/first"
}

no_right='no right to mount a tmpfs'
if disk 40m; then
	t 'a full disk while saving a snapshot' full_cache
	undisk
	disk 6m
	t 'a full disk before it' full_cache
	undisk
	disk 4m
	for leave in 0 40 -80 -8; do
		t "a full disk for the result ($leave KiB): the old one stays whole" full_results $leave
	done
	undisk
else
	skip 'a full disk while saving a snapshot' "$no_right"
	skip 'a full disk for the result' "$no_right"
fi
finish
