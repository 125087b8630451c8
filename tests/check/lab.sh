#!/bin/sh
# guests/kernel/lab with a fake apt, a fake make, and a source package made here: building, keeping, refusing, interrupted.
# SPDX-License-Identifier: GPL-2.0-or-later
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
for tool in dpkg-deb xz flock setsid sha256sum; do
	command -v $tool >/dev/null || { echo "ok 1 # skip $tool is not here"; echo 1..1; exit 0; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
n=0 failed=0

t() # NAME COMMAND...: the test passes when the command does
{
	n=$((n + 1)) name=$1
	shift
	if "$@"; then
		echo "ok $n - $name"
	else
		failed=$((failed + 1))
		echo "not ok $n - $name: $*"
		for file in out err calls; do
			[ ! -s "$tmp/$file" ] || sed "s/^/# $file: /" "$tmp/$file"
		done
	fi
}

# --- this tree's scripts with a fragment of our own, a mirror, and tools ---
mkdir -p "$tmp/bin" "$tmp/etc/apt" "$tmp/kernel"
cp "$top"/guests/kernel/* "$tmp/kernel"
cache="$tmp/a cache"
printf '# a fragment\nCONFIG_CMA=y\n# CONFIG_DEBUG_X is not set\n' >"$tmp/kernel/lab.config"
source=linux-source-6.12
pack() # VERSION
{
	body=$tmp/body
	rm -rf "$body"
	mkdir -p "$body/DEBIAN" "$body/usr/src" "$body/$source/arch/arm" "$body/$source/mm"
	echo 'int main;' >"$body/$source/arch/arm/x.c"
	echo "menu $1" >"$body/$source/arch/arm/Kconfig"
	echo "$1" >"$body/$source/mm/version"
	tar -C "$body" -cJf "$body/usr/src/$source.tar.xz" "$source"
	rm -rf "${body:?}/$source"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x\nDescription: x\n' $source "$1" >"$body/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$body" "$tmp/${source}_$1_all.deb" >/dev/null
}
pack 6.12.117-1
cat >"$tmp/bin/apt-cache" <<END
#!/bin/sh
shift 2
case \$1 in
pkgnames) echo linux-image-6.12.117+deb12-cloud-amd64 ;;
madison)
	case \$2 in
	linux-image*) echo " \$2 | 6.12.117-1 | http://mirror.test/debian bookworm-backports/main amd64 Packages" ;;
	$source) while read -r v; do echo " \$2 | \$v | http://mirror.test/debian bookworm-backports/main amd64 Packages"; done <"$tmp/index" ;;
	esac ;;
esac
END
cat >"$tmp/bin/apt-get" <<END
#!/bin/sh
echo "apt-get \$*" >>"$tmp/calls"
case "\$*" in
*update)
	[ ! -e "$tmp/down" ] || echo 'Err:1 http://mirror.test/debian bookworm InRelease'
	[ ! -e "$tmp/down" ] || echo "W: Failed to fetch http://mirror.test/x  Temporary failure resolving 'mirror.test'" ;;
*download*)
	for last; do :; done
	file="$tmp/\${last%=*}_\${last#*=}_all.deb"
	[ ! -e "$tmp/down" ] && [ -e "\$file" ] || { echo "E: Failed to fetch \$file  404  Not Found"; exit 100; }
	cp "\$file" . ;;
esac
END
# A make that does what the kernel's would, and says what of the caller it saw.
cat >"$tmp/bin/make" <<END
#!/bin/sh
echo "make \$*" >>"$tmp/calls"
env | sort | sed 's/^/env /' >>"$tmp/calls"
cd "\$2"
case \$4 in
allnoconfig)
	[ ! -e "$tmp/no-config" ] || { echo 'mm/Kconfig:3: syntax error'; echo 'make: *** [allnoconfig] Error 1'; exit 2; }
	find . -type f >"$tmp/files"
	grep -v '^# a' "\$KCONFIG_ALLCONFIG" >.config
	[ ! -e "$tmp/lacks" ] || sed -i '/CONFIG_CMA/d' .config ;;
vmlinux)
	[ ! -e "$tmp/slow" ] || { sleep 60 & echo \$! >"$tmp/pid"; mv "$tmp/pid" "$tmp/busy"; wait; }
	[ ! -e "$tmp/no-build" ] || { echo "\$2/mm/cma.c:7:3: error: expected ';'"; echo 'make: *** [vmlinux] Error 2'; exit 2; }
	cat mm/version >vmlinux ;;
esac
END
cat >"$tmp/bin/gcc" <<END
#!/bin/sh
case \$1 in
--version) cat "$tmp/compiler" ;;
*) [ ! -e "$tmp/no-libelf" ] ;;
esac
END
for tool in flex bison bc ld; do
	printf '#!/bin/sh\n' >"$tmp/bin/$tool"
done
chmod +x "$tmp"/bin/*
echo 'gcc 12' >"$tmp/compiler"
printf '6.12.95-1\n6.12.117-1\n' >"$tmp/index"
: >"$tmp/keyring"
printf 'deb http://mirror.test/debian bookworm main\n' >"$tmp/etc/apt/sources.list"
export NUMARIG_ROOT="$tmp" DEBIAN_KEYRING="$tmp/keyring" PATH="$tmp/bin:$PATH" MAKEFLAGS=-j7 KCFLAGS=-O0 LOCALVERSION=-mine
unset DEBIAN_MIRROR

lab() # ARGS...: code in $code, output in $tmp/out and $tmp/err
{
	code=0
	: >"$tmp/calls"
	sh "$tmp/kernel/lab" "$@" >"$tmp/out" 2>"$tmp/err" || code=$?
}
key() { sha256sum "$tmp/kernel/lab.config" | cut -c 1-16; }
folder() { echo "$cache/kernels/lab-$(key)"; }
built() { [ $code -eq 0 ] && [ "$(cat "$tmp/out")" = "$(folder)" ] && [ ! -s "$tmp/err" ] && [ "$(cat "$(folder)/vmlinux")" = "$1" ]; }
made() { grep -q '^make .* vmlinux$' "$tmp/calls"; }
not() { ! "$@"; }
fails_with() # CODE TEXT: with that on one line, and nothing on stdout
{
	[ $code -eq "$1" ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -qF -- "$2" "$tmp/err"
}
clean() { [ -z "$(find "$cache/kernels" -name '.lab-*')" ]; }
stale() { [ ! -f "$cache/apt/stamp" ] || echo 5 >"$cache/apt/stamp"; }

# --- building ---
lab "$cache"
t 'builds the newest source' built 6.12.117-1
t 'the folder has all of it' [ "$(cd "$(folder)" && echo *)" = 'built config package vmlinux' ]
t 'package: name, version, digest' grep -qxE "$source 6.12.117-1 [0-9a-f]{64}" "$(folder)/package"
t 'built: version and compiler' grep -qx '6.12.117-1 gcc 12' "$(folder)/built"
t 'config is what came of the fragment' grep -qx CONFIG_CMA=y "$(folder)/config"
t 'other architectures keep their Kconfig' grep -q arch/arm/Kconfig "$tmp/files"
t 'and nothing to compile' not grep -q arch/arm/x.c "$tmp/files"
for var in MAKEFLAGS KCFLAGS LOCALVERSION; do
	t "the caller's $var is not handed on" not grep -q "^env $var=" "$tmp/calls"
done
t 'no date, user or host of ours' [ "$(grep -c '^env KBUILD_BUILD_\(TIMESTAMP\|USER\|HOST\|VERSION\)=' "$tmp/calls")" -eq 8 ]
t 'nothing is left' clean

# --- kept ---
lab "$cache"
t 'again: is there' built 6.12.117-1
t 'again: is not built' not made
echo 'gcc 13' >"$tmp/compiler"
lab "$cache"
t 'another compiler: is built anew' made
pack 6.12.120-1
echo 6.12.120-1 >>"$tmp/index"
lab "$cache"
t 'a newer source: is built anew' built 6.12.120-1
t 'a newer source: nothing is left' clean
touch "$tmp/down"
stale
lab "$cache"
t 'offline: what is there serves' built 6.12.120-1
t 'offline: is not built' not made
first=$(folder)
echo CONFIG_KSM=y >>"$tmp/kernel/lab.config"
lab "$cache"
t 'offline, another fragment: one line' fails_with 3 'lab: nothing from http://mirror.test/debian: '
rm "$tmp/down"
stale
lab "$cache"
t 'another fragment: a folder of its own' [ "$(folder)" != "$first" ]
t 'another fragment: both are there' [ -f "$first/vmlinux" -a -f "$(folder)/vmlinux" ]

# --- refusing ---
echo '# and once more' >>"$tmp/kernel/lab.config"
lab
t 'no folder: usage' fails_with 2 'usage: lab CACHE_DIR'
lab "$cache" x
t 'two folders: usage' fails_with 2 'usage: lab CACHE_DIR'
lab --list
t 'an option: usage' fails_with 2 'usage: lab CACHE_DIR'
lab 'a"b'
t 'a folder apt cannot work in' fails_with 2 'apt cannot work in a folder with a double quote'
lab /proc/nowhere
t 'a folder that cannot be made' fails_with 3 '/proc/nowhere: cannot be made or written'
refused() # FILE CODE TEXT: while that file is there
{
	touch "$tmp/$1"
	lab "$cache"
	rm "$tmp/$1"
	t "$1: one line" fails_with "$2" "$3"
	t "$1: nothing is left" clean
	t "$1: no folder" [ ! -e "$(folder)" ]
}
refused no-libelf 3 'lab: not here to build a kernel with: libelf-dev: install these packages'
refused no-config 3 'configuring linux-source-6.12 6.12.120-1: make: *** [allnoconfig] Error 1 (all of it in '
t 'no-config: what make said is kept' grep -q 'mm/Kconfig:3: syntax error' "$(folder).log"
refused lacks 3 'lab.config: CONFIG_CMA=y: does not hold in linux-source-6.12 6.12.120-1'
refused no-build 3 "building linux-source-6.12 6.12.120-1: mm/cma.c:7:3: error: expected ';' (all of it in "
mkdir "$tmp/less"
for tool in sh sed awk grep cut sha256sum head mktemp rm date; do
	ln -s "$(command -v $tool)" "$tmp/less/$tool"
done
for tool in gcc make flex bc ld xz; do
	ln -s "$(command -v $tool)" "$tmp/less/$tool"
done
code=0
PATH=$tmp/less sh "$tmp/kernel/lab" "$cache" >"$tmp/out" 2>"$tmp/err" || code=$?
t 'no bison: one line' fails_with 3 'lab: not here to build a kernel with: bison: install'
: >"$tmp/index"
stale
lab "$cache"
t 'no such source in the archive: one line' fails_with 3 'lab: no linux-source-6.12 in the index of http://mirror.test/debian'
echo 6.12.120-1 >"$tmp/index"
printf 'x' >"$tmp/${source}_6.12.120-1_all.deb"
lab "$cache"
t 'a package that is none: one line' fails_with 3 'linux-source-6.12: '
t 'a package that is none: nothing is left' clean
pack 6.12.120-1

# --- interrupted ---
gone() # PID, or a zombie nobody has waited for yet; on a loaded machine a killed process takes its time to die
{
	for _ in $(seq 100); do
		if ! kill -0 "$1" 2>/dev/null || grep -qs '^State:.Z' "/proc/$1/status"; then
			return
		fi
		sleep 0.05
	done
	return 1
}
touch "$tmp/slow"
sh "$tmp/kernel/lab" "$cache" >"$tmp/out" 2>"$tmp/err" &
pid=$!
tries=0
until [ -e "$tmp/busy" ] || [ $tries -gt 1000 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
kill "$pid"
code=0
wait "$pid" || code=$?
rm "$tmp/slow"
t 'SIGTERM: ends' [ $code -eq 143 ]
t 'SIGTERM: and so does the compiler' gone "$(cat "$tmp/busy")"
t 'SIGTERM: nothing is left' clean
mkdir "$cache/kernels/.lab-killed"
lab "$cache"
t 'then it builds' built 6.12.120-1
t 'and sweeps what a killed one left' clean
echo "1..$n"
[ $failed -eq 0 ]
