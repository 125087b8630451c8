#!/bin/sh
# Cases on real kernels: answers and exit codes; programs that do not compile, hang, or take the kernel down; git bisect run.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317 # lib is sourced, sets tmp, run, code, and calls what is defined here
. "$(dirname "$0")/lib"

repro() # CODE ARG...
{
	want=$1
	shift
	go repro "$@"
	is "$code" "$want" 'the exit code'
}

prints() # EXTENDED-EXPRESSION...
{
	for re; do
		grep -Eq -e "$re" "$tmp/out" || no "does not print \"$re\": $(cat "$tmp/out" "$tmp/err")" || return 1
	done
}

answers() # CODE EXPRESSION ARG...: what stands in the one row of a kernel
{
	want=$1 re=$2
	shift 2
	repro "$want" "$@" && prints "$re"
}

mine() # NAME SHOWS C-STATEMENTS: a case of ours, with 6.12 on 2node
{
	mkdir -p "$tmp/$1"
	cat >"$tmp/$1/case.json" <<-END
		{ "about": "a", "source": "this test", "topology": "2node", "program": "repro.c", "timeout": 3,
		  "shows": $2, "does_not": { "n": 1 }, "expect": { "shows": "6.12" } }
	END
	printf '#include "repro.h"\nint main(void)\n{\n%s\nreturn 0;\n}\n' "$3" >"$tmp/$1/repro.c"
}

both_kernels()
{
	repro 0 move-pages-untouched && prints '^  6\.1\.0-.* shows it +status -14$' '^  6\.12\..* does not +status -2$' \
		'^2 answers: 1 show it, 1 do not, 0 cannot tell; 0 differ'
}

# The control of interleave-under-thp, and the same with the knob set by hand.
with_knobs()
{
	repro 0 interleave-under-thp -k 6.12 && prints 'shows it +pages (512/0|0/512); control: pages 256/256$' || return 1
	repro 0 interleave-under-thp -k 6.12 -s thp.enabled=never,always -j 2 &&
		prints 'does not +pages 256/256  \(-s thp.enabled=never\)$' 'shows it +pages .* \(-s thp.enabled=always\)$'
}

as_json()
{
	repro 0 ./mine -k 6.12 --json -o "$tmp/kept" && prints '"answer": "shows"' '"decides": "n 0"' '"agrees": true' &&
		[ -f "$tmp/kept/mine-2node-6.12/result.json" ]
}

# A history of kernels: the case's answer flips in the middle of it.
bisected()
{
	mkdir "$tmp/tree" && cd "$tmp/tree" && git init -q . || return 1
	for i in 1 2 3 4 5 6; do
		[ $i -lt 4 ] && echo 6.12 >kernel || echo 6.1 >kernel
		[ $i -ne 3 ] || echo /nonexistent >kernel # one that does not build
		echo $i >step
		git add -A && git -c user.name=a -c user.email=a@b commit -qm "step $i" || return 1
	done
	# shellcheck disable=SC2016 # for the shell that git starts
	printf '%s\n' 'exec "$1" repro move-pages-untouched --bisect -k "$(cat kernel)"' >"$tmp/try"
	git bisect start HEAD HEAD~5 -- >/dev/null && git bisect run sh "$tmp/try" "$numarig" >"$tmp/out" 2>&1
	cd "$top" && prints 'There are only .skip.ped commits left to test|is the first bad commit' || return 1
	[ "$(git -C "$tmp/tree" show refs/bisect/bad:step)" = 4 ] || no "the first bad one is $(git -C "$tmp/tree" show refs/bisect/bad:step)"
}

t 'both kernels' both_kernels
t 'a control, and knobs by hand' with_knobs
cd "$tmp" || exit 3

# What was not measured: a row a thing, in one run each; none of them is "does not", which the program's `n 1` would be.
unmeasured() # NAME REASON SHOWS OTHER-KEYS ARG...
{
	name=$1 reason=$2 shows=$3 more=$4
	shift 4
	mine "$name" "$shows" 'value("n", "1");'
	sed -i "s|\"expect\": { \"shows\": \"6.12\" }|$more|" "$name/case.json"
	answers 3 "cannot tell +$reason" "./$name" "$@"
}

# A kernel given as a file, without the modules beside it: no ext4, and the version is in its banner.
as_file()
{
	image=$(find "${NUMARIG_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/numarig}/kernels" -path '*/6.1.0-*/vmlinuz' | sort -V | tail -1)
	mine file '{ "n": 2 }' 'on_node(1); char *p = area(PAGE, PAGE); *p = 1; value("n", "%d", node_of(p) + (huge_kib(p) < 0));'
	sed -i 's/"shows": "6.12"/"does_not": "6.1.100..6.1", "shows": "6.1..6.1.99"/' file/case.json
	answers 0 'does not +n 1' ./file -k "$image" && repro 0 ./file -k "$image" --json && prints '"agrees": true' '"version": "6\.1\.[1-9]'
}

with_files()
{
	mkdir -p files/tools
	cat >files/case.json <<-END
		{ "about": "a", "source": "this test", "topology": "2node", "program": "steps.sh", "files": ["tools/say", "data"],
		  "shows": { "n": 0 }, "does_not": { "n": 1 } }
	END
	echo '. ./data; ./tools/say $n' >files/steps.sh
	echo 'n=1' >files/data
	printf '#!/bin/sh\necho n $1\necho as well >&2\n' >files/tools/say
	chmod +x files/tools/say
	answers 0 'does not +n 1' ./files -k 6.12 -o "$tmp/wrote" || return 1
	is "$(cat "$tmp/wrote/files-2node-6.12/stdout")" 'n 1' 'what it wrote' && is "$(cat "$tmp/wrote/files-2node-6.12/stderr")" 'as well' 'and said'
}

static_program()
{
	mkdir -p static
	printf '{ "about": "a", "source": "s", "topology": "2node", "program": "prog", "shows": { "n": 0 }, "does_not": { "n": 1 } }\n' >static/case.json
	printf '#include <unistd.h>\nint main(void) { return write(1, "a 0 byte: \\0\\nn 1\\n", 16) != 16; }\n' >static/prog.c
	${CC:-cc} -static -o static/prog static/prog.c && answers 0 'does not +n 1' ./static -k 6.12
}

t 'a knob that the guest lacks' unmeasured lacks 'this guest has no knob thp.64kB' '{ "n": 0 }' '"knobs": { "thp.64kB": "always" }' -k 6.1
t 'on a node that is not there' unmeasured node 'this guest has no knob hugepages.2048kB.7' '{ "n": 0 }' '"knobs": { "hugepages.2048kB.7": 1 }' -k 6.12
t 'on the command line of a kernel that does not know it' unmeasured cma "the guest's kernel has no knob cma" '{ "n": 0 }' '"note": "-s"' -k 6.12 -s cma=64M
t 'a knob that reads less than asked for' unmeasured less 'knob hugepages.2048kB.0 reads [0-9]+, not 100000' '{ "n": 0 }' '"knobs": { "hugepages.2048kB.0": 100000 }' -k 6.12
sed -i 's/"shows": { "n": 0 }/"shows": { "hugepages.2048kB.0": "<100000", "n": 1 }/; s/"does_not": { "n": 1 }/"does_not": { "n": 2 }/' less/case.json
t 'unless a rule names it' answers 0 'shows it +hugepages.2048kB.0 [0-9]+, n 1' ./less -k 6.12
t 'a value that was never said' unmeasured unsaid 'it did not print "nod"' '{ "nod": 0 }' '"note": "x"' -k 6.12
t 'an expression that matches nothing' unmeasured nothing 'there is no value "v": "find" matches nothing in /proc/vmstat' '{ "v": 0 }' \
	'"values": { "v": { "file": "/proc/vmstat", "find": "^nosuch ([0-9]+)" } }' -k 6.12
t 'a machine that boots for its job alone' answers 3 'cannot tell +it did not print "nod"  \(-e fast\)$' ./unsaid -k 6.12 -e fast
t 'a kernel given as a file' as_file
t 'files beside the case' with_files
t 'a static program, and a 0 byte in what it prints' static_program
mine mine '{ "n": 0 }' 'value("n", "0");'
t 'a case of the user'"'"'s, as JSON, its run kept' as_json
sed -i 's/"shows": "6.12"/"does_not": "6.12"/' mine/case.json
t 'another answer than expected' answers 1 'EXPECTED +does not: n 1$' ./mine -k 6.12
t 'bisect: shows it, whatever is expected' repro 1 ./mine -k 6.12 --bisect
mine other '{ "n": 0 }' 'value("n", "1");'
t 'bisect: does not' repro 0 ./other -k 6.12 --bisect
mine broken '{ "n": 0 }' 'value("n", "0")'
t 'does not compile' answers 3 'cannot tell +repro.c does not compile: repro.c:[0-9]+:.*error' ./broken -k 6.12
mine hangs '{ "n": 0 }' 'value("n", "0"); pause();'
sed -i 's/, "expect": .*/ }/' broken/case.json hangs/case.json
t 'does not compile, and nothing is expected' answers 3 'cannot tell' ./broken -k 6.12
t 'bisect: does not compile' repro 125 ./broken -k 6.12 --bisect
t 'hangs' answers 3 'cannot tell +its program had not ended after 3 s of virtual time' ./hangs -k 6.12
t 'bisect: hangs' repro 125 ./hangs -k 6.12 --bisect
mine dies '{ "n": 0 }' 'value("n", "0"); put("/proc/sysrq-trigger", "c"); pause();'
sed -i 's/, "expect": .*/ }/' dies/case.json
t 'takes the kernel down' answers 3 "cannot tell +the guest's kernel died: .*sysrq triggered crash" ./dies -k 6.12
t 'bisect: takes the kernel down' repro 125 ./dies -k 6.12 --bisect
mine symptom '{ "panic": "~ sysrq triggered crash" }' 'put("/proc/sysrq-trigger", "c"); pause();'
t 'a panic that is the symptom' answers 0 'shows it +panic .*sysrq triggered crash' ./symptom -k 6.12
t 'bisect: a panic that is the symptom' repro 1 ./symptom -k 6.12 --bisect
mine skips '{ "n": 0 }' 'CANNOT("no such thing here");'
sed -i 's/, "expect": .*/ }/' skips/case.json
t 'has a reason' answers 3 "cannot tell +can't be tried here: no such thing here" ./skips -k 6.12
t 'a kernel that is none' repro 125 ./mine -k /etc/passwd --bisect
if command -v git >/dev/null; then
	t 'git bisect run' bisected
else
	skip 'git bisect run' 'git is not installed'
fi
finish
