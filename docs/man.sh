#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# man.sh ZAPLOCK DIR: the man pages, made of what `ZAPLOCK --help' and `ZAPLOCK COMMAND --help' print, so that
# there is one text. Pages are compressed without a date: the same tool makes the same bytes.
set -euo pipefail
zaplock=$1 dir=$2
mkdir -p "$dir"
export ARGP_HELP_FMT=rmargin=4000	# argp(3): no line is broken, so that each is a paragraph
version=$("$zaplock" --version)

# page NAME SUMMARY OTHERS <HELP: a page of it.
page() {
	awk -v name="$1" -v summary="$2" -v version="$version" '
	function roff(s) {
		gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/`/, "\\(ga", s); gsub(/\047/, "\\(aq", s)
		if (s ~ /^[.\047]/) s = "\\&" s
		return s
	}
	function example(on) { if (on != verbatim) print on ? ".PP\n.nf\n.RS" : ".RE\n.fi"; verbatim = on }
	BEGIN {
		printf ".TH \"%s\" 1 \"\" \"%s\" \"User Commands\"\n", toupper(roff(name)), version
		printf ".SH NAME\n%s \\- %s\n", roff(name), roff(summary)
	}
	/^Usage: / { print ".SH SYNOPSIS\n.B " roff(substr($0, 8)); print ".SH DESCRIPTION"; next }
	/^Examples:$/ { example(0); print ".SH EXAMPLES"; in_examples = 1; example(1); next }
	/^Exit status: / { example(0); in_examples = 0; print ".SH EXIT STATUS"; print roff(substr($0, 14)); next }
	/^ *Options that every command takes:$/ { example(0); print ".SS Options that every command takes"; options = 1; next }
	/^ +-/ && !in_examples {
		example(0)
		if (!options++) print ".SH OPTIONS"
		match($0, /^ +/); rest = substr($0, RLENGTH + 1)
		text = ""
		if (match(rest, /  +/)) { text = substr(rest, RSTART + RLENGTH); rest = substr(rest, 1, RSTART - 1) }
		print ".TP\n.B " roff(rest); if (text != "") print roff(text)
		next
	}
	/^$/ { if (!in_examples) { example(0); print ".PP" } ; next }
	# What stands behind the options belongs to none of them.
	options && !noted && !in_examples && /^[^ ]/ { print ".SH NOTES"; noted = 1 }
	# Lines that are set in: a table, or the commands.
	/^  / { if (!in_examples) example(1); print roff($0); next }
	{ if (!in_examples) example(0); print roff($0) }
	END { example(0); print ".SH SEE ALSO"; print name == "zaplock" ? roff(others) : ".BR zaplock (1)" }
	' others="$3"
}

list=$("$zaplock" --help | sed '/^Options/,$d')
commands=$(sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$list")
others=$(for command in $commands; do printf 'zaplock-%s(1), ' "$command"; done)
"$zaplock" --help | page zaplock 'finds the places where KVM leaves a guest mapped with the wrong memory type' "${others%, }" |
	gzip -9n >"$dir/zaplock.1.gz"
for command in $commands; do
	summary=$(sed -n "s/^  $command  *//p" <<<"$list")
	"$zaplock" "$command" --help | page "zaplock-$command" "$summary" '' | gzip -9n >"$dir/zaplock-$command.1.gz"
done
