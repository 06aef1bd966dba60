#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The commands of the README and of the guide work and print what is shown there.
#
# A block ```console holds `$ command' lines, each followed by what it prints; `...' stands for any
# lines. `# exit N' behind a command is its exit code. Lines with ./dev are not run here: they build.
. "$(dirname "$0")/lib.sh"

mkdir build && ln -s "$zaplock" build/zaplock
ln -s "$top/corpus" corpus
# `cat FILE' blocks give the programs that the others use.
take_programs() { awk '/^```zap FILE=/ { sub(/.*FILE=/, ""); file = $0; next } /^```/ { file = "" } file { print >file }' "$1"; }

check_block() {
	local command=$1 want=0 shown_line
	case $command in *'# exit '*) want=${command##*# exit } ;; esac
	[ -n "$command" ] || return 0
	case $command in *./dev*) return 0 ;; esac
	expect "$want" bash -c "PATH=$work/build:\$PATH; ${command%%# exit*}" || return 0
	# Each shown line, but those cut by `...', stands in the output.
	while IFS= read -r shown_line; do
		case $shown_line in ... | '') continue ;; esac
		# A line that ends in `...' is cut there.
		grep -qF -- "${shown_line%...}" .out || fail "\`$command' does not print: $shown_line"
	done <shown
}

for text in README.md docs/first-stale-spte.md; do
	before=$checks command=''
	take_programs "$top/$text"
	awk '/^```console/ { on = 1; next } /^```/ { on = 0 } on' "$top/$text" >console
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
	[ $((checks - before)) -ge 3 ] || fail "$text shows hardly any command"
done

done_testing
