#!/bin/sh
# ci/deps on machines made up of fake dpkg-query, dpkg, apt-get, apt-cache, qemu-system-x86_64 and id, in a PATH of their own.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154 # lib is sourced, and sets top, work and numarig
. "$(dirname "$0")/lib"
# Nothing of this machine's PATH but these: a tool that is not faked and not here would be a surprise.
mkdir "$work/tools"
for tool in sh sed awk grep cat cut head tail tr mktemp mv cp rm date env sleep dirname; do
	ln -s "$(command -v "$tool")" "$work/tools/$tool"
done

# What every set but the lab's has, by the script's own list.
sets='build run test tools'
# shellcheck disable=SC2086 # words
here=$(sh "$top/ci/deps" --list $sets | cut -f 1)

# A fresh machine: Debian 12 with everything but what the arguments name, root, a mirror in classic form.
machine() # MISSING-PACKAGE...
{
	rm -rf "${work:?}/root" "${work:?}/bin" "$work/installed" "$work/sources"
	mkdir -p "$work/root/etc/apt/sources.list.d" "$work/bin"
	: >"$work/calls"
	printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n' >"$work/root/etc/os-release"
	echo 'deb [arch=amd64 signed-by=/key.gpg] http://mirror.test/debian bookworm main contrib' >"$work/root/etc/apt/sources.list"
	for name in $here; do
		case " $* " in
		*" $name "*) ;;
		*) echo "$name" >>"$work/installed" ;;
		esac
	done
	qemu_here=1:10.0.2+ds-2 offer=1:7.2+dfsg-7 backport=1:10.0.2+ds-2~bpo12+1
	fakes
}

fake() # NAME, the script on stdin
{
	{ echo '#!/bin/sh'; cat; } >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

fakes()
{
	fake id <<-'END'
		echo 0
	END
	fake dpkg <<-'END'
		echo amd64
	END
	# As dpkg-query -W: one record for each package it knows, complaint and code 1 for the others.
	fake dpkg-query <<-END
		echo dpkg-query >>"$work/calls"
		shift 3
		for name; do
			version=1.0-1
			[ "\$name" != qemu-system-x86 ] || version=$qemu_here
			if grep -qx "\$name" "$work/installed"; then
				printf 'amd64/installed/%s/%s ' "\$name" "\$version"
			else
				echo "no packages found matching \$name" >&2; bad=1
			fi
		done
		exit \${bad:-0}
	END
	fake qemu-system-x86_64 <<-'END'
		exit 127
	END
	fake apt-cache <<-END
		case \$1 in
		policy) printf 'qemu-system-x86:\n  Installed: (none)\n  Candidate: %s\n' '$offer' ;;
		madison)
			[ ! -e "$work/root/etc/apt/sources.list.d/numarig-backports.sources" ] && [ ! -e "$work/has-backports" ] ||
				echo " qemu-system-x86 | $backport | http://mirror.test/debian bookworm-backports/main amd64 Packages"
			echo " qemu-system-x86 | $offer | http://mirror.test/debian bookworm/main amd64 Packages" ;;
		esac
	END
	fake apt-get <<-END
		echo "apt-get \$*" >>"$work/calls"
		cp "$work/root/etc/apt/sources.list.d/numarig-backports.sources" "$work/sources" 2>/dev/null
		case "\$*" in
		*--download-only*) echo 'Need to get 12.3 MB of archives.' ;;
		install*)
			for name; do case \$name in [a-z]*) echo "\$name" >>"$work/installed" ;; esac; done ;;
		esac
	END
}

# Runs ci/deps there, for $sets unless told: its code in $code, its output in $work/out and $work/err, the backports file apt saw in $work/sources.
deps()
{
	code=0
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $sets
	PATH=$work/bin:$work/tools NUMARIG_ROOT=$work/root KERNEL=${kernel:-} DEBIAN_MIRROR=${mirror:-} sh "$top/ci/deps" "$@" >"$work/out" 2>"$work/err" || code=$?
}

said() { grep -qF -- "$1" "$work/err"; }
called() { grep -q -- "$1" "$work/calls"; }
not() { ! "$@"; }
fails_with() { [ "$code" -eq 3 ] && [ ! -s "$work/out" ] && [ "$(grep -c '^ci/deps: ' "$work/err")" -eq 1 ] && said "$1"; }
one_line() { [ "$(wc -l <"$work/err")" -eq 1 ]; }
untouched() { [ "$(cat "$work/calls")" = dpkg-query ]; } # asked once, and apt not at all
backports=etc/apt/sources.list.d/numarig-backports.sources

machine
deps
t 'nothing missing: code 0' [ $code -eq 0 ]
t 'nothing missing: silent' [ ! -s "$work/out" -a ! -s "$work/err" ]
t 'nothing missing: one dpkg-query, no apt' untouched

machine libjansson-dev numactl
deps
t 'missing: code 0' [ $code -eq 0 ]
t 'missing: says which and why' said 'libjansson-dev          JSON: topologies, results, QMP'
t 'missing: says only those' not said 'libnuma-dev'
t 'missing: installs both' called 'apt-get install -q -y .*--no-install-recommends --no-remove .* libjansson-dev numactl$'
t 'missing: nothing may be removed for it' [ "$(grep -c ' install ' "$work/calls")" = "$(grep -c -e --no-remove "$work/calls")" ]
t 'missing: says what it took' said 's; downloaded: 12.3 MB'
t 'missing: no suite is added without need' [ ! -e "$work/root/$backports" ]
deps
t 'then nothing is missing' [ ! -s "$work/err" ]

# --- the lab kernel's ---
lab_packages='flex bison bc libelf-dev binutils'
machine
deps lab
for name in $lab_packages; do
	t "lab: $name is missing, and said why" grep -q "^  $name *builds the lab kernel$" "$work/err"
done
t 'lab: installs them' called 'apt-get install .* flex bison bc libelf-dev binutils$'
deps lab
t 'lab: then nothing is missing' [ $code -eq 0 -a ! -s "$work/err" ]
machine
deps
t 'without lab: they are not missed' [ ! -s "$work/err" ]
deps foo
t 'another word: one line' fails_with 'foo: no such set of packages; want some of: build run test lab tools'
deps --foo
t 'another option: one line' fails_with '--foo: no such option; there are --list and --look'
PATH=$work/bin:$work/tools sh "$top/ci/deps" >"$work/out" 2>"$work/err" && code=0 || code=$?
t 'no word: one line' fails_with 'want one or more of: build run test lab tools'

# --- each target asks for what it needs ---
machine libcmocka-dev clang-format cppcheck shellcheck libxml2-utils
deps build run
t 'what tests and lint need is not missed by a run' untouched
t '... nor said' [ ! -s "$work/err" ]
asks() # SETS GOAL...: make asks for these sets
{
	want=$1
	shift
	(cd "$top" && env -u DEPS -u SAN make -n -B B="$work/none" "$@" 2>/dev/null) | sed -n "s/^CC='[^']*' KERNEL='[^']*' sh ci\/deps //p" | tr -s ' ' |
		sed 's/ $//' | sort -u >"$work/asked"
	[ "$(cat "$work/asked")" = "$want" ] || { cat "$work/asked"; return 1; }
}
t 'make run' asks 'build run' run TOPO=4node
t 'make' asks 'build run'
t 'make check' asks 'build run test tools' check
t 'make test' asks 'build run test tools' test
t 'make unit' asks 'build run test' unit
t 'make lint' asks 'build test tools' lint
t 'make deps' asks 'build run test tools' deps
t 'make DEPS=0 looks' asks '--look build run' DEPS=0
list() { sh "$top/ci/deps" --list "$@" | cut -f 2 | sort -u | tr '\n' ' '; }
t '--list of two sets' [ "$(list build test)" = 'build test ' ]
t '--list of all' [ "$(list)" = 'build lab run test tools ' ]
t '--list: package, set, purpose' [ "$(sh "$top/ci/deps" --list test)" = 'libcmocka-dev	test	unit tests' ]

# --- DEPS=0: what a build lacks is said, by package, without dpkg ---
look() # CC SET...
{
	code=0
	cc=$1
	shift
	PATH=$work/bin:$work/tools CC=$cc sh "$top/ci/deps" --look "$@" >"$work/out" 2>"$work/err" || code=$?
}
machine
rm "$work/bin/dpkg-query"
fake make <<-'END'
END
look gcc build test
t '--look: no compiler: one line with its package' fails_with 'not here, and a build needs it: gcc (gcc); on Debian'
fake gcc <<-'END'
	! grep -q 'jansson\|cmocka'
END
look gcc build
t '--look: no header: its name and package' fails_with 'needs it: <jansson.h> (libjansson-dev); on Debian'
look gcc build test
t '--look: of the tests, too' fails_with '<jansson.h> (libjansson-dev), <cmocka.h> (libcmocka-dev); on'
fake gcc <<-'END'
	cat >/dev/null
END
look gcc build run test tools
t '--look: all is there: silent' [ $code -eq 0 -a ! -s "$work/err" ]

# --- not root ---
ordinary() # MISSING-PACKAGE...
{
	machine "$@"
	fake id <<-'END'
		echo 1000
	END
}
ordinary numactl
deps build run
t 'not root: which and why' said '  numactl                 numactl, numastat and migratepages in the guest'
t 'not root: one command for root, and the way without' fails_with \
	"these are missing and you are not root: run su -c 'sh $top/ci/deps build run'; or say DEPS=0 to go on as it is"
t 'not root: nothing done' untouched
fake sudo <<-'END'
END
deps build run
t 'not root, with sudo' fails_with "run sudo sh $top/ci/deps build run; or"
ordinary cppcheck shellcheck
deps
t 'not root, what can be done without: code 0' [ $code -eq 0 ]
t '... with one line that says so' [ "$(cat "$work/err")" = \
	"numarig goes on without cppcheck shellcheck: what looks at sources and reports with them is skipped (as root: su -c 'sh $top/ci/deps tools')" ]
ordinary cppcheck numactl
deps
t 'not root, some needed: those are named, and not the others' eval 'said "  numactl " && not said "  cppcheck "'
ordinary
deps
t 'not root and nothing missing: code 0' [ $code -eq 0 ]

machine numactl
fake dpkg <<-'END'
	echo arm64
END
deps
t 'not amd64: one line' fails_with 'packages are for arm64 and numarig runs on amd64 only'
t 'not amd64: nothing done' untouched

machine numactl
rm "$work/bin/apt-get"
deps
t 'no apt: one line' fails_with 'apt-get is not here to install numactl'
machine
rm "$work/bin/dpkg-query"
deps
t 'no dpkg: one line' fails_with 'dpkg-query is not here'

machine numactl
fake apt-get <<-END
	echo "apt-get \$*" >>"$work/calls"
	case \$1 in
	update) echo "W: Failed to fetch http://mirror.test/debian/dists/bookworm/InRelease  Temporary failure resolving 'mirror.test'" ;;
	*) echo 'E: Unable to locate package numactl'; exit 100 ;;
	esac
END
deps
t 'no network: one line with the mirror, not what follows from it' fails_with \
	"apt-get install: Failed to fetch http://mirror.test/debian/dists/bookworm/InRelease  Temporary failure resolving"
machine numactl
fake apt-get <<-'END'
	[ "$1" = update ] || { echo 'E: You do not have enough free space in /var/cache/apt/archives/.'; exit 100; }
END
deps
t 'apt fails: one line with its reason' fails_with 'apt-get install: You do not have enough free space in /var/cache/apt'
machine numactl
fake apt-get <<-'END'
	exit 0
END
deps
t 'apt lies: one line' fails_with 'apt-get install succeeded, yet these are not there: numactl'

# --- QEMU ---
machine
qemu_here=1:7.2+dfsg-7
fakes
deps
t 'QEMU 7.2 on Debian 12: backports are asked' called 'apt-get install .* -t bookworm-backports qemu-system-x86$'
t 'QEMU 7.2: what apt installed is checked again' fails_with 'yet these are not there: qemu-system-x86'
t 'no use: the sources file goes again' [ ! -e "$work/root/$backports" ]
for version in 8.1.5+ds-1 1:8.1+ds-1 7.9 x; do
	machine
	qemu_here=$version
	fakes
	deps
	t "QEMU $version is too old" said 'qemu-system-x86 '
done
for version in 1:8.2.2+ds-0ubuntu1.4 8.10 1:11.0~rc1 9.0; do
	machine
	qemu_here=$version
	fakes
	deps
	t "QEMU $version will do" untouched
done
machine qemu-system-x86
fake qemu-system-x86_64 <<-'END'
	echo 'QEMU emulator version 9.1.0 (v9.1.0)'
END
deps
t "a QEMU of the user's own will do" untouched
machine qemu-system-x86
fake qemu-system-x86_64 <<-'END'
	echo 'QEMU emulator version 8.1.3'
END
deps
t "a QEMU of the user's own that is too old will not" called 'install .* qemu-system-x86$'

machine qemu-system-x86 gcc
deps
t 'Debian 12: code 0' [ $code -eq 0 ]
t 'Debian 12: says what it adds' said "$backports: bookworm-backports from http://mirror.test/debian, for QEMU >= 8.2"
t 'Debian 12: gcc is not taken from backports' called '-o DPkg::Lock::Timeout=120 gcc$'
printf '%s\n' 'Types: deb' 'URIs: http://mirror.test/debian' 'Suites: bookworm-backports' 'Components: main' \
	'Signed-By: /key.gpg' >"$work/expected"
same_file() { sed 1d "$work/root/$backports" | cmp -s - "$work/expected"; }
t 'classic sources: mirror and key are taken over' same_file

machine qemu-system-x86
cat >"$work/root/etc/apt/sources.list" <<-'END'
	# deb http://off.test/debian bookworm main
	deb cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_ - Official amd64]/ bookworm main
	deb-src http://source.test/debian bookworm main
	deb http://vendor.test/linux/debian bookworm stable
END
echo 'deb http://vendor.test/debian bookworm main' >"$work/root/etc/apt/sources.list.d/vendor.list"
cat >"$work/root/etc/apt/sources.list.d/debian.sources" <<-'END'
	# a comment
	Types: deb deb-src
	URIs: https://deb822.test/pub/debian/
	Suites: bookworm
	 bookworm-updates
	Components: main non-free-firmware
	Signed-By:
	 -----BEGIN PGP PUBLIC KEY BLOCK-----
	 .
	 mDMEZ+x/
	 -----END PGP PUBLIC KEY BLOCK-----

	Types: deb
	Enabled: no
	URIs: http://off.test/debian
	Suites: bookworm-backports
	Components: main
END
deps
printf '%s\n' 'Types: deb' 'URIs: https://deb822.test/pub/debian/' 'Suites: bookworm-backports' 'Components: main' \
	'Signed-By: ' ' -----BEGIN PGP PUBLIC KEY BLOCK-----' ' .' ' mDMEZ+x/' ' -----END PGP PUBLIC KEY BLOCK-----' >"$work/expected"
t 'deb822 sources: the archive among others, with the key in it' same_file

: >"$work/has-backports"
for suite in bookworm-backports oldstable-backports; do
	machine qemu-system-x86
	echo "deb http://other.test/debian $suite main" >"$work/root/etc/apt/sources.list.d/mine.list"
	deps
	t "$suite is there: code 0" [ $code -eq 0 ]
	t "$suite is there: not added" [ ! -e "$work/root/$backports" ]
	t "$suite is there: used" called 'install .* -t bookworm-backports qemu-system-x86$'
done
rm "$work/has-backports"

machine qemu-system-x86
: >"$work/root/etc/apt/sources.list"
deps
t 'no Debian mirror: one line' fails_with "name no Debian mirror to take bookworm-backports from"

for release in 'Debian GNU/Linux 13 (trixie)|trixie' 'Ubuntu 24.04.1 LTS|noble'; do
	machine qemu-system-x86
	printf 'PRETTY_NAME="%s"\nVERSION_CODENAME=%s\n' "${release%|*}" "${release#*|}" >"$work/root/etc/os-release"
	offer=1:8.2.2+ds-0
	fakes
	deps
	t "${release%|*}: its own QEMU is taken" called 'DPkg::Lock::Timeout=120 qemu-system-x86$'
	t "${release%|*}: no suite is added" [ ! -e "$work/root/$backports" ]
done
# --- kernels come from a Debian mirror: who has none is told before anything is installed ---
ubuntu() # MISSING-PACKAGE...
{
	machine "$@"
	printf 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nVERSION_CODENAME=noble\nID=ubuntu\n' >"$work/root/etc/os-release"
	echo 'deb http://archive.test/ubuntu noble main universe' >"$work/root/etc/apt/sources.list"
	offer=1:8.2.2+ds-0
	fakes
}
for kernel in 6.12 6.1,6.12 lab 6.1.0-50-cloud-amd64 /boot/mine,6.1; do
	ubuntu qemu-system-x86 gcc
	deps build run
	t "no Debian mirror, kernel $kernel: one line with the variable" fails_with 'set DEBIAN_MIRROR to the URL of one'
	t "no Debian mirror, kernel $kernel: nothing is installed, no index is fetched" untouched
done
fake id <<-'END'
	echo 1000
END
deps build run
t 'no Debian mirror, not root: told that first' fails_with 'set DEBIAN_MIRROR to the URL of one'
for kernel in /boot/mine ./a,dir/b ''; do
	ubuntu qemu-system-x86 gcc
	deps build run
	t "no Debian mirror, kernel ${kernel:-of none}: installs" called 'apt-get install .* gcc qemu-system-x86$'
done
kernel=6.12 mirror=http://own.test/debian
ubuntu gcc
deps build run
t 'DEBIAN_MIRROR is set: installs' called 'apt-get install .* gcc$'
mirror=
ubuntu
deps build run
t 'no Debian mirror and nothing missing: silent, as the cache may have the kernel' [ $code -eq 0 -a ! -s "$work/err" ]
machine gcc
deps build run
t 'a Debian mirror: installs' called 'apt-get install .* gcc$'
kernel=
kernel_of() # GOAL...: the kernel that make tells of
{
	(cd "$top" && env -u DEPS -u SAN -u KERNEL make -n -B B="$work/none" "$@" 2>/dev/null) |
		sed -n "s/^CC='[^']*' KERNEL='\([^']*\)' sh ci\/deps .*/\1/p" | sort -u
}
t 'make run wants a kernel' [ "$(kernel_of run TOPO=4node)" = 6.12 ]
t 'make run KERNEL=FILE wants that' [ "$(kernel_of run TOPO=4node KERNEL=/a/b)" = /a/b ]
t 'make wants none' [ -z "$(kernel_of)" ]

machine qemu-system-x86 gcc
printf 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_CODENAME=jammy\n' >"$work/root/etc/os-release"
offer=1:6.2+dfsg-2
fakes
deps
t 'too old a release: one line' fails_with 'Ubuntu 22.04.5 LTS has QEMU 1:6.2+dfsg-2 and 8.2 or newer is needed: use Debian 12'
t 'too old a release: nothing is installed' not called 'apt-get install'

finish
