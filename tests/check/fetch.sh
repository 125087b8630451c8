#!/bin/sh
# guests/kernel/fetch with a fake apt and packages made here: choosing, unpacking, caching, offline, interrupted, two at once.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced
. "$(dirname "$0")/lib"
for tool in dpkg-deb dpkg xz flock setsid; do
	command -v $tool >/dev/null || { echo "ok 1 # skip $tool is not here"; echo 1..1; exit 0; }
done

# --- a mirror: an index as apt-cache tells it, and one package body for every kernel ---
mkdir -p "$work/bin" "$work/etc/apt"
cache="$work/a cache"
cat >"$work/index" <<'END'
6.1.0-9 6.1.27-1 bookworm
6.1.0-10 6.1.38-1 bookworm
6.1.0-56 6.1.192-1 bookworm-updates
6.1.0-56 6.1.192-2 bookworm-security
6.1.0-50 6.1.176-1 bookworm-security
6.12.90+deb12.1 6.12.90-2~bpo12+1 bookworm-backports
6.12.90+deb12 6.12.90-1~bpo12+1 bookworm-backports
6.12.117+deb12 6.12.117-1~deb12u1 bookworm-security
6.12.95+deb12 6.12.95-1~bpo12+1 bookworm-backports
END
ko() # FILE DEPENDS
{
	printf 'ELF\0license=GPL\0depends=%s\0name=x\0' "$2" >"$1"
}
pack() # ABI VERSION: the package apt-get download brings
{
	body=$work/body/$1
	mods=$body/lib/modules/$1/kernel
	rm -rf "$body"
	mkdir -p "$body/DEBIAN" "$body/boot" "$mods/block" "$mods/mm" "$mods/lib" "$mods/crypto" "$mods/net"
	printf 'Package: linux-image-%s\nVersion: %s\nArchitecture: amd64\nMaintainer: x\nDescription: x\n' "$1" "$2" \
		>"$body/DEBIAN/control"
	echo "kernel $1 $2" >"$body/boot/vmlinuz-$1"
	echo map >"$body/boot/System.map-$1"
	printf 'CONFIG_ZRAM_DEF_COMP="lzo-rle"\n' >"$body/boot/config-$1"
	ko "$mods/block/brd.ko" ''
	ko "$mods/block/loop.ko" ''
	ko "$mods/block/zram.ko" zsmalloc,lz4_compress
	ko "$mods/mm/zsmalloc.ko" ''
	ko "$mods/lib/lz4-compress.ko" zsmalloc
	ko "$mods/crypto/lzo-rle.ko" ''
	ko "$mods/net/other.ko" ''
	case $1 in
	6.12.*)
		xz "$mods"/*/*.ko
		echo CONFIG_ZRAM_BACKEND_LZ4=y >>"$body/boot/config-$1"
		;;
	esac
	dpkg-deb --root-owner-group -Znone -b "$body" "$work/linux-image-$1_$2_amd64.deb" >/dev/null
}
pack 6.1.0-56-cloud-amd64 6.1.192-2
pack 6.1.0-50-cloud-amd64 6.1.176-1
pack 6.12.117+deb12-cloud-amd64 6.12.117-1~deb12u1

cat >"$work/bin/apt-cache" <<END
#!/bin/sh
echo "apt-cache \$*" >>"$work/calls"
shift 2
case \$1 in
pkgnames)
	echo linux-image-cloud-amd64
	echo linux-image-6.12-cloud-amd64
	echo linux-image-6.12.117+deb12-cloud-amd64-dbg
	echo linux-image-6.1.0-56-amd64
	sed 's/\([^ ]*\).*/linux-image-\1-cloud-amd64/' "$work/index" | sort -u ;;
madison)
	shift
	for name; do
		while read -r abi version suite; do
			[ "linux-image-\$abi-cloud-amd64" != "\$name" ] ||
				echo " \$name | \$version | http://mirror.test/debian \$suite/main amd64 Packages"
		done <"$work/index"
	done ;;
esac
END
# The mirror is "down" while $work/down exists, and slow while $work/slow does.
cat >"$work/bin/apt-get" <<END
#!/bin/sh
echo "apt-get \$*" >>"$work/calls"
[ ! -e "$work/slow" ] || { sleep 60 & echo \$! >"$work/pid"; mv "$work/pid" "$work/busy"; wait; }
case "\$*" in
*update)
	[ ! -e "$work/down" ] || {
		echo 'Err:1 http://mirror.test/debian bookworm InRelease'
		echo "W: Failed to fetch http://mirror.test/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror.test'"
	}
	[ ! -e "$work/nosec" ] || {
		echo 'Err:3 http://mirror.test/debian-security bookworm-security Release'
		echo "E: The repository 'http://mirror.test/debian-security bookworm-security Release' does not have a Release file."
		exit 100
	} ;;
*download*)
	for last; do :; done
	file="$work/\${last%=*}_\${last#*=}_amd64.deb"
	[ ! -e "$work/down" ] && [ -e "\$file" ] || { echo "E: Failed to fetch \$file  404  Not Found"; exit 100; }
	cp "\$file" . ;;
esac
END
cat >"$work/bin/dpkg-deb" <<END
#!/bin/sh
[ ! -e "$work/slow-deb" ] || { sleep 60 & echo \$! >"$work/pid"; mv "$work/pid" "$work/busy"; wait; }
exec $(command -v dpkg-deb) "\$@"
END
chmod +x "$work/bin/apt-get" "$work/bin/apt-cache" "$work/bin/dpkg-deb"
: >"$work/keyring"
printf 'deb http://mirror.test/debian bookworm main\ndeb http://mirror.test/debian bookworm-updates main\n' >"$work/etc/apt/sources.list"
export NUMARIG_ROOT="$work" DEBIAN_KEYRING="$work/keyring" PATH="$work/bin:$PATH"
unset DEBIAN_MIRROR

fetch() # ARGS...: code in $code, output in $work/out and $work/err, calls of apt in $work/calls
{
	code=0
	: >"$work/calls"
	sh "$top/guests/kernel/fetch" "$cache" "$@" >"$work/out" 2>"$work/err" || code=$?
}
prints() { [ $code -eq 0 ] && [ "$(cat "$work/out")" = "$1" ]; }
got() { prints "$cache/kernels/$1"; }
silent() { [ ! -s "$work/err" ]; }
no_apt() { [ ! -s "$work/calls" ]; }
fails_with() # CODE TEXT: with that on one line, and nothing on stdout
{
	[ $code -eq "$1" ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$2" "$work/err"
}
warns() { [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$1" "$work/err"; }
clean() { [ -z "$(find "$cache/kernels" -name '.new-*')" ]; }
holds() { [ "$(cd "$cache/kernels/$1" && echo *)" = "$2" ]; }
stale() # as if a day had passed
{
	for file in "$cache"/kernels/.latest-*; do
		[ ! -f "$file" ] || echo "$(cut -d ' ' -f 1 "$file") 5" >"$file"
	done
	[ ! -f "$cache/apt/stamp" ] || echo 5 >"$cache/apt/stamp"
}
new=6.12.117+deb12-cloud-amd64 old=6.1.0-56-cloud-amd64

# --- choosing ---
fetch --list
sorted=$(awk '{ print $1 }' "$work/out" | sed 's/-cloud-amd64//' | tr '\n' ' ')
t 'list: each ABI once, oldest first, none of the meta packages' [ "$sorted" = \
	'6.1.0-9 6.1.0-10 6.1.0-50 6.1.0-56 6.12.90+deb12 6.12.90+deb12.1 6.12.95+deb12 6.12.117+deb12 ' ]
in_order()
{
	before=
	for abi in $sorted; do
		[ -z "$before" ] || dpkg --compare-versions "$before" lt "$abi" || return 1
		before=$abi
	done
}
t 'list: the order is that of dpkg' in_order
t 'list: the highest version of an ABI, and its suite' grep -qx "$old 6.1.192-2 bookworm-security" "$work/out"
t 'list: silent' silent
fetch 6.12
t '6.12: the newest' got $new
t '6.12: the index is not asked for again' [ "$(grep -c update "$work/calls")" -eq 0 ]
t '6.12: what is needed and no more, zsmalloc under zram' holds $new \
	'System.map brd.ko config loop.ko lz4-compress.ko modules package vmlinuz zram.ko zsmalloc.ko'
t '6.12: modules after those they need' [ "$(tr '\n' ' ' <"$cache/kernels/$new/modules")" = \
	'brd.ko loop.ko zsmalloc.ko lz4-compress.ko zram.ko ' ]
t '6.12: .ko.xz is unpacked' grep -q '^ELF' "$cache/kernels/$new/zram.ko"
t '6.12: the package, its version and sum' [ "$(cat "$cache/kernels/$new/package")" = \
	"linux-image-$new 6.12.117-1~deb12u1 $(sha256sum "$work/linux-image-${new}_6.12.117-1~deb12u1_amd64.deb" | cut -d ' ' -f 1)" ]
fetch 6.1
t '6.1: the newest, not one of 6.12' got $old
t '6.1: with the compressor zram asks for by name' [ "$(tr '\n' ' ' <"$cache/kernels/$old/modules")" = \
	'lzo-rle.ko brd.ko loop.ko zsmalloc.ko lz4-compress.ko zram.ko ' ]
t 'nothing but the folders stays' clean
fetch 6.12
t 'again: the same' got $new
t 'again: without apt' no_apt
fetch 6.1.0-50-cloud-amd64
t 'a pinned ABI' got 6.1.0-50-cloud-amd64
stale
fetch 6.1.0-50-cloud-amd64
t 'a pinned ABI that is there: without apt, whatever its age' no_apt

# --- what there is not ---
fetch 6.1.0-8-cloud-amd64
t 'an ABI that has left' fails_with 77 \
	'6.1.0-8-cloud-amd64 has left the archive; the oldest there is 6.1.0-9-cloud-amd64, the newest 6.1.0-56-cloud-amd64'
fetch 6.12.94+deb12-cloud-amd64
t 'an ABI that has left from between others' fails_with 77 'has left the archive; the oldest there is 6.12.90+deb12-cloud'
fetch 6.1.0-57-cloud-amd64
t 'an ABI newer than the newest is no skip' fails_with 3 'the archive has no such kernel; the newest 6.1 there is 6.1.0-56'
fetch 5.10.0-1-cloud-amd64
t 'an ABI whose series has left' fails_with 77 'it has 6.1, 6.12'
fetch 6.5
t 'a series it has not' fails_with 3 '6.5: the archive has no such kernel series; it has 6.1, 6.12'
for bad in 6 6. .1 6.1.0 lab ../x 6.1.0/../x-cloud-amd64 '' 6.1.0-56-amd64; do
	fetch "$bad"
	t "'$bad' is refused" [ $code -eq 2 ]
done
fetch 6.1 6.12
t 'two kernels are refused' fails_with 2 usage
fetch 6.1 --lst
t 'an unknown option is refused' fails_with 2 '--lst: unknown option'

# --- a day later ---
echo '6.12.120+deb12 6.12.120-1 bookworm-security' >>"$work/index"
pack 6.12.120+deb12-cloud-amd64 6.12.120-1
stale
fetch 6.12
t 'a newer kernel is found a day later' got 6.12.120+deb12-cloud-amd64
sed -i 's/^6.1.0-56 6.1.192-2/6.1.0-56 6.1.192-3/' "$work/index"
pack $old 6.1.192-3
stale
fetch 6.1
t 'a newer version of the same ABI' got $old
t 'a newer version of the same ABI replaces it' grep -qx "kernel $old 6.1.192-3" "$cache/kernels/$old/vmlinuz"
t 'nothing but the folders stays' clean
echo '6.1.0-58 6.1.200-1 bookworm-security' >>"$work/index"
stale
fetch --list
mv "$work/index" "$work/index.58"
grep -v '^6.1.0-58' "$work/index.58" >"$work/index"
rm "$cache/kernels/.latest-6.1"
fetch 6.1
t 'what has left since the index was made: a new index' got $old
t 'what has left since: silent' silent

# --- offline ---
: >"$work/down"
stale
fetch 6.12
t 'offline: the cached kernel' got 6.12.120+deb12-cloud-amd64
t 'offline: one line' warns "Temporary failure resolving 'mirror.test'; going on with 6.12.120"
fetch 6.12
t 'offline: does not ask again at once' no_apt
rm -rf "$cache/apt"
stale
fetch 6.1
t 'offline without an index: the cached kernel' got $old
t 'offline without an index: one line' warns "going on with $old"
fetch 6.1.0-9-cloud-amd64
t 'offline: an ABI is not said to have left' fails_with 3 "Temporary failure resolving"
whole=$cache cache=$work/empty
fetch 6.1
t 'offline with nothing: one line' fails_with 3 "fetch: nothing from http://mirror.test/debian: Temporary failure resolving"
rm "$work/down"
: >"$work/nosec"
fetch 6.1
t 'without a security suite: the kernel all the same' got $old
t 'without a security suite: one line' warns 'no suite bookworm-security'
rm "$work/nosec"

# --- where it comes from ---
sources=$cache/apt/etc/sources.list.d/debian.sources
t 'security archive: the sibling' grep -qx 'URIs: http://mirror.test/debian-security' "$sources"
stale
DEBIAN_MIRROR=http://own.test/pub/debian/ fetch 6.1
t 'DEBIAN_MIRROR' grep -qx 'URIs: http://own.test/pub/debian/' "$sources"
t 'DEBIAN_MIRROR: its sibling' grep -qx 'URIs: http://own.test/pub/debian-security' "$sources"
stale
echo 'deb http://sec.test/s bookworm-security main' >>"$work/etc/apt/sources.list"
fetch 6.1
t "the machine's own security archive" grep -qx 'URIs: http://sec.test/s' "$sources"
cache=$work/none
mv "$work/etc/apt/sources.list" "$work/list"
echo 'deb http://mirror.test/ubuntu noble main' >"$work/etc/apt/sources.list"
fetch 6.1
t 'no Debian mirror: one line' fails_with 3 'set DEBIAN_MIRROR to the URL of one'
mv "$work/list" "$work/etc/apt/sources.list"
DEBIAN_KEYRING=/nonexistent fetch 6.1
t 'no keyring: names the package' fails_with 3 'install the package debian-archive-keyring'
cache=$work/file/in
: >"$work/file"
fetch 6.1
t 'no folder: one line' fails_with 3 'cannot be made or written'

# --- a package that is none, an interruption, two at once ---
cache=$whole
echo garbage >"$work/linux-image-6.1.0-9-cloud-amd64_6.1.27-1_amd64.deb"
fetch 6.1.0-9-cloud-amd64
t 'a broken package: one line' fails_with 3 'fetch: 6.1.0-9-cloud-amd64: dpkg-deb: error'
t 'a broken package: nothing stays' clean
t 'a broken package: no folder' [ ! -e "$cache/kernels/6.1.0-9-cloud-amd64" ]

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
cache=$work/cut
for what in slow:TERM slow:INT slow:HUP slow-deb:TERM; do
	slow=${what%:*} signal=${what#*:}
	rm -f "$work/busy"
	: >"$work/$slow"
	# A background job ignores SIGINT, and all of it SIGHUP under nohup: env lets them be heard, as at a terminal.
	env --default-signal=INT,HUP,TERM sh "$top/guests/kernel/fetch" "$cache" 6.1 >"$work/out" 2>"$work/err" &
	pid=$!
	tries=0
	while [ ! -e "$work/busy" ] && [ $tries -lt 500 ]; do
		tries=$((tries + 1))
		sleep 0.02 # looked at for 10 s at most
	done
	begin=$(date +%s)
	kill -"$signal" "$pid"
	code=0
	wait $pid || code=$?
	t "SIG$signal, $slow: ends at once" [ $(($(date +%s) - begin)) -lt 10 -a $code -gt 128 ]
	t "SIG$signal, $slow: nothing stays" clean
	rm "$work/$slow"
	t "SIG$signal, $slow: nor does what apt started" gone "$(cat "$work/busy")"
done
# The same of a run that has it fetch: its script is told, and given the time to end what it started.
rm -f "$work/busy"
: >"$work/slow-deb"
env --default-signal=TERM NUMARIG_CACHE="$cache" "$numarig" run -t 4node -k 6.1 -w bind -o "$work/run" >"$work/out" 2>"$work/err" &
pid=$!
tries=0
while [ ! -e "$work/busy" ] && [ $tries -lt 500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
begin=$(date +%s)
kill -TERM "$pid"
code=0
wait $pid || code=$?
t 'SIGTERM, a run that fetches: ends at once' [ $(($(date +%s) - begin)) -lt 5 -a $code -eq 143 ]
t 'SIGTERM, a run that fetches: nothing stays' clean
rm "$work/slow-deb"
t 'SIGTERM, a run that fetches: nor does what apt started' gone "$(cat "$work/busy")"
mkdir "$cache/kernels/.new-killed"
: >"$work/calls"
for i in 1 2 3; do
	sh "$top/guests/kernel/fetch" "$cache" 6.12 >"$work/out.$i" 2>&1 &
done
wait
for i in 1 2 3; do
	cp "$work/out.$i" "$work/out"
	code=0
	t "one of three at once: $i" got 6.12.120+deb12-cloud-amd64
done
t 'three at once: one download' [ "$(grep -c download "$work/calls")" -eq 1 ]
t 'what a killed one left is swept' clean
cache=$whole
stale
: >"$work/down"
: >"$work/calls"
for i in 1 2 3; do
	sh "$top/guests/kernel/fetch" "$cache" 6.12 >/dev/null 2>&1 &
done
wait
t 'three at once, offline: the mirror is asked once' [ "$(grep -c update "$work/calls")" -eq 1 ]

# --- a cache that can't be written, by root neither: the lock is a folder ---
stale
rm "$cache/kernels/.lock"
mkdir "$cache/kernels/.lock"
fetch 6.12
t 'not to be written: what is there serves' got 6.12.120+deb12-cloud-amd64
t '... and it says so' warns 'cannot be written; going on with 6.12.120+deb12-cloud-amd64 from it'
t '... without apt' no_apt
fetch 6.13
t 'not to be written, and nothing there: says so' [ $code -eq 3 ]
rmdir "$cache/kernels/.lock"
finish
