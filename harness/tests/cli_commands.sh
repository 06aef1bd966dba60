#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What explain, minimize, corpus, targets and profiles say, and that a broken model turns the gate red.
. "$(dirname "$0")/lib.sh"

finding_program >finding.zap
clean_program >clean.zap

# explain: before the first step, at a step, one page.
expect 0 "$zaplock" explain finding.zap --step 0 && says .out 'WB\+IPAT' && says_not .out ' UC '
expect 0 "$zaplock" explain finding.zap --step 3 && says .out 'after step 3: vcpu0 cr0 \+cd \(accepted\)' && says .out '^vCPU 0: CR0.CD=1'
says .out '\[0x0, 0x400000\) +WB\+IPAT +slot 0'
says .out '\[0x400000, 0x[0-9a-f]+\) +WB\+IPAT +no slot'
expect 0 "$zaplock" explain finding.zap && says .out '\[0x0, 0x400000\) +UC +slot 0'
expect 0 "$zaplock" explain finding.zap --profile linux-6.16 && says .out 'profile linux-6.16 \(by --profile\)' && says .out '\[0x0, 0x400000\) +WB +slot 0'
expect 0 "$zaplock" explain finding.zap --target model:linux-6.16 && says .out "linux-6.16 \(the target's\)"
expect 0 "$zaplock" explain finding.zap --gpa 0x1fff && says .out 'gfn 0x1\), slot 0: UC' && says .out '^    R-MT\.[57]'

# minimize: noise goes, the key stays, the output runs as a known finding, and no line of it can go.
{
	sed 's/vendor=intel/vendor=intel vcpus=2/; s/^---/slot 1 gpa=0x40000000 size=0x200000\n---\nvcpu1 wrmsr PAT 0x0007040600070406\nvcpu0 read 0x40000000/' finding.zap
	echo 'vcpu1 wbinvd'
	echo 'vcpu0 rdmsr PAT'
} >noisy.zap
expect 1 "$zaplock" run noisy.zap
key=$(sed -n 's/^    key *//p' .out | head -n 1)
[ -n "$key" ] || fail 'no key'
expect 0 "$zaplock" minimize noisy.zap -o small.zap && says .err "$(printf '%s' "$key" | sed 's/[+.]/\\&/g')"
expect 0 "$zaplock" run small.zap && says .out ': known'
grep -q '^expect missed-zap' small.zap || fail 'no expect line'
grep -q 'vcpu1\|wbinvd\|rdmsr\|slot 1' small.zap && { cat small.zap; fail 'noise stays'; }
lines=$(grep -n '^vcpu\|^host\|^slot' small.zap | cut -d: -f1)
for line in $lines; do
	sed "${line}d; /^expect/d" small.zap >without.zap
	"$zaplock" run without.zap >.out 2>.err
	grep -qF "$key" .out && { cat small.zap; fail "line $line can go"; }
done
expect 0 "$zaplock" minimize --key "$key" noisy.zap && diff .out small.zap >/dev/null || fail 'stdout and -o differ'

# corpus: there and back, check, list, merge.
expect 0 "$zaplock" corpus convert finding.zap -o text.zap
expect 0 "$zaplock" corpus convert --to binary text.zap -o program.bin
expect 0 "$zaplock" corpus convert program.bin && diff .out text.zap >/dev/null || fail 'text, binary, text loses something'
mkdir many
cp finding.zap clean.zap many/
cp finding.zap many/again.zap
cp program.bin many/binary-without-suffix
expect 0 "$zaplock" corpus check many && says .out '^corpus check: 4 programs, 0 unreadable, 0 lossy'
expect 2 "$zaplock" corpus convert many && says .err '\-\-out'
expect 0 "$zaplock" corpus convert --out all many && [ "$(find all -name '*.zap' | wc -l)" = 4 ] || fail 'convert --out'
expect 2 "$zaplock" corpus merge many && says .err '\-\-out'
expect 0 "$zaplock" corpus merge --out kept many && says .out '2 of 4 programs'
expect 0 "$zaplock" corpus merge --out kept many && says .out ': 0 of 4 programs'
expect 0 "$zaplock" corpus list many && says .out 'finding.zap +linux-6.1 +1 vCPUs +5 steps'
expect 2 "$zaplock" corpus check --format json many
expect 0 "$zaplock" corpus list --by-rule many && says .out '^R-ZAPMIN' && says .out '\(no program\)' && says .out 'hit by none'
echo nonsense >many/bad.zap
expect 2 "$zaplock" corpus check many && says .out '5 programs, 1 unreadable' && says .err 'many/bad.zap:1:'
rm -rf none && expect 2 "$zaplock" corpus merge --out none many && [ ! -e none ] || fail 'merge wrote something'

# The tables name each other rightly: every profile has a model that runs.
expect 0 "$zaplock" profiles
sed -n 's/^\([a-z][^ ]*\) .*/\1/p' .out >profiles
[ "$(wc -l <profiles)" = 7 ] || fail 'not seven profiles'
while read -r profile; do
	expect 0 "$zaplock" run --target "model:$profile" clean.zap
done <profiles
expect 0 "$zaplock" targets && says .out '^model:' && says .out 'zap-events +yes'
expect 0 "$zaplock" defects
sed -n 's/^\([a-z][^ ]*\)$/\1/p' .out >defects
[ "$(wc -l <defects)" -ge 60 ] || fail 'fewer than 60 defects'
while read -r defect; do
	"$zaplock" run --target "model:linux-6.1,defect=$defect" clean.zap >.out 2>.err
	case $? in 0 | 1) ;; *) fail "model:linux-6.1,defect=$defect" ;; esac
done <defects

# Red is possible: the canary maps RAM without IPAT where Linux sets it, among other things.
printf "zaplock 1\nslot 0 gpa=0x0 size=0x400000\n---\nvcpu0 write 0x1000\n" >canary.zap
expect 0 "$zaplock" gate canary.zap
expect 1 "$zaplock" gate --target model:canary canary.zap && says .out '^gate: 1 programs.*1 failed'
if ls "$top"/corpus/regressions/*.zap "$top"/corpus/errata/*.zap >/dev/null 2>&1; then
	expect 0 "$zaplock" gate "$top/corpus/regressions" "$top/corpus/errata"
	expect 1 "$zaplock" gate --target model:canary "$top/corpus/regressions" "$top/corpus/errata"
fi
expect 0 "$zaplock" doctor && says .out '^yes model' && says .out 'kvm'

done_testing
