#!/bin/sh
# A program in the guest: what it is given, what comes back, and every way it can go wrong.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"
own_cache cache # one boot, and what is left in it can be counted
fault=$tmp/fault
"$CC" -O2 -static -Wall -Wextra -Werror -o "$fault" "$top/tests/e2e/fault.c" || exit 3

ends() # CODE COMMAND...
{
	want=$1
	shift
	in_guest -t 2node --timeout 5 -- "$@"
	is "$code" "$want" "the exit code"
}

says() # FILE TEXT: a line of $tmp/FILE, whole
{
	grep -qxF -e "$2" "$tmp/$1" || no "$1 does not say \"$2\" but \"$(head -c 300 "$tmp/$1")\""
}

# --- exit codes ---
t 'exit code 0' ends 0 busybox true
t 'exit code 7' ends 7 "$fault" code 7
t 'exit code 77 is the program'\''s own' ends 77 "$fault" code 77
t 'no such program in the guest: 127' ends 127 nosuchprogram
t '... and says so' says err 'numarig: nosuchprogram: No such file or directory'
t 'SIGSEGV: 139' ends 139 "$fault" signal
t 'SIGTERM: 143' ends 143 "$fault" signal 15
t '... and says so' says err 'numarig: the program was ended by SIGTERM (Terminated)'
t '... a fail in the result' is "$(outcomes "$run")" 'fail ' 'the outcome'
t '... with the signal' grep -q '"signal": "SIGTERM"' "$run/result.json"
go exec -t 2node -- ./nosuchprogram
t 'no such program here: usage' one_line 2 'numarig: ./nosuchprogram: is no program on this machine'

# --- what it is given, what comes back ---
# shellcheck disable=SC2016 # no variable is meant
unchanged()
{
	nl='x
y'
	ends 0 "$fault" args 'a b' '100%' '%20' '%-' '' "$nl" 'tab	' '"$HOME"' "it's" '-x' 'äß€' || return 1
	"$fault" args 'a b' '100%' '%20' '%-' '' "$nl" 'tab	' '"$HOME"' "it's" '-x' 'äß€' >"$tmp/here"
	cmp "$tmp/here" "$tmp/out" >&3
}

streams()
{
	# shellcheck disable=SC2016 # expands in the guest
	ends 3 busybox sh -c 'echo out; echo err >&2; echo $((1 + 1)); exit 3' || return 1
	is "$(cat "$tmp/out")" 'out
2' 'standard output' && is "$(cat "$tmp/err")" err 'standard error'
}

bytes()
{
	head -c 100000 "$fault" >"$tmp/some bytes"
	in_guest -t 2node -f "$tmp/some bytes" -- busybox cat "$tmp/some bytes"
	is "$code" 0 "the exit code" && cmp "$tmp/some bytes" "$tmp/out" >&3
}

no_stdin()
{
	echo hello | "$numarig" exec -q -t 2node -o "$tmp/run" -- busybox wc -c >"$tmp/out" 2>"$tmp/err"
	is "$(cat "$tmp/out")" 0 'what it reads'
}

in_folder() # a relative name, its folder, and a file given by a relative name
{
	mkdir -p "$tmp/folder"
	echo 'from here' >"$tmp/folder/a file"
	cp "$fault" "$tmp/folder"
	(cd "$tmp/folder" && in_guest -t 2node -f './a file' -- busybox sh -c 'pwd; cat "a file"') || return 1
	is "$(cat "$tmp/out")" "$tmp/folder
from here" 'its answer' || return 1
	(cd "$tmp/folder" && ends 9 ../folder/fault code 9)
}

t 'its words arrive as they are' unchanged
t 'standard output and error apart, and the exit code' streams
t '-f FILE: there at the same path, its bytes back unchanged' bytes
rm -rf "$tmp/run"
t 'standard input is empty' no_stdin
t 'its folder and names relative to it' in_folder

# --- libraries of its own, and where its memory lies ---
cat >"$tmp/fill.c" <<'END'
#include <string.h>
void fill(char *p, unsigned long n);
void fill(char *p, unsigned long n) { memset(p, 5, n); }
END
cat >"$tmp/main.c" <<'END'
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
void fill(char *p, unsigned long n);
int main(void)
{
	char *p = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	fill(p, 8 << 20);
	sleep(1);
	puts("filled");
	return 0;
}
END
mkdir -p "$tmp/bin" "$tmp/lib" "$tmp/elsewhere"
"$CC" -shared -fPIC -o "$tmp/lib/libfill.so" "$tmp/fill.c" || exit 3
# shellcheck disable=SC2016 # the loader's word
"$CC" -o "$tmp/bin/a.out" "$tmp/main.c" -L"$tmp/lib" -lfill '-Wl,-rpath,$ORIGIN/../lib' || exit 3
cp "$tmp/lib/libfill.so" "$tmp/elsewhere"
"$CC" -o "$tmp/bin/b.out" "$tmp/main.c" -L"$tmp/elsewhere" -lfill || exit 3

# The table of the last sample: 8 MiB of anonymous memory, all of it on node 1.
on_node_1()
{
	rm -rf "$tmp/run"
	(cd "$tmp/bin" && go exec -t 2node -o "$tmp/run" -- numactl -N 1 -m 1 ./a.out && echo "$code" >"$tmp/code")
	is "$(cat "$tmp/code")" 0 "the exit code" && is "$(cat "$tmp/out")" filled 'its output' || return 1
	head -n 3 "$tmp/err" | tail -n 1 | grep -q '  node  1$' || no "another node than 1 has memory of it" || return 1
	grep -q '^anonymous .* 8192$' "$tmp/err" || no "no anonymous 8192 kB"
}

library_path()
{
	LD_LIBRARY_PATH=$tmp/elsewhere
	export LD_LIBRARY_PATH
	ends 0 "$tmp/bin/b.out"
	result=$?
	unset LD_LIBRARY_PATH
	[ "$result" -eq 0 ] && is "$(cat "$tmp/out")" filled 'its output'
}

t 'numactl -N 1 -m 1 ./a.out with a library of its own: all on node 1' on_node_1
t 'a library found through LD_LIBRARY_PATH' library_path
go exec -t 2node -- "$tmp/bin/b.out"
t 'a library that is nowhere: named' one_line 2 'needs the library libfill.so, not found on this host'

# --- gone wrong ---
flood()
{
	ends 124 busybox yes || return 1
	[ "$(sort -u "$tmp/out")" = y ] || no "its output is not all y" || return 1
	says err 'numarig: the program had not ended after 5 s of virtual time (see --timeout)'
}

cut_off() # the end is the program's own, and what was dropped is counted
{
	in_guest -t 2node -- busybox sh -c 'head -c 5000000 /dev/zero; exit 7'
	is "$code" 7 'the exit code' || return 1
	is "$(wc -c <"$tmp/out")" 4194304 'bytes of it' || return 1
	says err 'numarig: its output was cut: 4194304 bytes of it were kept, which is the limit, and 805696 more were dropped' &&
		grep -q '"output_cut_bytes": 805696' "$run/result.json"
}

falls_short()
{
	in_guest -t 2node -s hugepages.2048kB.0=100000 -- busybox true
	is "$code" 0 'the exit code' && grep -q '^numarig: knob hugepages.2048kB.0 was set to 100000 and reads [0-9]*$' "$tmp/err" &&
		grep -q '"asked": "100000"' "$run/result.json"
}

dies() # WORDS COMMAND...: exit 3, one line with these words
{
	words=$1
	shift
	in_guest -t 2node --timeout 5 -- "$@"
	one_line 3 "$words" || return 1
	is "$(outcomes "$run")" 'broken ' 'the outcome'
}

t 'a deadline in virtual time: 124' ends 124 busybox sleep 1000
t 'output without end: 124, what it wrote is there' flood
t 'a fork bomb: 124, however long the thousands take to die' ends 124 "$fault" forks
t 'a child left behind keeps nobody waiting' ends 0 "$fault" orphan
t 'more than node 1 has, bound to it: OOM kill, 137' ends 137 numactl -m 1 "$fault" touch 400
t '... and the constraint is named' grep -qF '(constraint CONSTRAINT_MEMORY_POLICY, task fault): Out of memory: Killed process' "$tmp/err"
t '... a fail in the result' is "$(outcomes "$run")" 'fail ' 'the outcome'
# shellcheck disable=SC2016 # expands in the guest
t 'a child of a shell: OOM kill, 137' ends 137 numactl -m 1 busybox sh -c '"$0" touch 400; exit $?' "$fault"
t '... and that it was a child' grep -qF 'a process of the program was killed by the OOM killer' "$tmp/err"
t 'more than the limit of its output' cut_off
t 'a knob that comes to less' falls_short
t 'a kernel panic is named' dies 'Kernel panic - not syncing: sysrq triggered crash' busybox sh -c 'echo c >/proc/sysrq-trigger'
t 'a hung guest is named' dies 'the guest hangs' "$fault" hang
t 'a reset without a word is named' dies 'the guest reset itself without a message' busybox sh -c 'echo b >/proc/sysrq-trigger'
t 'a power-off is named' dies 'without a message' busybox sh -c 'echo o >/proc/sysrq-trigger; sleep 1000'
t 'garbage on the record channel is no result' dies 'is no record: "garbage"' "$fault" garbage 'garbage
'
t 'half a head on the record channel is no result' dies 'is no record: "NRG' "$fault" garbage 'NRG'
t 'a frame of its own, well formed, is no result' dies 'record' "$fault" garbage 'NRG end 0 0 0 00000000 end

'
t 'nothing is left behind' nothing_left "$tmp/cache"
finish
