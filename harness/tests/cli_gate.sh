#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The gate: errata that are out of date, targets that die or never end, several targets, and how fast it is.
. "$(dirname "$0")/lib.sh"

erratum() { printf '%s\n' '# why: CD=0 leaves what CD=1 faulted in' "$@"; finding_program; echo 'expect missed-zap step=5'; }

# Dates, by a clock that a test can set.
erratum '# until: 2027-11-30' >dated.zap
expect 0 env ZAPLOCK_TODAY=2027-11-30 "$zaplock" gate dated.zap
expect 1 env ZAPLOCK_TODAY=2027-12-01 "$zaplock" gate dated.zap
says .out 'past its date, `# until: 2027-11-30`' && says .out '^dated\.zap: finding' && says .out '^gate: 1 programs.*1 failed'
erratum '# until: 2027-12-01' | sed 's/^expect.*/expect clean/' >gone.zap
expect 1 env ZAPLOCK_TODAY=2027-11-30 "$zaplock" gate gone.zap
# One that no longer shows says so, before its date.
erratum '# until: 2027-12-01' >shown.zap
expect 1 env ZAPLOCK_TODAY=2027-11-30 "$zaplock" gate --target model:linux-6.16 shown.zap && says .out 'no longer shows'
for date in 2027-13-01 2027-02-30 never 27-11-30 '2027-11-30 or so'; do
	erratum "# until: $date" >bad.zap
	expect 2 "$zaplock" gate bad.zap && one_sentence && says .err 'bad\.zap: `# until:`.*YYYY-MM-DD'
done

# Kernels. Of the model's profiles, which are eras, nothing is said.
for kernels in 'v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)' 'v6.11 .. v6.15, 6.12.117; read to be fixed' '6.12.y' \
	'362ff6dca541' '362ff6dca541 .. 0a7b73559b39, v6.1' 'a proposal: 2023-1@x, not merged'; do
	erratum "# kernels: $kernels" >kernels.zap
	expect 0 "$zaplock" gate kernels.zap
done
for kernels in banana 'v6.7 .. v6.1' 'v6' '362ff6 .. v6.1' 'v6.1 .. ' "6.1, 6.2, 6.3, 6.4, 6.5, 6.6, 6.7, 6.8, 6.9"; do
	erratum "# kernels: $kernels" >bad.zap
	expect 2 "$zaplock" gate bad.zap && one_sentence && says .err 'bad\.zap: `# kernels:`'
done

# Keys.
erratum '# key: missed-zap/cr0:cd-clear/too-cached/type' >key.zap
expect 0 "$zaplock" gate key.zap
erratum '# key: missed-zap/cr0:cd-set/too-cached/type' >key.zap
expect 1 "$zaplock" gate key.zap && says .out 'missed-zap/cr0:cd-set/too-cached/type` no longer shows'

# Several targets, each program on each.
finding_program >finding.zap
clean_program >clean.zap
expect 0 "$zaplock" gate --target model:linux-6.1 --target model:linux-6.16 clean.zap && says .out '^gate: 2 programs'
expect 1 "$zaplock" gate --target model:linux-6.16 --target model:linux-6.1 finding.zap
says .out '^finding.zap: finding \(model:linux-6.1,' && says .out '2 programs.* 1 failed'
expect 2 "$zaplock" gate --timeout 0 clean.zap && one_sentence

# A target that dies, exits or never ends costs its program, not the gate: the next ones run.
fake=${zaplock%/*}/tests/gate_fake
printf 'zaplock 1\n---\nvcpu0 wbinvd\n' >b-dies.zap
printf 'zaplock 1\n---\nvcpu0 rdmsr MTRRcap\n' | tee a.zap >c.zap
for how in crash exit; do
	expect 1 "$fake" --target "fake:$how" a.zap b-dies.zap c.zap
	says .out '^b-dies\.zap: finding' && says .out '3 programs, 2 clean, 1 finding; 1 failed'
done
says .out 'crash/program/exit-77/type'
expect 1 "$fake" --target fake:hang --timeout 0.3 a.zap b-dies.zap c.zap
says .out 'did not end within 0\.3 s' && says .out 'hang/program/timeout/type' && says .out '3 programs, 2 clean, 1 finding; 1 failed'
expect 3 "$fake" --target fake:broken a.zap && says .out '1 infra'
echo 'expect hang' >>b-dies.zap
expect 0 "$fake" --target fake:hang --timeout 0.3 a.zap b-dies.zap c.zap && says .out '1 known'

# 500 programs, every erratum several times, take well under 10 s even where sanitizers slow them down.
mkdir many
for i in 1 2 3 4; do for f in "$top"/corpus/errata/*.zap "$top"/corpus/regressions/*.zap; do cp "$f" "many/$i-${f##*/}"; done; done
[ "$(ls many | wc -l)" -ge 500 ] || fail 'fewer than 500 programs'
expect 0 env ZAPLOCK_TODAY=2026-01-01 timeout 10 "$zaplock" gate many && says .out '^gate: [5-9][0-9][0-9] programs.* 0 failed'

done_testing
