# SPDX-License-Identifier: GPL-2.0-only
# The corpus holds what it says: regressions and errata on every profile of the
# model, each regression on each defect that it names, and red where it must be.
. "${ZAPLOCK_SOURCE_DIR:?}/harness/tests/lib.sh"
corpus=$top/corpus

profiles=$("$zaplock" profiles | grep -v '^ ' | cut -d' ' -f1)
[ "$(wc -w <<<"$profiles")" -ge 7 ] || fail "profiles are missing: $profiles"
[ "$(find "$corpus/regressions" -name '*.zap' | wc -l)" -ge 28 ] || fail 'regressions are missing'

# On kernels as they are. Nothing may be skipped (exit 4).
for profile in $profiles; do
	expect 0 "$zaplock" gate --target "model:$profile" "$corpus/regressions" "$corpus/errata"
done
expect 0 "$zaplock" gate "$corpus/regressions" "$corpus/errata"

# On the bug itself: as expected everywhere, and seen on some profile.
for program in "$corpus"/regressions/*.zap; do
	name=${program##*/}
	defects=$(grep -o 'defect=[a-z0-9-]*' "$program" | sort -u)
	sed '/^expect /d' "$program" >"$name"
	for defect in $defects; do
		seen=
		for profile in $profiles; do
			target=model:$profile,$defect
			expect 0 "$zaplock" run "$program" --target "$target" || continue
			grep -q ': known' .out || continue
			seen=$target
			# Nobody expects it any more: red.
			expect 1 "$zaplock" gate --target "$target" "$name"
		done
		[ -n "$seen" ] || fail "$name: no profile shows $defect"
	done
	# Found on a kernel as it is: red without the line that says so.
	for profile in $(sed -n 's/^expect .* profile=\([a-z0-9.-]*\)$/\1/p' "$program" | sort -u); do
		expect 1 "$zaplock" gate --target "model:$profile" "$name"
	done
	rm "$name"
done

# An expectation that no longer shows is red too.
doctored=$(grep -L '^expect' "$corpus"/regressions/*.zap | head -1)
{ cat "$doctored"; echo 'expect missed-zap'; } >doctored.zap
expect 1 "$zaplock" gate doctored.zap

# Errata say why, where and how long; a stale one asks to be read again.
for program in "$corpus"/errata/*.zap; do
	for key in why kernels until; do
		grep -q "^# $key: ." "$program" || fail "${program##*/} has no # $key:"
	done
	grep -qE '^# until: 20[0-9]{2}-[01][0-9]-[0-3][0-9]' "$program" || fail "${program##*/}: until when?"
	grep -qE '^expect .*(profile=|target=u?kvm:)' "$program" || fail "${program##*/} expects nothing"
done

# One row a bug in the table, and every program in it.
for n in $(seq 37); do
	grep -q "^| $n |" "$corpus/README.md" || fail "corpus/README.md: no row for bug $n"
done
for program in "$corpus"/regressions/*.zap; do
	name=${program##*/}
	grep -q "\`${name%.zap}\`" "$corpus/README.md" || fail "corpus/README.md does not name $name"
done
done_testing
