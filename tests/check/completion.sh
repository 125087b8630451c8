#!/bin/sh
# Completion of the command line: what bash puts where the cursor is, and that zsh can read its script and offers the same words.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034 # functions are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3
export LC_ALL=C HOME="$work/home" NUMARIG_CACHE="$work/cache"
unset XDG_CACHE_HOME
mkdir -p "$work/home" "$work/at/folder"
: >"$work/at/mine.json"

# As bash does it: the words are cut at readline's breaks, and the function's answers replace the last of them.
cat >"$work/drive" <<'END'
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=${3-$' \t\n"\'><=;|&(:'}
. "$1/completion/numarig.bash"
compopt() { echo "compopt $*"; }
_numarig
printf '%s\n' "${COMPREPLY[@]}"
END
offers() # LINE WORD...: exactly these, in any order
{
	line=$1
	shift
	(cd "$work/at" && bash "$work/drive" "$top" "$numarig${line#numarig}" 2>&1) | sort >"$work/out"
	printf '%s\n' "$@" | sort >"$work/want"
	diff "$work/want" "$work/out" >"$work/said"
}
among() # LINE WORD...: these, and maybe others
{
	line=$1
	shift
	(cd "$work/at" && bash "$work/drive" "$top" "$numarig${line#numarig}" 2>&1) >"$work/out"
	for word; do
		grep -qxF -e "$word" "$work/out" || return 1
	done
}
not() { ! "$@"; }
b() { t "bash: $1" offers "$@"; }

b 'numarig ru' run
b 'numarig --v' --version
b 'numarig frob' ''
t 'bash: a command that is for scripts is not offered' not among 'numarig ' complete
"$numarig" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' >"$work/commands"
# shellcheck disable=SC2046 # words
t 'bash: every command of --help is offered' among 'numarig ' $(cat "$work/commands")
while read -r command; do
	"$numarig" "$command" --help | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' | sed 's/^.* --/--/' >"$work/help"
	"$numarig" "$command" --help | grep -o '^  \(-., \|    \)--[a-z-]*' | sed 's/.* //' >"$work/options"
	# shellcheck disable=SC2046 # words
	t "bash: the options of $command are those of its --help" offers "numarig $command --" $(cat "$work/options")
done <"$work/commands"
b 'numarig run --trace-r' --trace-regions
b 'numarig help doc' doctor
b 'numarig run -t 4node-m' 4node-mesh 'compopt -o filenames'
b 'numarig run -t 2node,4node-m' 2node,4node-mesh
b 'numarig run --topology=4node-m' 4node-mesh
b 'numarig run --topology 4node-m' 4node-mesh 'compopt -o filenames'
b 'numarig argv -t m' memoryless mine.json 'compopt -o filenames'
b 'numarig run -t 4node -w fork-c' fork-cow
b 'numarig run -w bind:pa' 'pages=' 'compopt -o nospace'
b 'numarig run -s thp.enab' 'thp.enabled=' 'compopt -o nospace'
b 'numarig run -s thp.enabled=' always madvise never
b 'numarig run -s thp.enabled=never,al' never,always
b 'numarig exec -s thp.enabled=al' always
b 'numarig run -e ' exact fast kvm auto
b 'numarig run -k 6.1' 6.1 6.12 'compopt -o filenames'
b 'numarig repro -k 6.12,la' 6.12,lab
b 'numarig run --jobs ' ''
b 'numarig run -j 2 --ju' --junit
b 'numarig run --json x' ''
b 'numarig list w' workloads
b 'numarig list workloads ' ''
b 'numarig show topologies 4node-m' 4node-mesh
b 'numarig show knobs thp.enabled thp.sh' thp.shmem
b 'numarig topo i' import
b 'numarig topo check m' mine.json 'compopt -o filenames'
b 'numarig check fo' folder 'compopt -o filenames'
b 'numarig compare folder mi' mine.json 'compopt -o filenames'
b 'numarig compare folder folder ' ''
b 'numarig cache clear snap' snapshots
b 'numarig cache clear snapshots gu' guests
b 'numarig cache list ' ''
b 'numarig repro ksm' ksm-breaks-bind 'compopt -o filenames'
b 'numarig exec -t 4node -- mi' mine.json 'compopt -o filenames'
b 'numarig exec -t 4node mine.json -' 'compopt -o filenames' ''
b 'numarig exec -t 4node mine.json --se' 'compopt -o filenames' ''

if command -v zsh >/dev/null; then
	t 'zsh can read its script' zsh -n completion/_numarig
	# The function as zsh's completion calls it, with the builtins it calls in turn put in for.
	cat >"$work/drive.zsh" <<'END'
numarig=$2 line=$3
words=(${(z)line}) && words[1]=$numarig
[[ $line != *' ' ]] || words+=('')
CURRENT=$#words PREFIX=$words[-1]
compadd() { local -a a; while [[ $1 == -* ]]; do case $1 in -l) shift ;; -a) a=(${(P)2}); shift 2 ;; *) shift 2 ;; esac; done; print -rl -- $a }
_files() { print files }
. $1/completion/_numarig
END
	z() # LINE WORD...
	{
		line=$1
		shift
		zsh -f "$work/drive.zsh" "$top" "$numarig" "$line" 2>&1 | grep . | sort >"$work/out"
		printf '%s\n' "$@" | grep . | sort >"$work/want"
		diff "$work/want" "$work/out" >"$work/said"
	}
	t 'zsh: a command' z 'numarig ru' run
	t 'zsh: a list' z 'numarig run -t 2node,4node-m' 2node,4node-mesh
	t 'zsh: a name, or a file' z 'numarig run -t 4node-m' 4node-mesh files
	t 'zsh: a value of a knob' z 'numarig run -s thp.enabled=al' thp.enabled=always
	t 'zsh: a knob, to be followed by its value' z 'numarig run -s thp.enab' thp.enabled=
	t 'zsh: nothing' z 'numarig cache list ' ''
else
	skip 'zsh' 'zsh is not installed'
fi
finish
