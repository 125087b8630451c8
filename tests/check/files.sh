#!/bin/sh
# What users hand in and ask for, of any kind of file: FIFOs never block, outputs go into what is there, standard streams may be
# closed, readers may go away, and limits are named.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC3045,SC1091,SC2154,SC2016,SC2034,SC2317,SC2329 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
kernel=$work/bzImage
forge_kernel "$kernel"
fake_qemu "$work"
mkdir "$work/w"
cd "$work/w" || exit 3

says() # CODE WORDS COMMAND...: within five seconds
{
	want=$1 words=$2 code=0
	shift 2
	timeout -k 1 5 "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
	[ $code -eq "$want" ] && grep -qF -e "$words" "$work/err"
}
run() # ARGUMENT...: one workload
{
	rm -rf run
	"$numarig" run -t 4node -k "$kernel" -w bind -o run "$@"
}

# --- FIFOs and devices as input -------------------------------------------------------------------------------------
mkfifo fifo
t 'topo check FIFO' says 2 'fifo: is a FIFO: want a regular file' "$numarig" topo check fifo
t 'topo check DEVICE' says 2 '/dev/zero: is a device: want a regular file' "$numarig" topo check /dev/zero
t '-t ./fifo' says 2 'is a FIFO' "$numarig" run -t ./fifo -k "$kernel"
t '-k FIFO' says 2 'fifo: is no regular file, not a bzImage or vmlinux' "$numarig" run -t 4node -k ./fifo
t 'compare FIFO' says 2 'is a FIFO' "$numarig" compare fifo fifo
t 'mission --render FIFO' says 3 'is a FIFO' "$numarig" mission --render fifo
t 'repro --from FIFO' says 2 'is a FIFO' "$numarig" repro --from fifo
t 'regress --plan FIFO' says 2 'is a FIFO' "$numarig" regress --plan fifo
mkdir -p dump/node0 run/raw case series
mkfifo dump/online run/raw/run.json case/case.json series/series.json
t 'import DIR with a FIFO in it' says 2 'online: is no regular file' "$numarig" topo import dump
t 'import FIFO' says 2 'is a FIFO' "$numarig" topo import fifo
t 'check RUN with a FIFO in it' says 2 'run.json: is a link or no regular file' "$numarig" check run
t 'check SERIES that is a FIFO' says 2 'series/series.json: is a FIFO' "$numarig" check series
t 'repro CASE that is a FIFO' says 2 'is a FIFO' "$numarig" repro ./case
rm dump/online
ln -s /etc/passwd dump/node0/cpulist
t 'import: a link in a copy of sysfs shows no file of ours' says 2 'node0/cpulist: is a link that leads out' "$numarig" topo import dump
t '... not a line of it' [ "$(grep -c root: "$work/err")" -eq 0 ]
rm -r dump/node0
ln -s /etc dump/node0
t 'import: nor does a folder that is one' says 2 'is a link that leads out' "$numarig" topo import dump
by_pipe()
{
	"$numarig" topo import /dev/fd/8 8<<-END >"$work/out" 2>"$work/err"
		available: 1 nodes (0)
		node 0 cpus: 0
		node 0 size: 512 MB
	END
}
t 'a shell`s <(...): a pipe by its descriptor' by_pipe

# --- a bomb ---------------------------------------------------------------------------------------------------------
zeros_archive bomb.tar.gz 65
bomb() # only what is read of it is unpacked
{
	says 2 'bomb.tar.gz: archive: unpacks to more than 1024 MiB' "$numarig" topo import bomb.tar.gz
}
t 'import: a bomb' bomb
gzip -c bomb.tar.gz >twice.tar.gz
t 'import: packed twice' says 2 'is packed more than once' "$numarig" topo import twice.tar.gz

# --- outputs --------------------------------------------------------------------------------------------------------
rm -rf run
run >/dev/null 2>&1 || : # the snapshot
kinds() # into what is there, and it stays what it was
{
	ln -s target link
	mkfifo in
	cat in >through &
	mknod null c 1 3 2>/dev/null || cp -a /dev/null null 2>/dev/null || ln -s /dev/null null
	kind=$(stat -c %F null)
	run --tap link --junit in >"$work/out" 2>"$work/err" || return 1
	wait $! || return 1
	run --tap null --junit /dev/fd/9 9>nine >"$work/out" 2>"$work/err" || return 1
	[ -L link ] && grep -q '^KTAP' target && [ -p in ] && grep -q '<testsuites' through &&
		[ "$(stat -c %F null)" = "$kind" ] && grep -q '<testsuites' nine
}
t '--tap and --junit: links, FIFOs, devices and descriptors are written into' kinds
stdout_name()
{
	run --tap /dev/stdout >shown 2>"$work/err" || return 1
	[ "$(head -n 1 shown)" = 'KTAP version 1' ] && ! grep -q PASS shown
}
t '--tap /dev/stdout is --tap -' stdout_name
t '--json with it: refused' says 2 'only one of' "$numarig" run -t 4node -k "$kernel" -w bind --json --tap /dev/stdout
t '--tap /dev/full' says 3 '/dev/full: can'\''t be written' "$numarig" run -t 4node -k "$kernel" -w bind -o run2 --tap /dev/full
for what in /dev/null fifo target; do
	t "-o $what: refused" says 2 "-o $what: exists and is no empty folder" "$numarig" run -t 4node -k "$kernel" -w bind -o $what
done

# --- standard streams -----------------------------------------------------------------------------------------------
nobody_has() # WORDS
{
	! grep -rqF -e "$1" "$work/cache/locks" "$work/cache/hashes" "$work/w/run/raw"
}
closed_out()
{
	code=0
	"$numarig" list topologies >&- 2>"$work/err" || code=$?
	[ $code -eq 3 ] && [ "$(cat "$work/err")" = "numarig: standard output can't be written: Bad file descriptor" ]
}
t 'standard output closed: an error' closed_out
closed_run() # REDIRECTION CODE
{
	code=0
	rm -rf run
	eval '"$numarig" run -t 4node -k "$kernel" -w bind -o run '"$1" || code=$?
	[ $code -eq "$2" ] && [ -s run/result.json ] && nobody_has 'PASS   bind'
}
t 'a run: standard output closed' closed_run '>&- 2>"$work/err"' 3
t 'a run: standard error closed' closed_run '>"$work/out" 2>&-' 0
t 'a run: standard input closed' closed_run '>"$work/out" <&-' 0
t 'a run: all three closed' closed_run '<&- >&- 2>&-' 3
t 'standard input closed: nothing to import' says 3 'standard input: Bad file descriptor' sh -c '"$0" topo import - <&-' "$numarig"
goes_away() # COMMAND...: its reader reads nothing
{
	mkfifo away
	{ : <away; } &
	code=0
	"$@" >away 2>"$work/err" || code=$?
	wait $!
	rm away
	[ $code -eq 141 ] && [ ! -s "$work/err" ]
}
t 'a reader that goes away: list' goes_away "$numarig" show workloads
t 'a reader that goes away: a run' goes_away run
t '... keeps what it did' [ -s run/result.json ]

# --- limits ---------------------------------------------------------------------------------------------------------
memo_holds() # the guest's archive is not made again, also for a tree in a folder with a blank
{
	rm -rf "$work/a b" run && mkdir -p "$work/a b/$B/guest" && cp -a "$top/topologies" "$work/a b" || return 1
	cp "$top/$B/numarig" "$top/$B/steady.so" "$top/$B/trace.so" "$work/a b/$B" || return 1
	find "$top/$B/guest" -maxdepth 1 -type f -exec cp {} "$work/a b/$B/guest" \; || return 1
	for round in 1 2; do
		touch -d '2020-01-01' "$work/cache/hashes"/guest-* && rm -rf run &&
			"$work/a b/$B/numarig" run -t 4node -k "$kernel" -w bind -o run >"$work/out" 2>"$work/err" || return 1
	done
	# those of both trees are as old as they were made
	[ -z "$(find "$work/cache/hashes" -name 'guest-*' -newermt 2020-06-01)" ]
}
t 'a tree in a folder with a blank: runs, and remembers its guest' memo_holds
builds() # an object of each kind
{
	rm -rf "$work/c  d" && mkdir "$work/c  d" && cp -a "$top/Makefile" "$top/ci" "$top/harness" "$top/tests" "$top/workloads" "$top/guests" \
		"$work/c  d" || return 1
	(cd "$work/c  d" && make -s SAN= DEPS=0 build/host/harness/base/err.o build/guest/obj/harness/base/err.o build/steady.so \
		build/guest/libx.so) >"$work/out" 2>"$work/err"
}
t 'and builds there' builds
limited() # LIMIT WORDS: of the line
{
	code=0
	rm -rf run
	(eval "ulimit $1" && exec "$numarig" run -t 4node -k "$kernel" -w bind -o run) >"$work/out" 2>"$work/err" || code=$?
	[ $code -eq 3 ] && cat "$work/err" "$work/out" | grep -qF -e "$2"
}
t 'ulimit -f: named' limited '-f 1' 'ulimit -f'
for few in 8 10 12; do
	t "ulimit -n $few: named" limited "-n $few" 'ulimit -n'
done
enough() { (ulimit -n 64 && run >"$work/out" 2>"$work/err"); }
t 'ulimit -n 64 will do' enough
soft() { (ulimit -S -n 16 && run >"$work/out" 2>"$work/err"); }
t 'ulimit -S -n 16 is raised' soft

# --- a cache that others share --------------------------------------------------------------------------------------
modes() # UMASK FOLDER-MODE FILE-MODE
{
	NUMARIG_CACHE=$work/shared-$1
	(umask "$1" && run) >"$work/out" 2>"$work/err" || return 1
	shared=$NUMARIG_CACHE
	NUMARIG_CACHE=$work/cache
	odd=$(find "$shared" run \( -type d ! -perm "$2" -o -type f ! -perm "$3" \) | head -n 3)
	[ -z "$odd" ] || { echo "# $odd"; return 1; }
}
t 'modes: umask 002' modes 002 775 664
t 'modes: umask 077' modes 077 700 600
t 'modes: umask 022' modes 022 755 644
read_only()
{
	code=0
	if [ "$(id -u)" = 0 ]; then
		unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"' \
			"$work/cache" "$@" >"$work/out" 2>"$work/err" || code=$?
	else
		chmod -R a-w "$work/cache"
		"$@" >"$work/out" 2>"$work/err" || code=$?
		chmod -R u+w "$work/cache"
	fi
	[ $code -eq "$want" ]
}
if [ "$(id -u)" != 0 ] || unshare -m true 2>/dev/null; then
	want=0
	t 'a complete cache that is read-only' read_only "$numarig" run -t 4node -k "$kernel" -w bind -o "$work/w/ro"
	want=3
	t 'one that lacks the snapshot: says so' read_only "$numarig" run -t 4node -k "$kernel" -w bind -s cma=8M -o "$work/w/ro2"
	t '... in a line' grep -q 'snapshots/.*: Read-only file system\|tmp.*: Read-only file system\|Permission denied' "$work/err"
	t '... and nothing is left in TMPDIR' [ -z "$(find "$work/tmp" -name '.work-*')" ]
else
	skip 'a complete cache that is read-only' 'no mount namespace can be had here'
fi
finish
