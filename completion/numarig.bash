# Completion of numarig for bash, 4.4 or later: source it, or install it where bash-completion looks (make install does).
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What there is to say comes from `numarig complete`, which has it from its option tables. Words of numarig's have no blanks, so
# the line is cut at blanks and not where readline does, at = and : too.
_numarig()
{
	local words line=${COMP_LINE:0:COMP_POINT} word kept='' row
	read -ra words <<<"$line"
	[[ $line != *[[:blank:]] ]] || words+=('')
	word=${words[${#words[@]}-1]}
	# readline puts what is chosen behind the last of its own word breaks
	[[ $COMP_WORDBREAKS != *=* || $word != *=* ]] || kept=${word%"${word##*=}"}
	[[ $COMP_WORDBREAKS != *:* || ${word#"$kept"} != *:* ]] || kept=${word%"${word##*:}"}
	COMPREPLY=()
	while IFS= read -r row; do
		if [[ $row == :files ]]; then
			compopt -o filenames 2>/dev/null
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${word#"$kept"}")
		else
			row=${row%%$'\t'*}
			COMPREPLY+=("${row#"$kept"}")
		fi
	done < <("${words[0]/#\~\//$HOME/}" complete "${words[@]:1}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}
complete -F _numarig numarig
