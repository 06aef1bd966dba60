#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The README's commands work and print what it shows.
#
# A block ```console holds `$ command' lines, each followed by what it prints; `...' stands for any
# lines. `# exit N' behind a command is its exit code. Lines with ./dev are not run here: they build.
. "$(dirname "$0")/lib.sh"

mkdir build && ln -s "$zaplock" build/zaplock
ln -s "$top/corpus" corpus
awk '/^```console/ { on = 1; next } /^```/ { on = 0 } on' "$top/README.md" >console
[ -s console ] || fail 'the README shows no command'
# `cat FILE' blocks give the programs that the others use.
awk '/^```zap FILE=/ { sub(/.*FILE=/, ""); file = $0; next } /^```/ { file = "" } file { print >file }' "$top/README.md"

check_block() {
	local command=$1 want=0 shown_line
	case $command in *'# exit '*) want=${command##*# exit } ;; esac
	[ -n "$command" ] || return 0
	case $command in *./dev*) return 0 ;; esac
	expect "$want" bash -c "PATH=$work/build:\$PATH; ${command%%# exit*}" || return 0
	# Each shown line, but those cut by `...', stands in the output.
	while IFS= read -r shown_line; do
		case $shown_line in ... | '') continue ;; esac
		grep -qF -- "$shown_line" .out || fail "\`$command' does not print: $shown_line"
	done <shown
}

command=''
: >shown
while IFS= read -r line; do
	case $line in
	'$ '*)
		check_block "$command"
		command=${line#'$ '}
		: >shown
		;;
	*) printf '%s\n' "$line" >>shown ;;
	esac
done <console
check_block "$command"
[ "$checks" -ge 3 ] || fail 'the README shows hardly any command'

done_testing
