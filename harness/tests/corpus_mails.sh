# SPDX-License-Identifier: GPL-2.0-only
# corpus/mails holds what it says: each program meets its expectations on the
# policies that its `# on:` lines name, and each `# diff: A B KEY` is there.
. "${ZAPLOCK_SOURCE_DIR:?}/harness/tests/lib.sh"
mails=$top/corpus/mails

policies=$("$zaplock" targets --format json | tr -d ' \n' | grep -o '"target":"model:[^"]*"' | cut -d'"' -f4)
for mail in 000 001 002 003 004; do
	[ -n "$(find "$mails" -name "$mail-*.zap")" ] || fail "no program of mail $mail"
done

# A model without schedules runs what has none; one with them runs all.
schedules=$("$zaplock" targets | sed -n '/^model:/,/^[a-z]*:/s/^ *schedules *\([a-z]*\).*/\1/p' | head -1)
[ -n "$schedules" ] || fail 'does the model have schedules?'

for program in "$mails"/*.zap; do
	name=${program##*/}
	grep -q '^# why: .' "$program" || fail "$name does not say why"
	targets=$(sed -n 's/^# on: //p' "$program")
	[ -n "$targets" ] || fail "$name does not say on what it runs"
	if [ "$schedules" = no ] && grep -q 'sched=' "$program"; then
		expect 4 "$zaplock" run "$program"
		continue
	fi
	for target in $targets; do
		# TARGET@PROFILE: judged by another profile's rules than its own.
		judge=
		case $target in *@*) judge="--profile ${target##*@}" target=${target%@*} ;; esac
		grep -qxF -- "${target%%,*}" <<<"$policies" || fail "$name: no policy ${target%%,*}"
		expect 0 "$zaplock" run --target "$target" $judge "$program" && says_not .out ': (skipped|undefined)'
	done
	# A policy that an expectation names is one that it runs on.
	set -f
	for glob in $(sed -n 's/^expect .*target=\([^ ]*\).*/\1/p' "$program" | sort -u); do
		named=
		for target in $targets; do
			# shellcheck disable=SC2254
			case ${target%@*} in $glob) named=1 ;; esac
		done
		[ -n "$named" ] || fail "$name: $glob is named and not run on"
	done
	set +f
	while read -r a b key; do
		expect 1 "$zaplock" diff --target "$a" --target "$b" "$program" &&
			grep -qxF -- "# difference: $key" .out || fail "$name: $a and $b do not differ by $key"
	done < <(sed -n 's/^# diff: //p' "$program")
	# And where it says that no guest can tell them apart none can.
	while read -r a b; do
		expect 0 "$zaplock" diff --guest --target "$a" --target "$b" "$program"
	done < <(sed -n 's/^# same: //p' "$program")
done

# By default on the model of the profile that each was written for.
if [ "$schedules" = yes ]; then
	expect 0 "$zaplock" gate "$mails"
else
	expect 4 "$zaplock" gate "$mails"
fi

# Policies are listed below their profile, with where they come from.
expect 0 "$zaplock" profiles && says .out '^    policy: +seanjc-vcpu0 .*no tree to check against'
done_testing
