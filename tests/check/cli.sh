#!/bin/sh
# What is typed wrong, or missing on this machine: one line that says so and offers the nearest name, the right exit
# code, nothing on standard output. And what the command line says about itself: every option that help names parses.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2317,SC2329 # the backquotes are the message's own; functions are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3

fake_qemu "$work"
mkdir -p "$work/dir"
kernel=$work/bzImage
forge_kernel "$kernel"

call() # ARGUMENT...: exit code in $code
{
	"$numarig" "$@" >"$work/out" 2>"$work/err" </dev/null && code=0 || code=$?
}
said() { [ "$(cat "$work/err")" = "$1" ]; }
refused() { [ "$code" -eq "$1" ] && said "$2" && [ ! -s "$work/out" ]; }

says() # CODE LINE ARGUMENT...
{
	want=$1 line=$2
	shift 2
	call "$@"
	t "$*: $line" refused "$want" "$line"
}
usage() # LINE ARGUMENT...: "numarig COMMAND: LINE (see ...)"
{
	line=$1
	shift
	says 2 "numarig $1: $line (see \`$numarig $1 --help\`)" "$@"
}
run() { line=$1; shift; says 2 "numarig: $line" run -t 4node -k "$kernel" "$@"; }
option() { line=$1; shift; says 2 "numarig run: $line" run -t 4node "$@"; } # refused before anything is looked for

# --- commands and options ---
says 2 "numarig: no command \"rnu\" (did you mean \"run\"?): \`$numarig --help\` lists them" rnu
says 2 "numarig: no command \"frobnicate\": \`$numarig --help\` lists them" frobnicate
call
t 'without a word: code 2, the commands on standard error' [ "$code" -eq 2 ]
t 'without a word: the commands on standard error' grep -q '^  run ' "$work/err"
usage 'no option --sede, did you mean --seed?' run --sede 1
usage 'no option --xyzzy' run --xyzzy
usage 'no option -x' run -x
usage '--topology needs TOPO[,...]' run -t
usage '--json takes no value' run --json=1
usage '"foo": this command takes no further argument; a workload is named with -w' run -t 4node foo
usage "no topology: want -t TOPO (\`$numarig list topologies\`)" run
usage "no topology: want -t TOPO (\`$numarig list topologies\`)" argv
usage "no topology: want -t TOPO (\`$numarig list topologies\`)" shell
usage "no topology: want -t TOPO (\`$numarig list topologies\`)" exec -- true
usage 'no command: want it after --' exec -t 4node
usage 'no command: want it after --' exec -t 4node -- ''
usage '--gdb takes one workload: name it with -w' run -t 4node --gdb -w bind -w bind
usage '--gdb takes one workload: name it with -w' run -t 4node --gdb -w bind -j 2
usage '--gdb takes one machine' run -t 4node,2node --gdb -w bind
not_address='is no address: want HOST:PORT, such as 127.0.0.1:1234, or no value for a socket that only you can reach'
for address in '' 1234 :1234 localhost: localhost:0 localhost:65536 localhost:12x a,b:1 ::1:1234 '[]:1'; do
	call run -t 4node --gdb="$address" -w bind
	t "run --gdb=$address" refused 2 "numarig run: --gdb: \"$address\" $not_address"
done
usage '--repeat: engine exact gives the same again; --seeds has other schedules' run -t 4node --repeat 2
usage "\"x\": this command takes no further argument; a program is run by \`$numarig exec\`" shell -t 4node x
usage '"x": this command takes no further argument' doctor x
usage '"x": this command takes no further argument' regress x
usage 'standard output has the comparison: name a file' regress --tap -
usage 'want two: runs, series, result files or baselines' compare a

# --- names ---
run "no topology \"4nod\" in $top/topologies/ (did you mean \"4node\"?)" -t 4nod
all=$(cd topologies && printf '%s\n' *.json | sed 's/\.json$//' | sort -V | tr '\n' , | sed 's/,$//; s/,/, /g')
run "no topology \"zzz\" in $top/topologies/ (there: $all)" -t zzz
run './zzz.json: no such topology file' -t ./zzz.json
run 'malformed.json: '"$(sed 's/^malformed.json: //' tests/topologies/invalid/malformed.err)" -t tests/topologies/invalid/malformed.json
option "no workload \"bnid\" (did you mean \"bind\"?): \`$numarig list workloads\` has them" -w bnid
option "no workload \"xyzzy\": \`$numarig list workloads\` has them" -w xyzzy
option "no workload \"\": \`$numarig list workloads\` has them" -w bind,
option "no workload \"fork-cwo\" (did you mean \"fork-cow\"?): \`$numarig list workloads\` has them" -w bind:pages=64,fork-cwo
option 'workload bind: "pages=64,x=1": parameters follow a colon: bind:pages=64,x=1' -w fork-cow,bind,pages=64,x=1
option 'workload bind: has no parameter "pagse" (did you mean "pages"?)' -w bind:pagse=3
option 'workload bind: "pages": want PARAM=VALUE' -w bind:pages
option 'workload bind: parameter pages: "x" is no number' -w bind:pages=x
option 'workload bind: parameter pages: 0 is out of range (1 to 16384)' -w bind:pages=0
option "no knob \"thp.enabeld\" (did you mean \"thp.enabled\"?): \`$numarig show knobs\` lists them" -s thp.enabeld=never
option 'knob "thp.enabled": want KNOB=VALUE' -s thp.enabled
option 'knob thp.enabled: "maybe" is none of always|madvise|never' -s thp.enabled=maybe
option 'knob swappiness: 900 is out of range (0 to 200)' -s swappiness=900
option 'knob swappiness: "6x" is no number' -s swappiness=6x
option "knob cma: \"64M quiet\" is not a value for the kernel's command line (want SIZE)" -s 'cma=64M quiet'
run 'no engine "exakt" (did you mean "exact"?): exact, fast, kvm or auto' -e exakt
kinds='a bzImage, a vmlinux or a build folder'
run "no kernel \"6.9\": want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, $kinds" -k 6.9 # no word that was mistyped
run "no kernel \"lba\": want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, $kinds (did you mean \"lab\"?)" -k lba
run "no kernel \"xyzzy\": want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, $kinds" -k xyzzy

says 3 "numarig: kernel lab: is not built on this machine: \`sh $top/guests/kernel/lab $NUMARIG_CACHE\` does it, in some 5 minutes" run -t 4node -k lab

# --- make run ---
made() # LINE VARIABLE...: `make run` with those ends with that, before anything is built
{
	line=$1
	shift
	make -C "$top" DEPS=0 --no-print-directory run "$@" >"$work/out" 2>"$work/err" && return 1
	sed 's/^[^*]*\*\*\* //; s/  Stop\.$//' "$work/err" | grep -qxF -e "$line"
}
takes='which takes TOPO WORKLOAD KERNEL ENGINE KNOBS SEED SEEDS JOBS OUT TAP JUNIT'
t 'make run TOP=4node' made "TOP is not known to make run, $takes (did you mean TOPO?)." TOP=4node
t 'make run TOPOLOGY=4node' made "TOPOLOGY is not known to make run, $takes (did you mean TOPO?)." TOPOLOGY=4node
t 'make run WORKLOADS=bind' made "WORKLOADS is not known to make run, $takes (did you mean WORKLOAD?)." TOPO=4node WORKLOADS=bind
t 'make run FOO=1' made "FOO is not known to make run, $takes." TOPO=4node FOO=1
t 'make run' made 'make run needs the name of a topology, such as TOPO=4node; build/numarig list topologies has the names.'
make -C "$top" DEPS=0 -n run B="$B" TOPO=4node WORKLOAD=bind:pages=64,fork-cow KNOBS='a=b c=d' >"$work/out" 2>"$work/err"
t 'make run: what it takes' grep -qF -e "numarig run -t '4node' -w 'bind:pages=64,fork-cow'" "$work/out"

# --- several ---
run "no topology \"4nod\" in $top/topologies/ (did you mean \"4node\"?)" -t uma,4nod
run "no kernel \"xyzzy\": want 6.12, 6.1, lab, an ABI such as 6.1.0-50-cloud-amd64, $kinds" -k "xyzzy"
option '-t uma,,2node: has an empty name' -t uma,,2node
option '-k 6.1,6.1: "6.1" is there twice' -k 6.1,6.1
option 'knob thp.enabled: "maybe" is none of always|madvise|never' -s thp.enabled=never,maybe
option '--seeds 0: want a number from 1 to 1000' --seeds 0
option '--repeat x: want a number from 1 to 1000' --repeat x

# --- numbers ---
for bad in x '' -1 1x 0x10 99999999999999999999 1.5; do
	option "--seed $bad: want a number from 0 to 100000" --seed "$bad"
done
option '-j 0: want a number from 1 to 64' -j 0
option '-j 65: want a number from 1 to 64' -j 65
option '--shift 11: want a number from 0 to 10' --shift 11
option '--events "migrate": want GROUP:NAME, such as migrate:*' --events migrate
option '--events "a;b:c": want GROUP:NAME, such as migrate:*' --events 'a;b:c'
option "-o: want a folder's name" -o ''
says 2 'numarig exec: --sample 0: want a number from 1 to 3600000' exec -t 4node --sample 0 -- true
says 2 'numarig exec: --timeout 86401: want a number from 1 to 86400' exec -t 4node --timeout 86401 -- true

# --- list, show, topo, cache ---
usage '"foo": want topologies, workloads, knobs, kernels, metrics or cases' list foo
usage '"foo": want topologies, workloads, knobs, kernels, metrics or cases' show foo
usage 'want topologies|workloads|knobs|kernels|metrics|cases [NAME]...' show
usage 'no "thp.enabeld" among the knobs, did you mean "thp.enabled"?' show knobs thp.enabeld
usage 'no "bnid" among the workloads, did you mean "bind"?' show workloads bnid
usage 'no "4nod" among the topologies, did you mean "4node"?' show topologies 4nod
usage 'no "xyzzy" among the kernels' show kernels xyzzy
usage "\"4node\": this command takes no further argument; \`$numarig show topologies 4node\` shows one" list topologies 4node
call show topologies 4node 2node
t 'show of two shows both, in that order' eval '[ $code -eq 0 ] && [ "$(grep -o "^[24]node:" "$work/out" | tr -d "\n")" = 4node:2node: ]'
call show --json knobs swappiness thp.enabled
t 'show --json of two' eval '[ $code -eq 0 ] && [ "$(grep -c "^  \"name\": \"\(swappiness\|thp.enabled\)\"" "$work/out")" = 2 ]'
call show workloads bind bnid
t 'show of two, one of them unknown' refused 2 "numarig show: no \"bnid\" among the workloads, did you mean \"bind\"? (see \`$numarig show --help\`)"
call list --json
t 'list --json is one object' eval '[ $code -eq 0 ] && [ "$(head -c 1 "$work/out")" = "{" ] && [ "$(grep -c "^}" "$work/out")" = 1 ] &&
	[ "$(grep -c "^ \"[a-z]*\": \[" "$work/out")" = 6 ]'
call list
t 'list names each kind, and how to see it' eval '[ $code -eq 0 ] && [ "$(grep -c "^[0-9]* [a-z]*: .$numarig list [a-z]*. has" "$work/out")" = 6 ]'
t '... on one page' [ "$(wc -l <"$work/out")" -lt 60 ]
t '... with names, and no more than a page of them' eval 'grep -q " balance-task, bind," "$work/out" && ! grep -q huge_pages_free "$work/out"'
usage '"x": this command takes no further argument' cache list x
usage 'clear "foo": want snapshots, guests, kernels, hashes, apt, kept or all' cache clear snapshots foo
usage '"b": this command takes no further argument; import takes one' topo import a b
"$numarig" run --help >"$work/run-help"
for word in help --help -h; do
	call "$word" run
	t "$word run: as run --help" cmp -s "$work/out" "$work/run-help"
	says 2 "numarig: no command \"rnu\" (did you mean \"run\"?): \`$numarig --help\` lists them" "$word" rnu
	call "$word"
	t "$word: the commands" eval '[ $code -eq 0 ] && grep -q "^  run " "$work/out"'
done
call help run show
t 'help of two: both' eval '[ $code -eq 0 ] && [ "$(grep -c "^usage: numarig \(run\|show\) " "$work/out")" = 2 ]'
usage 'want import DIR, TARBALL, TEXT or -, or check FILE...' topo
usage 'want import DIR, TARBALL, TEXT or -, or check FILE...' topo import
usage 'want list or clear' cache
usage 'clear "foo": want snapshots, guests, kernels, hashes, apt, kept or all' cache clear foo
printf 'no topology at all\n' >"$work/text"
: >"$work/empty"
head -c 3000 "$numarig" >"$work/binary"
wanted='want text of `numactl -H` or `lscpu` or a tar of /sys/devices/system/node'
says 2 "numarig: empty: empty: $wanted" topo import "$work/empty"
says 2 "numarig: standard input: empty: $wanted" topo import -
says 2 "numarig: $work/none: No such file or directory" topo import "$work/none"
says 2 "numarig: $work/dir: no node folders: want a copy of /sys/devices/system/node or a folder with it" topo import "$work/dir"
says 2 'numarig topo: scale "1/0": want "1/256", "1" or "2", parts from 1 to 1048576' topo import --scale 1/0 -
says 2 'numarig topo: --cpus 0: want a number from 1 to 255' topo import --cpus 0 -
says 2 'numarig topo: --mem "32M": want at least 64M, and a multiple of 2M' topo import --mem 32M -
says 2 'numarig topo: --mem: "x": want a size such as "256M" or "1G"' topo import --mem x -
pasted=tests/data/machines/text
call topo import "$pasted/session.txt"
t 'topo import: nothing changed, nothing said' eval '[ $code -eq 0 ] && [ ! -s "$work/err" ]'
cp "$work/out" "$work/session.json"
call topo import "$pasted/session.txt" -o "$work/as-file.json"
t 'topo import -o: the same, in the file' eval '[ $code -eq 0 ] && [ ! -s "$work/out" ] && cmp -s "$work/session.json" "$work/as-file.json"'
call topo import --scale 1/256 "$pasted/session.txt"
t 'topo import: a change is said' eval '[ $code -eq 0 ] && grep -qx "numarig: note: sizes x 1/124 (with 1/256 node 0 would not boot).*" "$work/err"'
call topo import "$pasted/no-matrix.txt"
t 'topo import: without a matrix, with a note' eval '[ $code -eq 0 ] && grep -qx "numarig: note: distances are not told, and Linux takes 10 and 20" "$work/err"'
call topo import "$pasted/remote-10.txt" -o "$work/mend.json"
t 'topo import: a shape that is refused is written' eval '[ $code -eq 2 ] && grep -q "distances\[0\]\[1\]: 10 is.*It is written all the same: edit $work/mend.json" "$work/err"'
sed 's/\[10, 10\],/[10, 20],/; s/\[10, 10\]$/[20, 10]/' "$work/mend.json" >"$work/mended.json"
call topo check "$work/mended.json"
t 'topo import: and is right when edited' [ "$code" -eq 0 ]
call topo import "$pasted/cpus-300.txt"
t 'topo import: too many CPUs: written, and how to go on' eval '[ $code -eq 2 ] && grep -q "\"cpus\": 150" "$work/out" && grep -q "(--cpus N). It is written all the same: edit the file" "$work/err"'
call topo import "$pasted/nodes-200.txt"
t 'topo import: too many nodes' eval '[ $code -eq 2 ] && grep -q "want at most [0-9]* nodes$" "$work/err"'
for garbage in text binary; do
	call topo import "$work/$garbage"
	t "topo import of garbage ($garbage): code 2, one line, no topology" \
		refused 2 "$(grep "^numarig: $garbage: .*numactl -H" "$work/err")"
done
says 2 "numarig: $work/none: No such file or directory" topo check "$work/none"
for file in tests/topologies/invalid/*.json; do
	call topo check "$file"
	t "topo check $file" refused 2 "numarig: $(cat "${file%.json}.err")"
done

# --- kernels that are none ---
run "kernel: $work/text: is no kernel: neither a bzImage nor an ELF vmlinux" -k "$work/text"
run "kernel $work/empty: is empty, not a bzImage or vmlinux" -k "$work/empty"
run "kernel folder $work/dir: holds neither arch/x86/boot/bzImage nor vmlinux: build it first" -k "$work/dir"
run "kernel $work/none: No such file or directory" -k "$work/none"
run "kernel: $numarig: is an ELF file, but no x86-64 vmlinux" -k "$numarig"
head -c 1000 "$kernel" >"$work/cut"
run "kernel: $work/cut: is no kernel: neither a bzImage nor an ELF vmlinux" -k "$work/cut"
sed 's/HdrS/HdrX/' "$kernel" >"$work/boot-sector"
run "kernel: $work/boot-sector: is no kernel: neither a bzImage nor an ELF vmlinux" -k "$work/boot-sector"
head -c 40 "$numarig" >"$work/cut"
run "kernel: $work/cut: is no kernel: neither a bzImage nor an ELF vmlinux" -k "$work/cut"

# --- what is missing on this machine ---
with() # NAME=VALUE... -- CODE LINE ARGUMENT...: says, under env(1)
{
	env_args=
	while [ "$1" != -- ]; do
		env_args="$env_args $1"
		shift
	done
	want=$2 line=$3
	shift 3
	# shellcheck disable=SC2086 # words of env
	env $env_args "$numarig" "$@" >"$work/out" 2>"$work/err" </dev/null && code=0 || code=$?
	t "with$env_args: $line" refused "$want" "$line"
}
set -- run -t 4node -k "$kernel" -w bind -o "$work/at/run"
with NUMARIG_QEMU="$work/none" -- 2 "numarig: NUMARIG_QEMU=$work/none: there is no such program" "$@"
with NUMARIG_QEMU="$work/text" -- 3 "numarig: $work/text: can't be started: Permission denied" "$@"
printf '#!/bin/sh\n' >"$work/bin/mute"
chmod +x "$work/bin/mute"
with NUMARIG_QEMU="$work/bin/mute" -- 2 "numarig: $work/bin/mute --version: prints \"\", which is no QEMU" "$@"
with -u NUMARIG_QEMU PATH="$work/dir" -- 3 \
	'numarig: qemu-system-x86_64: is not on this machine: install the package qemu-system-x86 or set NUMARIG_QEMU' "$@"
with NUMARIG_CACHE="$work/fresh" PATH="$work/dir" -- 3 \
	'numarig: initramfs: busybox: is not on this machine: install the package busybox-static' "$@"
with NUMARIG_DEADLINE=0 -- 2 'numarig: NUMARIG_DEADLINE=0: want seconds from 1 to 86400' "$@"
nothing='no cache folder: neither NUMARIG_CACHE, XDG_CACHE_HOME nor HOME is set'
with -u HOME -u XDG_CACHE_HOME -u NUMARIG_CACHE -- 2 "numarig: $nothing" "$@"
with -u HOME -u XDG_CACHE_HOME -u NUMARIG_CACHE -- 2 "numarig: $nothing" cache list
with NUMARIG_CACHE="$work/text" -- 2 "numarig: cache folder: $work/text: is no folder" "$@"
with NUMARIG_CACHE=/proc/none -- 2 'numarig: cache folder: /proc/none: No such file or directory' "$@"
if [ "$(id -u)" -ne 0 ]; then
	mkdir "$work/locked"
	chmod 0 "$work/locked"
	with NUMARIG_CACHE="$work/locked" -- 3 "numarig: cache folder: $work/locked/snapshots: Permission denied" "$@"
else
	t 'a cache folder without permission # SKIP root may write everywhere' true
fi
call list workloads
t 'the workloads are there' [ "$code" -eq 0 ]
"$numarig" list knobs >/dev/full 2>"$work/err" && code=0 || code=$?
: >"$work/out"
t 'standard output is full' refused 3 'numarig: standard output can'\''t be written: No space left on device'
t 'no failed run left a folder' [ ! -e "$work/at" ]

# --- exec: what can't be taken along ---
set -- exec -t 4node -k "$kernel"
says 2 "numarig: $work/none: is no program on this machine" "$@" -- "$work/none"
says 2 "numarig: $work/text: is no program on this machine" "$@" -- "$work/text"
says 2 "numarig: $work/none: No such file or directory" "$@" -f "$work/none" -- true
says 2 "numarig: $work/dir: is no regular file: only files can be taken along" "$@" -f "$work/dir" -- true
t 'nothing is left in the cache of what was packed' [ -z "$(find "$work/cache/tmp" -mindepth 1)" ]

# --- check: a folder that is no run, and a run that was changed ---
says 2 "numarig: $work/none: is no run directory: it has no raw/run.json" check "$work/none"
says 2 "numarig: $work/dir: is no run directory: it has no raw/run.json" check "$work/dir"
usage 'want one run directory, or a series of them' check
usage 'want one run directory, or a series of them' check a b
usage '"x": this command takes no further argument' mission x
says 2 "numarig mission: -o: want a folder's name" mission -o ''
call mission -k "$kernel" -o "$work/text/x"
t 'mission: a folder that cannot be is refused before anything runs' \
	eval '[ $code -ne 0 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF "$work/text" "$work/err" && [ -z "$(ls "$work/cache/snapshots" 2>/dev/null)" ]'
says 3 "numarig: $work/none: is no mission.json: $work/none: No such file or directory" mission --render "$work/none"
echo '{}' >"$work/mission.json"
says 3 "numarig: $work/mission.json: is no mission.json: has no rows" mission --render "$work/mission.json"
echo '{"rows": []}' >"$work/mission.json"
says 3 "numarig: $work/mission.json: is no mission.json: has no rows" mission --render "$work/mission.json"
"$numarig" run -t 4node -k "$kernel" -w bind -o "$work/good" >/dev/null 2>"$work/err" && code=0 || code=$?
t 'a run to be changed' [ "$code" -eq 0 ]
call check "$work/good"
t 'check: unchanged: code 0' [ "$code" -eq 0 ]
call check --json "$work/good"
t 'check --json: that and nothing behind it' eval '[ "$code" -eq 0 ] && [ "$(tail -n 1 "$work/out")" = "}" ]'
changed() # WHAT CODE PATTERN FILE SED-SCRIPT: one line that matches
{
	rm -rf "$work/changed"
	cp -r "$work/good" "$work/changed"
	sed "$5" "$work/good/$4" >"$work/changed/$4"
	call check "$work/changed"
	t "check: $1: code $2" [ "$code" -eq "$2" ]
	t "check: $1: says so in one line" [ "$(grep -c "^numarig: $work/changed$3" "$work/err"),$(wc -l <"$work/err")" = 1,1 ]
}
changed 'another outcome' 3 '/result.json: was changed: its digest says' result.json '0,/"pass"/s//"fail"/'
changed 'another digest' 3 '/result.json: was changed: its digest says' result.json '/"digest"/s/[0-9a-f]"/x"/'
changed 'no result' 3 '/result.json: is missing or no result' result.json 's/.*//'
changed 'half a result' 3 '/result.json: is missing or no result' result.json '20q'
changed 'other records' 3 ': this program judges its records otherwise: digest' raw/bind.records 's/^0 128$/0 127/'
changed 'half of run.json' 3 ': is no run directory: raw/run.json: ' raw/run.json '5q'
changed 'run.json without a topology' 3 ': raw/run.json has no topology' raw/run.json 's/"topology"/"ygolopot"/'
changed 'run.json without a plan' 3 ': this program judges its records otherwise: digest' raw/run.json 's/"plan"/"nalp"/'
changed 'run.json without its workloads' 3 ': this program judges its records otherwise: digest' raw/run.json 's/"workloads"/"sdaolkrow"/'
changed 'another workload' 3 ': this program judges its records otherwise: digest' raw/run.json 's/"workload": "bind"/"workload": "dnib"/'
# what a run directory of someone else's says steers no terminal
bad='\\u001b]0;x\\u0007\\u009b31m'
clean() { ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$work/out" "$work/err"; }
changed 'a digest that lies' 3 '/result.json: was changed: its digest says' result.json "s/\"digest\": \"/&$bad/"
t '... without control characters' clean
changed 'a kernel that lies' 3 ': this program judges its records otherwise: digest' raw/run.json \
	"s/\"release\": \"/&$bad/; s/\"version\": \"/&$bad/; s/\"workload\": \"/&$bad/"
t '... without control characters' clean
call check --json "$work/changed"
t '... as JSON, without them' clean
rm "$work/changed/raw/run.json"
says 2 "numarig: $work/changed: is no run directory: it has no raw/run.json" check "$work/changed"
says 2 "numarig: -o $work/good: exists and is no empty folder" run -t 4node -k "$kernel" -w bind -o "$work/good"
says 2 "numarig: -o $work/text: exists and is no empty folder" run -t 4node -k "$kernel" -w bind -o "$work/text"

# --- argv: every shape has a command line ---
for file in topologies/*.json; do
	name=$(basename "$file" .json)
	call argv -t "$name" -k "$kernel"
	t "argv -t $name: code 0, silent" [ "$code,$(wc -c <"$work/err")" = 0,0 ]
	nodes=$("$numarig" topo check "$file" | sed 's/.*: \([0-9]*\) nodes.*/\1/')
	t "argv -t $name: $nodes nodes" [ "$(grep -c "^	-numa node,nodeid=" "$work/out")" = "$nodes" ]
	t "argv -t $name: the shell reads it as it is meant" sh -c '
		q() { case $1 in -machine | -sandbox) [ $# -gt 20 ] ;; *) false ;; esac; }
		eval "q ${1#*bin/qemu}"' - "$(cat "$work/out")"
done

# --- help: what it names parses ---
call --help
t 'help: code 0, on standard output' [ "$code,$(wc -c <"$work/err")" = 0,0 ]
commands=$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' "$work/out")
table=$(sed -n 's/^\trow(\([a-z]*\)).*/\1/p' harness/commands.c)
t 'help: names the commands of the table, in its order' [ "$commands" = "$table" ]
described=$(sed -n 's/^COMMAND(\([a-z]*\)).*/\1/p' harness/cmd_*.c | sort)
t 'every command that is described has a row of the table' [ "$described" = "$(echo "$table" | sort)" ]
for command in $commands; do
	call "$command" --help
	t "$command --help: code 0, on standard output" [ "$code,$(wc -c <"$work/err")" = 0,0 ]
	t "$command --help: begins with its usage" grep -q "^usage: numarig $command " "$work/out"
	cp "$work/out" "$work/help"
	t "$command --help: no line is wider than 120" [ -z "$(grep -E '.{121}' "$work/help")" ]
	sed -n 's/^  \(-.,\|   \) --\([a-z-]*\) \([A-Z][^ ]*\)\{0,1\}.*/\1 \2 \3/p' "$work/help" | sed 's/^    *//' >"$work/options"
	while read -r letter long value; do
		case $letter in -?,) ;; *) value=$long long=$letter letter= ;; esac
		[ "$long" != help ] || continue
		if [ -n "$value" ]; then
			usage "--$long needs $value" "$command" "--$long"
			[ -z "$letter" ] || usage "--$long needs $value" "$command" "${letter%,}"
		else
			usage "--$long takes no value" "$command" "--$long=1"
			[ -z "$letter" ] || usage "--$long takes no value" "$command" "${letter%,}1"
		fi
	done <"$work/options"
done
t 'nothing is left in TMPDIR' [ -z "$(find "$work/tmp" -mindepth 1)" ]

# --- folders of others: links in them are not followed ---
mkdir -p "$work/sent/raw" "$work/dump/node0"
ln -s /etc/passwd "$work/sent/raw/run.json"
says 2 "numarig: $work/sent/raw/run.json: is a link or no regular file: want a copy of the file (cp -L)" check "$work/sent"
ln -s /etc/passwd "$work/dump/node0/cpulist"
says 2 "numarig: $work/dump: node0/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" \
	topo import "$work/dump"
rm "$work/sent/raw/run.json"
for name in ../x . ''; do
	echo "{\"schema\": 1, \"topology\": {\"name\": \"x\", \"file\": {\"nodes\": [{\"cpus\": 1, \"mem\": \"256M\"}]}}, \"plan\": {\"workloads\": [{\"name\": \"$name\"}]}}" >"$work/sent/raw/run.json"
	says 3 "numarig: $work/sent: raw/run.json: workload 0 has no name" check "$work/sent"
done

finish
