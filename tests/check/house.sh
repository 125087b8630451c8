#!/bin/sh
# ci/cycles and ci/layers on made trees: a clean one passes, and each mistake is seen and named.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2317,SC2329 # functions are called through t
# Needs no program that is built
. "$(dirname "$0")/lib"

tree=$work/tree
# A file of NAME that has a function of that name, which calls the others; its header.
module() # ROOM/NAME [ROOM/NAME of a function it calls]...
{
	path=$1 name=${1##*/}
	shift
	mkdir -p "$tree/harness/${path%/*}" "$tree/build/host/harness/${path%/*}"
	printf '#ifndef H_%s\n#define H_%s\nvoid %s(void);\n#endif\n' "$name" "$name" "$name" >"$tree/harness/$path.h"
	{
		echo "#include \"$path.h\""
		for used; do echo "#include \"$used.h\""; done
		echo "void $name(void)"
		echo '{'
		for used; do echo "	${used##*/}();"; done
		echo '}'
	} >"$tree/harness/$path.c"
}

# One room after the other, each as large as the others; each uses the one before. The first is used by the command.
clean()
{
	rm -rf "$tree"
	before=
	for room in base wire topo qemu kit plan machine judge; do
		# shellcheck disable=SC2086 # none or one
		module $room/$room $before
		before=$room/$room
	done
	mkdir -p "$tree/build/host/harness"
	printf '#include "judge/judge.h"\nint main(void)\n{\n\tjudge();\n}\n' >"$tree/harness/main.c"
}

cycles() # leaves what it says, and its code
{
	code=0
	(cd "$tree" && for c in harness/*.c harness/*/*.c; do
		"${CC:-gcc}" -O2 -Iharness -c "$c" -o "build/host/${c%.c}.o" || exit
	done) >"$work/out" 2>&1 || return
	B=build sh "$top/ci/cycles" "$tree" >"$work/out" 2>&1 || code=$?
}

layers()
{
	code=0
	sh "$top/ci/layers" "$tree" >"$work/out" 2>&1 || code=$?
}

passes() # WORDS
{
	[ "$code" -eq 0 ] && ! grep '^not ok' "$work/out" && grep -qF -e "$1" "$work/out"
}

# It fails, and with these words and no other complaint than N.
fails() # N WORDS...
{
	[ "$code" -ne 0 ] && [ "$(grep -c '^not ok' "$work/out")" = "$1" ] || return
	shift
	for words; do grep -qF -e "$words" "$work/out" || return; done
}

# --- ci/cycles ---
clean
cycles
t 'no cycle' passes 'ok - no cycle among 9 files'
t 'no cycle of rooms' passes 'ok - no cycle among 9 folders'
t 'all is used' passes 'ok - 9 public functions'

module kit/one kit/two
module kit/two kit/one
cycles
t 'two files of a room' fails 1 'not ok - 2 files use each other' '# harness/kit/one uses harness/kit/two: includes two' \
	'# harness/kit/two uses harness/kit/one: includes one'

clean
module kit/one kit/two
module kit/two kit/three
module kit/three kit/one
cycles
t 'three files in a ring' fails 1 'not ok - 3 files use each other' '# harness/kit/three uses harness/kit/one: includes one'

clean
printf '#include "kit/one.h"\nvoid kit(void);\nvoid one(void)\n{\n\tkit();\n}\n' >"$tree/harness/kit/one.c"
printf 'void one(void);\n' >"$tree/harness/kit/one.h"
printf 'void one(void);\n#include "qemu/qemu.h"\nvoid kit(void)\n{\n\tone();\n\tqemu();\n}\n' >"$tree/harness/kit/kit.c"
cycles
t 'by symbols alone' fails 1 '# harness/kit/one uses harness/kit/kit: kit' '# harness/kit/kit uses harness/kit/one: one'

clean
printf '#include "wire/wire.h"\n' >>"$tree/harness/base/base.h"
cycles
t 'by includes alone, of files and of rooms' fails 2 'files use each other' 'folders use each other' \
	'# harness/base/base uses harness/wire/wire: includes' '# base uses wire: harness/base/base->harness/wire/wire'

clean
module base/late
printf '#include "base/late.h"\nvoid judge(void);\nvoid late(void)\n{\n\tjudge();\n}\n' >"$tree/harness/base/late.c"
printf '#include "base/base.h"\nvoid base(void)\n{\n}\n#include "base/late.h"\nvoid wire(void);\n' >"$tree/harness/base/base.c"
printf '#include "judge/judge.h"\n#include "base/late.h"\nint main(void)\n{\n\tlate();\n\tjudge();\n}\n' >"$tree/harness/main.c"
cycles
t 'rooms in a ring' fails 2 'not ok - 8 folders use each other'

clean
printf 'void nobody(void)\n{\n}\n' >>"$tree/harness/kit/kit.c"
cycles
t 'a function that nobody calls' fails 1 '# harness/kit/kit: nobody: the program does not use it'
mkdir -p "$tree/tests/unit"
printf 'nobody();\n' >"$tree/tests/unit/test_kit.c"
cycles
t 'a function that only a test calls' fails 1 '# harness/kit/kit: nobody: the program does not use it'
printf 'void other(void)\n{\n\tnobody();\n}\n' >>"$tree/harness/kit/kit.c"
printf 'void other(void);\n' >>"$tree/harness/kit/kit.h"
sed -i 's/^	judge();/&\n	other();/; 1i void other(void);' "$tree/harness/main.c"
cycles
t 'a function that its file and a test call' passes 'public functions'
rm "$tree/tests/unit/test_kit.c"
cycles
t 'a function that only its own file calls' fails 1 '# harness/kit/kit: nobody: only its own file uses it: make it static'

clean
cycles
rm "$tree/harness/kit/kit.c"
cp "$tree/build/host/harness/judge/judge.o" "$tree/build/host/harness/kit/old.o"
code=0
B=build sh "$top/ci/cycles" "$tree" >"$work/out" 2>&1 || code=$?
t 'an object without a source is not looked at' fails 1 '# harness/qemu/qemu: qemu: the program does not use it'
rm -r "$tree/build"
code=0
B=build sh "$top/ci/cycles" "$tree" >"$work/out" 2>&1 || code=$?
t 'a tree that is not built' fails 1 'no objects in build'

# --- ci/layers ---
clean
layers
t 'rooms in order' passes 'ok - layer rule'
t 'rooms of a size' passes 'ok - no room is larger than 15 % of harness/'
printf '#include "kit/kit.h"\n' >>"$tree/harness/wire/wire.c"
layers
t 'a room that includes a later one' fails 1 'harness/wire/wire.c:7: includes kit, which is a later layer'
clean
mkdir "$tree/harness/attic"
echo 'int attic;' >"$tree/harness/attic/attic.c"
layers
t 'a room that is not listed' fails 1 'unknown layer attic'
clean
yes 'int x;' | head -n 5 >>"$tree/harness/kit/kit.c"
layers
t 'a room that is too large' fails 1 'not ok - kit has 1' 'and 15 is the most'
clean
yes 'int x;' | head -n 9 >>"$tree/harness/main.c"
layers
t 'commands are a room, too' fails 1 'not ok - commands has 1'
finish
