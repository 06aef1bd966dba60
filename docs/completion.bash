# SPDX-License-Identifier: GPL-2.0-only
# bash completion of zaplock. Commands, options and names come from the tool itself, so they are never out of date.

_zaplock_words() {
	"${COMP_WORDS[0]}" "$@" 2>/dev/null </dev/null
}

_zaplock() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
	COMPREPLY=()
	# --option=value comes as three words.
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	--target)
		mapfile -t COMPREPLY < <(compgen -W "$(_zaplock_words targets | grep -oE '(model|ukvm|kvm|unicorn|lab)(:[A-Za-z0-9._-]+)?' | sort -u)" -- "$cur")
		# Readline takes `:' for the end of a word.
		[[ $cur == *:* && ${COMP_WORDBREAKS-} == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${cur%:*}:"}")
		return ;;
	--profile)
		mapfile -t COMPREPLY < <(compgen -W "$(_zaplock_words profiles --format json | grep -oE '"name": ?"[^"]*"' | cut -d'"' -f4)" -- "$cur")
		return ;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'text json junit sarif ktap html' -- "$cur")
		return ;;
	--as)
		mapfile -t COMPREPLY < <(compgen -W 'c selftest kvm-unit-test syz' -- "$cur")
		return ;;
	--state)
		mapfile -t COMPREPLY < <(compgen -W 'new known fixed expired' -- "$cur")
		return ;;
	--out | --errata)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	esac
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_zaplock_words --help | sed -n '/^Options/q; s/^  \([a-z][a-z-]*\) .*/\1/p') --help --version" -- "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_zaplock_words "$command" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _zaplock zaplock
