#!/bin/sh
# cases/README.md is what `make cases` makes of cases/results.json, and that is of the cases as they are now. What `repro` says
# without a machine: a slip in a name or a file, --new, --from, and that --bisect has no code but 0, 1 and 125.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced, and sets top, work and numarig
. "$(dirname "$0")/lib"
set +e
cd "$top" || exit 3
export NUMARIG_CACHE="$work/cache" NUMARIG_QEMU=/nonexistent

ends() # CODE WORDS ARG...: repro ends so and says the words
{
	want=$1 words=$2
	shift 2
	"$numarig" repro "$@" >"$work/out" 2>&1 </dev/null && code=0 || code=$?
	[ "$code" -eq "$want" ] && grep -F -e "$words" "$work/out" && return
	echo "exit code $code, not $want:"
	cat "$work/out"
	return 1
}

# --- the table -----------------------------------------------------------------------------------------------------
digests() # of what stands on standard input: name and digest, by name
{
	awk -F '"' -v "name=$1" '$2 == name { n = $4 } $2 == "case_digest" { d = $4 } /^ },?$/ { print n, d }' | sort -u
}

sh cases/make-readme "$numarig" >"$work/now" 2>&1
t 'cases/README.md is of today (make cases)' diff -u cases/README.md "$work/now"
"$numarig" show cases --json | digests name >"$work/cases"
digests case <cases/results.json >"$work/results"
t 'cases/results.json is of the cases as they are (make cases)' diff -u "$work/results" "$work/cases"
t 'and of every one' [ "$(grep -c . "$work/cases")" -eq "$(find cases -mindepth 2 -name case.json | grep -vc template)" ]
t 'nothing in it differs from what is expected' ends 0 'answers' --from cases/results.json
sed '0,/"agrees": true/s//"agrees": false/' cases/results.json >"$work/worse.json"
t 'a row that differs is exit code 1, with both' ends 1 EXPECTED --from "$work/worse.json"
sed -e '0,/"answer": "[a-z_]*"/s//"answer": "cannot_tell"/' -e '0,/"agrees": true/s//"agrees": null/' cases/results.json >"$work/unknown.json"
t 'a row that cannot tell is exit code 3' ends 3 'cannot tell' --from "$work/unknown.json"
printf "#!/bin/sh\nexit 2\n" >"$work/fails" && chmod +x "$work/fails"
sh cases/make-readme "$work/fails" >"$work/out" 2>&1 && code=0 || code=$?
t 'a program that fails makes no README' [ "$code" -ne 0 ]
echo '{}' >"$work/object.json"
t '--from no array' ends 2 'want an array of answers' --from "$work/object.json"

# --- what is typed -----------------------------------------------------------------------------------------------------
t 'a slip in a name' ends 2 'no case "mbind-fasle-eio" (did you mean "mbind-false-eio"?)' mbind-fasle-eio
t 'no case' ends 2 'no case: want a name'
t 'no such file' ends 2 "$work/none.json: is no case" "$work/none.json"
mkdir "$work/bad"
sed 's/topology/topologie/' cases/template/case.json >"$work/bad/case.json"
t 'a slip in a file' ends 2 'bad: unknown key "topologie" (did you mean "topology"?)' "$work/bad"
sed 's/2node/2nod/' cases/template/case.json >"$work/bad/case.json"
t 'a slip in a topology' ends 2 'did you mean "2node"?' "$work/bad/case.json"
sed 's/thp.enabled/thp.enable/' cases/template/case.json >"$work/bad/case.json"
t 'a slip in a knob' ends 2 'did you mean "thp.enabled"?' "$work/bad/case.json"
cp cases/template/case.json "$work/bad/case.json"
t 'no program' ends 2 'bad/repro.c: is not there' "$work/bad"
mine() # JSON C-STATEMENTS: a case in $work/own, with these keys more
{
	mkdir -p "$work/own"
	printf '{ "about": "a", "source": "s", "topology": "2node", "program": "repro.c", %s "does_not": { "n": 1 } }\n' "$1" >"$work/own/case.json"
	printf '#include "repro.h"\nint main(void)\n{\n%s\nreturn 0;\n}\n' "$2" >"$work/own/repro.c"
}
known='want stdout, stderr, console, the file of a knob of the case or one of /proc/vmstat, /proc/buddyinfo, '
mine '"values": { "x": { "file": "/proc/cpuinfo", "find": "(x)" } }, "shows": { "x": 1 },' ''
t 'a file that no run samples' ends 2 "own: values: x: file \"/proc/cpuinfo\": is not sampled: $known" "$work/own"
mine '"values": { "x": { "file": "/proc/PID/numa_maps", "find": "(x)" } }, "shows": { "x": 1 },' ''
t 'a file that is gone with its program' ends 2 "is not sampled: $known" "$work/own"
mine '"values": { "x": { "file": "/proc/vmstat", "find": "(x)", "phase": "middle" } }, "shows": { "x": 1 },' ''
t 'a phase that there is none of' ends 2 'own: values: x: phase "middle": want start or end' "$work/own"
mine '"shows": { "n": "<five" },' ''
t 'a condition that is none' ends 2 'own: shows: n: "<five": want a number after the sign' "$work/own"
mine '"shows": { "end": "killed" },' ''
t 'an end that is none' ends 2 'own: shows: end: "killed": want exit N, signal N, deadline, panic or hang' "$work/own"
mine '"shows": { "n": 0 }, "expect": { "shows": 6 },' ''
t 'each key once in a message' ends 2 'own: expect: shows: want one line of text' "$work/own"
mine '"files": [ "data" ], "shows": { "n": 0 },' ''
t 'no such file beside it' ends 2 'own/data: is not there' "$work/own"
ln -s /etc/passwd "$work/own/data"
t 'a link to a file that is none of the case' ends 2 'own: data: is a link that leads out of the folder' "$work/own"
rm "$work/own/data"
mkdir "$work/own/data"
t 'a folder is no file' ends 2 'own/data: is a folder: want a file' "$work/own"
mine '"files": [ "repro" ], "shows": { "n": 0 },' ''
t 'a file where the program goes' ends 2 'own: files: repro is where the guest has what repro.c is compiled to' "$work/own"
mine '"shows": { "n": 0 },' 'int nothing(void); value("n", "%d", nothing());'
t 'what the linker misses' ends 3 "repro.c does not link: repro.c:" "$work/own" -k /none
t 'by name' grep -q 'undefined reference to .nothing' "$work/out"
mine '"shows": { "n": 0 },' 'value("n", "%d", one);
value("n", "%d", two);'
t 'what the compiler refuses' ends 3 "repro.c does not compile: repro.c:4:" "$work/own" -k /none
t 'all that it says of it' grep -q "^own: repro.c:5:.*two" "$work/out"
t 'with the line of the program' grep -q '^own:  *5 | value("n", "%d", two);' "$work/out"
mine '"shows": { "n": 0 },' 'int *p = 5; (void)p;'
t 'what the compiler warns of' ends 2 'own: repro.c:4:' "$work/own" -k /none
sed -i '1i #define _GNU_SOURCE' "$work/own/repro.c"
t 'and again, with a definition of ours' ends 2 'own: repro.c:5:' "$work/own" -k /none
t 'with its words, and none of what is ours' [ "$(grep -c warning: "$work/out")" = 1 ]
mine '"libs": [ "m" ], "shows": { "n": 0 },' 'extern double sqrt(double); volatile double x = 2; value("n", "%d", (int)sqrt(x));'
t 'a library more' ends 2 '/none: No such file' "$work/own" -k /none
sed -i 's/"m"/"-lm"/' "$work/own/case.json"
t 'as a compiler takes it' ends 2 '/none: No such file' "$work/own" -k /none
sed -i 's/"-lm"/"-lnosuch"/' "$work/own/case.json"
t 'a library that this machine lacks' ends 3 'repro.c does not link: ' "$work/own" -k /none
t 'its name' grep -q -e '^own: .*cannot find -lnosuch' "$work/out"
sed -i 's/"-lnosuch"/"-Wl,-z,now"/' "$work/own/case.json"
t 'an option is no library' ends 2 'own: libs[0] "-Wl,-z,now": want a library'"'"'s name, such as -lm or m' "$work/own" -k /none
sed -i 's/repro.c/prog/; s/"libs": \[ "[^"]*" \],//' "$work/own/case.json"
printf '#!/usr/bin/env python3\n' >"$work/own/prog"
t 'a script of another shell' ends 2 "own/prog: is for python3, and the guest has busybox's shell alone" "$work/own"
echo 'int main(void) { return 0; }' >"$work/one.c"
${CC:-cc} -o "$work/own/prog" "$work/one.c"
t 'a program that needs libraries' ends 2 'own/prog: is linked dynamically' "$work/own"
${CC:-cc} -static -o "$work/own/prog" "$work/one.c"
t 'a static program' ends 2 '/none: No such file' "$work/own" -k /none
printf '\267' | dd of="$work/own/prog" bs=1 seek=18 conv=notrunc 2>/dev/null # EM_AARCH64
t 'a static program of another machine' ends 2 'own/prog: is built for aarch64, the guest is x86-64' "$work/own" -k /none
head -c 100 "$work/own/prog" >"$work/cut" && cp "$work/cut" "$work/own/prog"
printf '\076' | dd of="$work/own/prog" bs=1 seek=18 conv=notrunc 2>/dev/null # EM_X86_64
t 'a program that was cut' ends 2 'own: program: ' "$work/own" -k /none
${CC:-cc} -c -o "$work/own/prog" "$work/one.c"
t 'an object file' ends 2 'own/prog: is no text: want a C file NAME.c, a program that is linked with -static, or a shell script' "$work/own" -k /none
t '--first-good and --first-bad' ends 2 'not both' --first-good --first-bad "$work/own"
t '--from and a search' ends 2 'runs nothing' --from cases/results.json --first-bad
t '--json and --markdown' ends 2 'not both' --json --markdown all
t '--new takes no case' ends 2 '--new takes no case' --new x all

t '--new' ends 0 'change them (docs/cases.md)' --new "$work/mine"
t 'its two files' test -s "$work/mine/case.json" -a -s "$work/mine/repro.c"
t 'its command can be pasted' ends 0 "\`$numarig repro '$work/x y'\`" --new "$work/x y"
t '--new never overwrites' ends 2 'mine: exists' --new "$work/mine"

# --- git bisect ---------------------------------------------------------------------------------------------------------
t '--bisect: a harness that fails is 125' ends 125 '' --bisect -k /nonexistent "$work/mine"
t '--bisect: a slip in the case is 125' ends 125 'did you mean' --bisect -k 6.1 mbind-fasle-eio
t '--bisect: a slip in an option is 125' ends 125 'no option' --bisect --kernles 6.1 "$work/mine"
t '--bisect: no kernel is 125' ends 125 'one case and one kernel' --bisect "$work/mine"
t '--bisect: two kernels are 125' ends 125 'one case and one kernel' --bisect -k 6.1,6.12 "$work/mine"
t '--bisect: two cases are 125' ends 125 'one case and one kernel' --bisect -k 6.1 "$work/mine" "$work/bad"
finish
