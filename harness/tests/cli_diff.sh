# SPDX-License-Identifier: GPL-2.0-only
# zaplock diff: a target against itself, against a broken one, two profiles, bad usage.
. "$(dirname "$0")/lib.sh"

finding_program >finding.zap
both="--target model:linux-6.1 --target"

# Alike: nothing printed but the summary.
expect 0 "$zaplock" diff $both model:linux-6.1 --runs 500 --seed 3 && says .out '500 programs compared, 0 differences' &&
	says_not .out '^# difference'
expect 0 "$zaplock" diff $both model:linux-6.1 finding.zap && says .out ' 1 programs compared'

# Each of these breaks one rule, which the key and both sides' words name; what is printed runs again.
while read -r defect key; do
	expect 1 "$zaplock" diff $both "model:linux-6.1,defect=$defect" --runs 2000 --seed 3
	grep -qF -- "# difference: $key" .out || fail "defect=$defect: no $key"
	sed -n "\\|^# difference: $key\$|,/^\$/p" .out >small.zap
	expect 1 "$zaplock" diff $both "model:linux-6.1,defect=$defect" small.zap &&
		grep -qxF -- "# difference: $key" .out || fail "$defect: another key"
	expect 0 "$zaplock" diff $both model:linux-6.1 small.zap
done <<'EOF'
no-zap-deftype leaf-extra/deftype:enable/uc
pat-reserved outcome/wrmsr:PAT/gp>ok
mask-readback value/rdmsr:MTRRphysMask/differs
init-pat register/init/pat
ipat-never memtype/write/wb+ipat>wb
EOF

# Minimal: no line of it can go.
expect 1 "$zaplock" diff $both model:linux-6.7 finding.zap && says .out '^# difference: memtype/write/wb\+ipat>wb$'
sed -n '/^# difference: memtype/,/^$/p' .out >small.zap
says .out '^# A, model:linux-6.1: .*WB\+IPAT' && says .out '^# B, model:linux-6.7: .*WB,'
for line in $(grep -n '^vcpu\|^host\|^slot' small.zap | cut -d: -f1); do
	sed "${line}d" small.zap >without.zap
	"$zaplock" diff $both model:linux-6.7 without.zap >.out 2>.err
	grep -q '^# difference: memtype/write' .out && { cat small.zap; fail "line $line can go"; }
done
# Past a known difference there may be another.
printf 'vcpu0 read 0x200000\nhost dma off\n' | cat finding.zap - >stop.zap
expect 1 "$zaplock" diff $both model:linux-6.7 --ignore 'memtype/*' stop.zap &&
	says_not .out '^# difference: memtype' && says .out '^# difference: leaf-missing/dma:last-off/uc$'
expect 0 "$zaplock" diff $both model:linux-6.7 --ignore '*' finding.zap

# What no guest can notice: a leaf that is there, or not, is not; what is installed is.
expect 1 "$zaplock" diff $both model:linux-6.7 --guest finding.zap && says .out '^# difference: memtype/write'
expect 0 "$zaplock" diff $both model:linux-6.7 --guest --ignore 'memtype/*' stop.zap

# JSON: one object a difference, the summary beside it.
expect 1 "$zaplock" diff $both model:linux-6.7 --format json finding.zap && says .err '1 programs compared' &&
	says .out '^\{"schema": ?"diff-1"' && says .out '"key": ?"memtype/write/wb\+ipat>wb"' &&
	says .out '"gfn": ?"0x' && says .out '"program": ?"zaplock 1'
expect 1 "$zaplock" diff $both model:linux-6.7 --out out finding.zap && grep -q '^# difference' out/diff.txt || fail '--out'

# Profiles: R-MT of all pages.
expect 1 "$zaplock" diff --profile linux-6.1 --profile linux-6.7 --runs 300 && says .out '^# difference: memtype/cr0:cd-set/wb\+ipat>wb$'
expect 0 "$zaplock" diff --profile linux-6.1 --profile linux-6.1 --runs 300

# The same seed, the same words; one program of many by itself.
"$zaplock" diff $both model:linux-6.7 --runs 300 --seed 5 >one
"$zaplock" diff $both model:linux-6.7 --runs 300 --seed 5 >two
cmp -s one two || fail 'a seed does not replay'
again=$(sed -n 's/^# found: //p' one | head -1)
expect 1 "$zaplock" diff $both model:linux-6.7 $again && says .out "^# found: $again"

# Bad usage and input.
expect 2 "$zaplock" diff && one_sentence && says .err 'two things'
expect 2 "$zaplock" diff --target model:linux-6.1 && one_sentence
expect 2 "$zaplock" diff --profile linux-6.1 && one_sentence
expect 2 "$zaplock" diff $both model:linux-6.7 --profile linux-6.1 && one_sentence
expect 2 "$zaplock" diff $both model:linux-6.77 && says .err 'did you mean'
expect 2 "$zaplock" diff $both model:linux-6.7 --runs many
expect 2 "$zaplock" diff $both model:linux-6.7 nowhere.zap && says .err nowhere.zap
expect 2 "$zaplock" diff $both model:linux-6.7 --format junit

# Nothing compared is not "no difference".
sed 's/^vcpu0 cr0 +cd/together sched=0@zap-begin\n&\nend/' finding.zap >sched.zap
expect 4 "$zaplock" diff $both model:linux-6.1 sched.zap && says .out 'skipped: 1 programs'

done_testing
