#!/bin/sh
# guests/kernel/lab with a fake apt, a fake make, and a source package made here: building, keeping, refusing, interrupted.
# Needs nothing that is built and no C source.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced
. "$(dirname "$0")/lib"
for tool in dpkg-deb xz flock setsid sha256sum; do
	command -v $tool >/dev/null || { echo "ok 1 # skip $tool is not here"; echo 1..1; exit 0; }
done

# --- this tree's scripts with a fragment of our own, a mirror, and tools ---
mkdir -p "$work/bin" "$work/etc/apt" "$work/kernel"
cp "$top"/guests/kernel/* "$work/kernel"
cache="$work/a cache"
printf '# a fragment\nCONFIG_CMA=y\n# CONFIG_DEBUG_X is not set\n' >"$work/kernel/lab.config"
source=linux-source-6.12
pack() # VERSION
{
	body=$work/body
	rm -rf "$body"
	mkdir -p "$body/DEBIAN" "$body/usr/src" "$body/$source/arch/arm" "$body/$source/mm"
	echo 'int main;' >"$body/$source/arch/arm/x.c"
	echo "menu $1" >"$body/$source/arch/arm/Kconfig"
	echo "$1" >"$body/$source/mm/version"
	tar -C "$body" -cJf "$body/usr/src/$source.tar.xz" "$source"
	rm -rf "${body:?}/$source"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x\nDescription: x\n' $source "$1" >"$body/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$body" "$work/${source}_$1_all.deb" >/dev/null
}
pack 6.12.117-1
cat >"$work/bin/apt-cache" <<END
#!/bin/sh
shift 2
case \$1 in
pkgnames) echo linux-image-6.12.117+deb12-cloud-amd64 ;;
madison)
	case \$2 in
	linux-image*) echo " \$2 | 6.12.117-1 | http://mirror.test/debian bookworm-backports/main amd64 Packages" ;;
	$source) while read -r v; do echo " \$2 | \$v | http://mirror.test/debian bookworm-backports/main amd64 Packages"; done <"$work/index" ;;
	esac ;;
esac
END
cat >"$work/bin/apt-get" <<END
#!/bin/sh
echo "apt-get \$*" >>"$work/calls"
case "\$*" in
*update)
	[ ! -e "$work/down" ] || echo 'Err:1 http://mirror.test/debian bookworm InRelease'
	[ ! -e "$work/down" ] || echo "W: Failed to fetch http://mirror.test/x  Temporary failure resolving 'mirror.test'" ;;
*download*)
	for last; do :; done
	file="$work/\${last%=*}_\${last#*=}_all.deb"
	[ ! -e "$work/down" ] && [ -e "\$file" ] || { echo "E: Failed to fetch \$file  404  Not Found"; exit 100; }
	cp "\$file" . ;;
esac
END
# A make that does what the kernel's would, and says what of the caller it saw.
cat >"$work/bin/make" <<END
#!/bin/sh
echo "make \$*" >>"$work/calls"
env | sort | sed 's/^/env /' >>"$work/calls"
cd "\$2"
case \$4 in
allnoconfig)
	[ ! -e "$work/no-config" ] || { echo 'mm/Kconfig:3: syntax error'; echo 'make: *** [allnoconfig] Error 1'; exit 2; }
	find . -type f >"$work/files"
	grep -v '^# a' "\$KCONFIG_ALLCONFIG" >.config
	[ ! -e "$work/lacks" ] || sed -i '/CONFIG_CMA/d' .config ;;
vmlinux)
	[ ! -e "$work/slow" ] || { sleep 60 & echo \$! >"$work/pid"; mv "$work/pid" "$work/busy"; wait; }
	[ ! -e "$work/no-build" ] || { echo "\$2/mm/cma.c:7:3: error: expected ';'"; echo 'make: *** [vmlinux] Error 2'; exit 2; }
	[ ! -e "$work/no-program" ] || echo './scripts/orc_hash.sh: 9: sha1sum: not found'
	cat mm/version >vmlinux ;;
esac
END
cat >"$work/bin/gcc" <<END
#!/bin/sh
case \$1 in
--version) cat "$work/compiler" ;;
*) [ ! -e "$work/no-libelf" ] ;;
esac
END
for tool in flex bison bc ld; do
	printf '#!/bin/sh\n' >"$work/bin/$tool"
done
chmod +x "$work"/bin/*
echo 'gcc 12' >"$work/compiler"
printf '6.12.95-1\n6.12.117-1\n' >"$work/index"
: >"$work/keyring"
printf 'deb http://mirror.test/debian bookworm main\n' >"$work/etc/apt/sources.list"
export NUMARIG_ROOT="$work" DEBIAN_KEYRING="$work/keyring" PATH="$work/bin:$PATH" MAKEFLAGS=-j7 KCFLAGS=-O0 LOCALVERSION=-mine
unset DEBIAN_MIRROR

lab() # ARGS...: code in $code, output in $work/out and $work/err
{
	code=0
	: >"$work/calls"
	sh "$work/kernel/lab" "$@" >"$work/out" 2>"$work/err" || code=$?
}
key() { sha256sum "$work/kernel/lab.config" | cut -c 1-16; }
folder() { echo "$cache/kernels/lab-$(key)"; }
built() { [ $code -eq 0 ] && [ "$(cat "$work/out")" = "$(folder)" ] && [ ! -s "$work/err" ] && [ "$(cat "$(folder)/vmlinux")" = "$1" ]; }
made() { grep -q '^make .* vmlinux$' "$work/calls"; }
not() { ! "$@"; }
fails_with() # CODE TEXT: with that on one line, and nothing on stdout
{
	[ $code -eq "$1" ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$2" "$work/err"
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
t 'other architectures keep their Kconfig' grep -q arch/arm/Kconfig "$work/files"
t 'and nothing to compile' not grep -q arch/arm/x.c "$work/files"
for var in MAKEFLAGS KCFLAGS LOCALVERSION; do
	t "the caller's $var is not handed on" not grep -q "^env $var=" "$work/calls"
done
t 'no date, user or host of ours' [ "$(grep -c '^env KBUILD_BUILD_\(TIMESTAMP\|USER\|HOST\|VERSION\)=' "$work/calls")" -eq 8 ]
t 'nothing is left' clean

# --- kept ---
lab "$cache"
t 'again: is there' built 6.12.117-1
t 'again: is not built' not made
echo 'gcc 13' >"$work/compiler"
lab "$cache"
t 'another compiler: is built anew' made
pack 6.12.120-1
echo 6.12.120-1 >>"$work/index"
lab "$cache"
t 'a newer source: is built anew' built 6.12.120-1
t 'a newer source: nothing is left' clean
touch "$work/down"
stale
lab "$cache"
t 'offline: what is there serves' built 6.12.120-1
t 'offline: is not built' not made
first=$(folder)
echo CONFIG_KSM=y >>"$work/kernel/lab.config"
lab "$cache"
t 'offline, another fragment: one line' fails_with 3 'lab: nothing from http://mirror.test/debian: '
rm "$work/down"
stale
lab "$cache"
t 'another fragment: a folder of its own' [ "$(folder)" != "$first" ]
t 'another fragment: both are there' [ -f "$first/vmlinux" -a -f "$(folder)/vmlinux" ]

# --- refusing ---
echo '# and once more' >>"$work/kernel/lab.config"
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
	touch "$work/$1"
	lab "$cache"
	rm "$work/$1"
	t "$1: one line" fails_with "$2" "$3"
	t "$1: nothing is left" clean
	t "$1: no folder" [ ! -e "$(folder)" ]
}
refused no-libelf 3 'lab: not here to build a kernel with: libelf-dev: install these packages'
refused no-config 3 'configuring linux-source-6.12 6.12.120-1: make: *** [allnoconfig] Error 1 (all of it in '
t 'no-config: what make said is kept' grep -q 'mm/Kconfig:3: syntax error' "$(folder).log"
refused lacks 3 'lab.config: CONFIG_CMA=y: does not hold in linux-source-6.12 6.12.120-1'
refused no-program 3 "building linux-source-6.12 6.12.120-1: ./scripts/orc_hash.sh: 9: sha1sum: not found: its package is not "
refused no-build 3 "building linux-source-6.12 6.12.120-1: mm/cma.c:7:3: error: expected ';' (all of it in "
mkdir "$work/less"
for tool in sh sed awk grep cut sha256sum head mktemp rm date; do
	ln -s "$(command -v $tool)" "$work/less/$tool"
done
for tool in gcc make flex bc ld xz; do
	ln -s "$(command -v $tool)" "$work/less/$tool"
done
code=0
PATH=$work/less sh "$work/kernel/lab" "$cache" >"$work/out" 2>"$work/err" || code=$?
t 'no bison: one line' fails_with 3 'lab: not here to build a kernel with: bison: install'
: >"$work/index"
stale
lab "$cache"
t 'no such source in the archive: one line' fails_with 3 'lab: no linux-source-6.12 in the index of http://mirror.test/debian'
echo 6.12.120-1 >"$work/index"
printf 'x' >"$work/${source}_6.12.120-1_all.deb"
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
touch "$work/slow"
sh "$work/kernel/lab" "$cache" >"$work/out" 2>"$work/err" &
pid=$!
tries=0
until [ -e "$work/busy" ] || [ $tries -gt 1000 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
kill "$pid"
code=0
wait "$pid" || code=$?
rm "$work/slow"
t 'SIGTERM: ends' [ $code -eq 143 ]
t 'SIGTERM: and so does the compiler' gone "$(cat "$work/busy")"
t 'SIGTERM: nothing is left' clean
mkdir "$cache/kernels/.lab-killed"
lab "$cache"
t 'then it builds' built 6.12.120-1
t 'and sweeps what a killed one left' clean
finish
