#!/bin/sh
# What it costs to add a topology, a workload, a metric, a knob, a command and a guest's program: in a copy of this tree one of each is
# added, called "dummy", with the files and rows that CONTRIBUTING.md promises and no more; then the program, its help and documents and the
# tests that go through all there is have to know them.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2034,SC2154,SC2016 # lib is sourced, and sets top and work; backquotes are make's words
# ADDING=all (`make prove`): then the whole `make check` of that tree, and a real machine of that shape that runs the workload.
. "$(dirname "$0")/lib"
set +e
case ${ADDING:-}:$B in
added:*) skip 'what is added costs what the documents say' "in this tree it is added already"; finish ;;
*:build) ;;
*) skip 'what is added costs what the documents say' "of the plain build only, and this is $B"; finish ;;
esac
tree=$work/tree
numarig=$tree/build/numarig

copy() # the sources and what is built of them, but for the tests; a repository of its own, which tells what is touched
{
	mkdir -p "$tree/build" "$tree/results" &&
		find "$top" -mindepth 1 -maxdepth 1 ! -name .git ! -name results ! -name 'build*' -exec cp -a -t "$tree" '{}' + &&
		cp -a "$top"/results/*.md "$top"/results/*.json "$top/results/schema" "$top/results/baselines" "$tree/results" &&
		cp -a "$top"/build/host "$top"/build/guest "$top"/build/*.[aco] "$top"/build/*.so "$top/build/numarig" "$tree/build" &&
		cd "$tree" && git init -q && git add -A && git_commit 'before'
}
git_commit() { git -c user.name=adding -c user.email=adding@localhost -c commit.gpgsign=false commit -qm "$1"; }

added() # WHAT...: what git says of the tree, "new FILE" or "LINES FILE", sorted, is this
{
	for line; do echo "$line"; done | sort >"$work/want"
	{
		git ls-files -o --exclude-standard | sed 's/^/new /'
		git diff --numstat | awk '{ print ($2 ? $1 " and less " $2 : $1), $3 }'
	} | sort >"$work/is"
	git add -A && git_commit 'added' >/dev/null
	diff "$work/want" "$work/is"
}

row() # FILE LINE-BEFORE ROW: one line more, behind the first that is that
{
	BEFORE=$2 ROW=$3 awk '{ print } !done && $0 == ENVIRON["BEFORE"] { print ENVIRON["ROW"]; done = 1 }' "$1" >"$1.new" && mv "$1.new" "$1"
}

# --- what is added -----------------------------------------------------------------------------------------------------
t 'a copy of the tree' copy
cd "$tree" || exit 3

cat >topologies/dummy.json <<'END'
{
	"about": "three nodes with a CPU each, for the test that adds a topology",
	"nodes": [
		{"cpus": 1, "mem": "192M"},
		{"cpus": 1, "mem": "192M"},
		{"cpus": 1, "mem": "192M"}
	]
}
END
t 'a topology: one file' added 'new topologies/dummy.json'

model() # the complete one of workloads/README.md, to the byte
{
	awk '/^```/ { on = /^```c$/; next } on' workloads/README.md | sed 's/^WORKLOAD(first_touch)/WORKLOAD(dummy)/' >workloads/dummy.c &&
		grep -q '^WORKLOAD(dummy)' workloads/dummy.c && clang_format_agrees workloads/dummy.c
}
clang_format_agrees() { ! command -v clang-format >/dev/null || clang-format --version | grep -qv ' 14\.' || clang-format --dry-run -Werror "$1"; }
t 'a workload: one file, the model of workloads/README.md' model
t '... and no other' added 'new workloads/dummy.c'

row workloads/bind.c 'static const struct wl_metric metrics[] = {' \
	'	{ "dummy_faults", "faults", WL_VMSTAT, "pgfault", "start", "end", .timing = true, .about = "dummy" },'
t 'a metric: one row' added '1 workloads/bind.c'

row harness/plan/knobs.c 'const struct knob knob_table[] = {' \
	'	{ "dummy.knob", KNOB_FILE, VM "stat_interval", "1", NULL, 0, 77, NULL, "dummy" },'
t 'a knob: one row' added '1 harness/plan/knobs.c'

cat >harness/cmd_dummy.c <<'END'
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cli.h"

static int set_often(void *often, const char *v, struct err *err)
{
	return cli_number("--often", v, 1, 9, often, err);
}

static const struct opt opts_dummy[] = {
	{ 'n', "often", "N", "how often it is said", set_often },
	OPT_END,
};

static int cmd_dummy(const struct command *c, int argc, char **argv)
{
	unsigned often = 1;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &often, false, &code);

	if (n < 0)
		return code;
	if (n)
		return cli_usage(c, "\"%s\": this command takes no further argument", argv[1]);
	while (often--)
		puts("dummy command");
	return EXIT_OK;
}

COMMAND(dummy) = {
	.name = "dummy",
	.about = "says so",
	.opts = opts_dummy,
	.run = cmd_dummy,
};
END
row harness/commands.c "	row(doctor) \\" "	row(dummy) \\"
t 'a command: one file and one row' added 'new harness/cmd_dummy.c' '1 harness/commands.c'

cp guests/programs/holder.c guests/programs/dummy.c
t "a guest's program: one file" added 'new guests/programs/dummy.c'

# --- it is built, and nothing else is to be done -------------------------------------------------------------------------
# those of the unit tests that go through a table or a folder
tests=$(grep -lE 'workload_table|knob_table|commands\[|topo_names' tests/unit/test_*.c | sed 's,^tests/\(.*\)\.c$,build/\1,')
quick() { make -s -j 2 DEPS=0 CC="${CC:-gcc}" CFLAGS=-O0 "$@"; }
: >build/guest/gone # as if a program's source had been here
# shellcheck disable=SC2086 # words
t 'it builds' quick all build/numarig.1 $tests
t '... and a program without a source is in no guest' [ ! -e build/guest/gone ]
told() # A test fails, and names the command.
{
	! build/unit/test_goldens >"$work/said" 2>&1 && grep -F '`make goldens TOPO=dummy` writes it' "$work/said"
}
t 'a topology without goldens fails a test, which says what to do' told
t '`make goldens` writes them' quick goldens TOPO=dummy
t '... two files, and no other' added 'new tests/topologies/expected/dummy.args' 'new tests/topologies/expected/dummy.sysfs'
for test in $tests; do
	t "$(basename "$test")" "$test"
done

t 'tests/e2e/premises.sh has the rows of its sabotage table' eval 'build/unit/test_contract premises | grep "|dummy:sabotage="'

# --- the program knows them ----------------------------------------------------------------------------------------------
knows() # WORD ARGUMENT...: what that prints has a line that begins with the word
{
	word=$1
	shift
	"$numarig" "$@" >"$work/out" 2>"$work/err"
	grep -e "^${word}[ :]" "$work/out"
}
suggests() # WORD ARGUMENT...: not "dummy", but nearly
{
	word=$1
	shift
	! "$numarig" "$@" >"$work/out" 2>"$work/err" && grep -F "did you mean \"$word\"?" "$work/err"
}
cache=${NUMARIG_CACHE-}
export NUMARIG_CACHE="$work/cache"
for what in 'topologies dummy' 'workloads dummy' 'metrics bind.dummy_faults' 'knobs dummy.knob'; do
	t "list ${what% *}" knows "${what#* }" list "${what% *}"
	name=${what##*[ .]}
	[ "${what% *}" != knobs ] || name=dummy.knob
	t "show ${what% *} $name" knows "$name" show "${what% *}" "$name"
done
t 'a topology that is nearly it' suggests dummy run -t dumy
t 'a workload that is nearly it' suggests dummy run -t dummy -w dumy
t 'a knob that is nearly it' suggests dummy.knob run -t dummy -s dumy.knob=1
beyond() { ! "$numarig" run -t dummy -s dummy.knob=78 2>"$work/err" && grep -F '78 is out of range (0 to 77)' "$work/err"; }
t "the knob's range" beyond
t 'help' knows '  dummy' --help
t 'a command that is nearly it' suggests dummy dumym
obeys() { [ "$("$numarig" dummy -n 2 | sort -u)" = 'dummy command' ] && [ "$("$numarig" dummy --often=2 | wc -l)" -eq 2 ]; }
t 'the command runs, with its option' obeys
documented() # as `make docs` writes it
{
	sh docs/make-workloads "$numarig" >"$work/workloads.md" && grep -x '## dummy' "$work/workloads.md" &&
		grep '^| `dummy_faults` |' "$work/workloads.md"
}
t "the workloads' reference" documented
for script in man.sh completion.sh workloads_doc.sh; do
	t "tests/check/$script" sh "tests/check/$script"
done

# --- a baseline of before it ---------------------------------------------------------------------------------------------
fake_qemu "$work"
export NUMARIG_FAKE=good
forge_kernel "$work/bzImage"
echo '{"topologies": ["4node"], "workloads": ["bind"], "seeds": 1}' >"$work/plan.json"
regress() # PROGRAM ARGUMENT...
{
	program=$1
	shift
	rm -rf "$work/run"
	"$program" regress -k "$work/bzImage" --plan "$work/plan.json" --baselines "$work/base" -o "$work/run" "$@"
}
news() # What is new is said, and is no failure.
{
	echo '{"topologies": ["4node"], "workloads": ["bind", "dummy"], "seeds": 1}' >"$work/plan.json"
	regress "$numarig" >"$work/out" 2>"$work/err"
	code=$?
	[ $code -eq 0 ] && grep '^new  *dummy: workload: nothing' "$work/out" && grep '^new  *knob dummy.knob: nothing' "$work/out"
}
t 'a baseline of before' regress "$top/build/numarig" --accept
t '... calls what is added new, and is no failure' news
noticed() # a program that is there later makes another archive
{
	before=$(find "$NUMARIG_CACHE/guests" -name '*.cpio' | wc -l)
	cp build/guest/holder build/guest/later && regress "$numarig" >"$work/out" 2>"$work/err"
	rm -f build/guest/later
	[ "$(find "$NUMARIG_CACHE/guests" -name '*.cpio' | wc -l)" -gt "$before" ]
}
t "a program that comes to build/guest later is in the next run's guest" noticed
t 'nothing else was to be written' added

# --- at length --------------------------------------------------------------------------------------------------------------
whole() # every check there is, of the tree with all that was added
{
	ADDING=added make DEPS=0 CC="${CC:-gcc}" check >"$work/whole" 2>&1 || { grep -A 3 '^ *not ok' "$work/whole"; false; }
}
booted() # a machine of that shape, with that knob, that workload and that program
{
	"$numarig" run -t dummy -w dummy -w bind -s dummy.knob=2 -o "$work/real" &&
		"$numarig" exec -q -t dummy -o "$work/exec" -- dummy </dev/null
}
sabotaged()
{
	"$numarig" run -t dummy -w dummy:sabotage=far-cpu -o "$work/sabotaged"
	code=$?
	[ $code -eq 1 ]
}
if [ "${ADDING:-}" = all ]; then
	unset NUMARIG_QEMU NUMARIG_CACHE NUMARIG_FAKE TMPDIR
	[ -z "$cache" ] || export NUMARIG_CACHE="$cache"
	t 'a machine of that shape runs that workload' booted
	t '... and its check fails when its premise is broken' sabotaged
	t 'make check' whole
fi
finish
