# SPDX-License-Identifier: GPL-2.0-only
# What the whole-tool tests share. CTest gives ZAPLOCK_BINARY and ZAPLOCK_SOURCE_DIR.
set -u
zaplock=${ZAPLOCK_BINARY:?}
top=${ZAPLOCK_SOURCE_DIR:?}
work=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0 checks=0

fail() {
	failures=$((failures + 1))
	printf 'FAIL: %s\n' "$*"
	[ ! -s "$work/.out" ] || { echo '  stdout:'; head -c 2000 "$work/.out" | sed 's/^/    /'; }
	[ ! -s "$work/.err" ] || { echo '  stderr:'; head -c 2000 "$work/.err" | sed 's/^/    /'; }
}

# expect CODE COMMAND...: runs it within 60 s; output in .out, messages in .err.
expect() {
	local want=$1 got
	shift
	checks=$((checks + 1))
	timeout 60 "$@" >"$work/.out" 2>"$work/.err" </dev/null
	got=$?
	[ "$got" = "$want" ] || { fail "$* exits with $got, not $want"; return 1; }
	# A sanitizer's report is a failure whatever the exit code.
	if grep -qE 'Sanitizer|runtime error' "$work/.err"; then fail "$*: sanitizer"; return 1; fi
}

# says FILE REGEX: .out or .err has a line that matches.
says() {
	checks=$((checks + 1))
	grep -qE -- "$2" "$work/$1" || { fail "nothing like /$2/ in $1"; return 1; }
}

says_not() {
	checks=$((checks + 1))
	! grep -qE -- "$2" "$work/$1" || { fail "/$2/ in $1"; return 1; }
}

# one_sentence: stderr is one line without control characters.
one_sentence() {
	checks=$((checks + 1))
	[ "$(wc -l <"$work/.err")" = 1 ] || { fail 'stderr is not one line'; return 1; }
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$work/.err" || fail 'control characters in stderr'
}

done_testing() {
	echo "$checks checks, $failures failures"
	[ "$failures" = 0 ]
	exit
}

# The finding that Linux 6.1 to 6.6 has (corpus/errata): a leaf faulted in with CR0.CD=1 outlives CD=0.
finding_program() {
	cat <<'ZAP'
zaplock 1
machine profile=linux-6.1 vendor=intel
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 cr0 +cd
vcpu0 write 0x1000
vcpu0 cr0 -cd
ZAP
}

# And one that every kernel must pass: the same with the quirk off.
clean_program() { finding_program | sed '2a quirk cd-nw-cleared off'; }
