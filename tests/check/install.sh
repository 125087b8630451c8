#!/bin/sh
# make install and uninstall, where an installed program finds its files and puts results, the version, and the tarball. On the fake
# QEMU; tests/install does it on fresh systems with the real one.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
[ "$B" = build ] || { skip 'make install' 'make would build the normal tree'; finish; exit; }
unset PREFIX DESTDIR libdir bindir datadir mandir docdir
fake_qemu "$work/qemu"
forge_kernel "$work/bzImage"
export NUMARIG_FAKE=good
not() { ! "$@"; }

# --- install ---
dest="$work/a place"
make_to() { make -s DEPS=0 CC="${CC:-gcc}" DESTDIR="$dest" PREFIX=/usr libdir=/usr/lib/triplet "$@" >"$work/out" 2>&1; }
t 'make install' make_to install
of_dest() { (cd "$dest" && find . \( -type f -o -type l \) | sort); }
of_dest >"$work/files"
for file in bin/numarig lib/triplet/numarig/numarig lib/triplet/numarig/steady.so lib/triplet/numarig/trace.so \
	lib/triplet/numarig/guest/agent lib/triplet/numarig/guest/workloads share/numarig/topologies/4node.json \
	share/numarig/cases/repro.h share/numarig/cases/template/case.json share/numarig/guests/kernel/fetch \
	share/numarig/ci/regress.json share/man/man1/numarig.1 share/bash-completion/completions/numarig \
	share/zsh/site-functions/_numarig share/doc/numarig/NEWS.md share/doc/numarig/docs/workloads.md; do
	t "installed: $file" grep -qx "./usr/$file" "$work/files"
done
for program in guests/programs/*.c; do
	name=${program##*/}
	t "installed: the guest's program ${name%.c}" [ -x "$dest/usr/lib/triplet/numarig/guest/${name%.c}" ]
done
t 'what is compiled is below lib only' eval '[ -z "$(find "$dest/usr/share" -type f -exec head -c 4 {} \; | grep -a ELF)" ]'
t 'links are relative' eval '[ -z "$(find "$dest" -type l -exec readlink {} \; | grep "^/")" ]'

# --- where it looks, and where it writes ---
installed="$dest/usr/bin/numarig"
sum() { (cd "$dest" && find . -type f -exec sha256sum {} + | sort; find . | sort); }
sum >"$work/before"
mkdir "$work/there"
# $work's own topology folder is none of the program's, so whatever is found is from the installation.
in_there() { (cd "$work/there" && "$@") >"$work/out" 2>"$work/err" && code=0 || code=$?; }
in_there "$installed" doctor -k "$work/bzImage"
t 'doctor names the version and the data folder' grep -qxF "ok   numarig    $("$installed" --version | cut -d ' ' -f 2), data in $dest/usr/share/numarig" "$work/out"
in_there "$installed" list --json
cp "$work/out" "$work/list"
in_there "$numarig" list --json
t 'list is the same as in the tree' cmp -s "$work/out" "$work/list"
in_there "$installed" run -t 4node -k "$work/bzImage" -w bind
t 'a run outside of the tree is kept below the current folder' eval '[ -e "$work/there/results/latest/result.json" ]'
in_there "$installed" run -t 2node,4node -k "$work/bzImage" -w bind
t 'a series, too' eval '[ -e "$work/there/results/latest/series.json" ]'
in_there "$installed" regress -t 4node -k "$work/bzImage" --accept
t 'a baseline, too' eval '[ -n "$(find "$work/there/results/baselines" -name 4node.json)" ]'
in_there "$installed" repro --new mine
t 'a new case, too' [ -e "$work/there/mine/case.json" ]
sum >"$work/after"
t 'nothing was written among the installed files' cmp -s "$work/before" "$work/after"

t 'make uninstall' make_to uninstall
t 'uninstall leaves no file' eval '[ -z "$(of_dest)" ]'

# --- the version ---
mkdir -p "$work/tree/ci"
cp ci/version ci/dist "$work/tree/ci"
cp NEWS.md "$work/tree"
newest=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' NEWS.md | head -n 1)
version() { sh "$work/tree/ci/version"; }
t 'without git and VERSION: the newest of NEWS.md' [ "$(version)" = "$newest" ]
echo 7.8.9 >"$work/tree/VERSION"
t 'without git: VERSION' [ "$(version)" = 7.8.9 ]
rm "$work/tree/VERSION"
mkdir "$work/tree/docs" "$work/tree/out"
echo page >"$work/tree/docs/workloads.md"
echo page >"$work/tree/out/numarig.1"
g() { git -C "$work/tree" -c user.name=a -c user.email=a@b -c commit.gpgsign=false -c init.defaultBranch=main "$@" >/dev/null 2>&1; }
printf '/docs\n/out\n' >"$work/tree/.gitignore"
g init
g add -A
g commit -m one
commit=$(git -C "$work/tree" rev-parse --short=7 HEAD)
t 'a checkout without tags: that of NEWS.md, and the commit' [ "$(version)" = "$newest+g$commit" ]
echo >>"$work/tree/NEWS.md"
t 'what is not committed is said' [ "$(version)" = "$newest+g$commit.dirty" ]
g commit -am two
g tag v3.2.1
t 'a tag is the version' [ "$(version)" = 3.2.1 ]
g commit --allow-empty -m three
t 'commits after a tag are counted' [ "$(version)" = "3.2.1+1.g$(git -C "$work/tree" rev-parse --short=7 HEAD)" ]

# --- the tarball ---
dist() { (umask "$1" && TZ=$2 sh "$work/tree/ci/dist" 3.2.1 out) >"$work/out" 2>&1 && sha256sum "$work/tree/out/numarig-3.2.1.tar.xz"; }
first=$(dist 022 UTC)
touch -d '2001-02-03' "$work/tree/NEWS.md" "$work/tree/out/numarig.1"
second=$(dist 077 Asia/Tokyo)
t 'the tarball is the same bytes twice' eval '[ -n "$first" ] && [ "$first" = "$second" ]'
tar -tJf "$work/tree/out/numarig-3.2.1.tar.xz" >"$work/out"
for file in VERSION NEWS.md docs/numarig.1 docs/workloads.md ci/version; do
	t "in the tarball: $file" grep -qx "numarig-3.2.1/$file" "$work/out"
done
mkdir "$work/unpacked"
tar -C "$work/unpacked" -xJf "$work/tree/out/numarig-3.2.1.tar.xz"
t 'an unpacked tarball knows its version' [ "$(sh "$work/unpacked/numarig-3.2.1/ci/version")" = 3.2.1 ]
echo >>"$work/tree/NEWS.md"
t 'what is not committed is not packed' not dist 022 UTC
t '... and says so' grep -q '^dist: commit first' "$work/out"
finish
