#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Help, version, names that do not exist, exit codes.
. "$(dirname "$0")/lib.sh"

commands="run explain explore fuzz campaign report export import minimize diff audit gate bisect corpus rules targets profiles defects doctor bench"

expect 0 "$zaplock" --version && says .out '^zaplock [0-9]+\.[0-9]+'
expect 0 "$zaplock" --help
for command in $commands; do
	expect 0 "$zaplock" --help && says .out "^  $command "
	expect 0 "$zaplock" "$command" --help
	says .out "^Usage: zaplock $command"
	says .out 'Examples:'
	for option in target profile format out seed; do says .out "--$option=" ; done
	expect 0 "$zaplock" "$command" --version && says .out '^zaplock '
	expect 2 "$zaplock" "$command" --no-such-option
done
# Every command that --help names is known to this test.
"$zaplock" --help | sed -n '/^Options/q; /^  [a-z]/s/^  \([a-z]*\) .*/\1/p' | sort >named
tr ' ' '\n' <<<"$commands" | sort | diff - named >/dev/null || fail 'the help names other commands than this test'

expect 2 "$zaplock" && says .err '^Usage: zaplock'
expect 2 "$zaplock" rnu a.zap && one_sentence && says .err 'run'
expect 2 "$zaplock" xyzzyxyzzy && one_sentence && says_not .err 'did you mean'
for command in run explain minimize audit gate corpus; do
	expect 2 "$zaplock" "$command" && says .err 'is missing'
done
expect 2 "$zaplock" explain a b && says .err 'one argument too many'
expect 2 "$zaplock" rules a && says .err 'takes no argument'

finding_program >finding.zap
clean_program >clean.zap
{ finding_program; echo 'expect missed-zap step=5'; } >known.zap
{ clean_program; echo 'expect missed-zap step=5'; } >gone.zap

# Unknown names: one sentence, the nearest one.
expect 2 "$zaplock" run --profile linux-6.2 clean.zap && one_sentence && says .err 'linux-6\.1'
expect 2 "$zaplock" run --target modle:linux-6.1 clean.zap && one_sentence && says .err '`model:linux-6.1`'
expect 2 "$zaplock" run --target modle:x clean.zap && one_sentence && says .err '`model`'
expect 2 "$zaplock" run --target model: clean.zap && one_sentence
expect 2 "$zaplock" run --target '' clean.zap && one_sentence
expect 2 "$zaplock" run --target model:linux-6.2 clean.zap && one_sentence && says .err 'linux-6\.1'
expect 2 "$zaplock" run --target model:linux-6.1,defect=nonesuch clean.zap && one_sentence
expect 2 "$zaplock" run --format jsno clean.zap && one_sentence && says .err 'json'
expect 2 "$zaplock" run --target $'\x1b[31m' clean.zap && one_sentence
expect 2 "$zaplock" rules --format junit && one_sentence
expect 2 "$zaplock" fuzz --time soon && one_sentence
expect 2 "$zaplock" fuzz --jobs 0 && one_sentence
expect 2 "$zaplock" bench --seconds 0 && one_sentence
expect 0 "$zaplock" bench --seconds 0.01 && says .out '[0-9]'
expect 2 "$zaplock" corpus chekc clean.zap && one_sentence && says .err 'check'
for number in '' -1 ' 1' 1x 0x 99999999999999999999 17179869184G; do
	expect 2 "$zaplock" run --seed "$number" clean.zap && one_sentence
done
for number in 0 0x10 010 4K 1M 18446744073709551615; do
	expect 0 "$zaplock" run --seed "$number" clean.zap
done

# Exit codes, and the worst over several programs: 2 > 3 > 1 > 4 > 0.
expect 0 "$zaplock" run clean.zap
expect 1 "$zaplock" run finding.zap
expect 0 "$zaplock" run known.zap && says .out ': known '
expect 1 "$zaplock" run gone.zap && says .out 'expectation not met: .*missed-zap'
expect 1 "$zaplock" run clean.zap finding.zap
expect 0 "$zaplock" run clean.zap known.zap && says .out '2 programs, 1 clean, 1 known'
echo nonsense >bad.zap
expect 2 "$zaplock" run finding.zap bad.zap clean.zap && says .out 'finding.zap: finding' && says .out 'clean.zap: clean'
cat >sched.zap <<'ZAP'
zaplock 1
machine profile=linux-6.1 vcpus=2
---
together sched=0@no-such-point,1@zap-begin
  vcpu0 cr0 +cd
  vcpu1 cr0 +cd
end
ZAP
expect 4 "$zaplock" run sched.zap && says .out '^sched.zap: skipped' && says .out 'why: .'
expect 4 "$zaplock" run clean.zap sched.zap
expect 1 "$zaplock" run finding.zap sched.zap
expect 4 "$zaplock" gate sched.zap && says .out '1 skipped; 0 failed'
expect 1 "$zaplock" gate finding.zap
says .out '^  missed-zap \(R-ZAPMIN\)' && says .out 'at +step 5: vcpu0 cr0 -cd' && says .out '^gate: 1 programs'
expect 0 "$zaplock" gate clean.zap known.zap && [ "$(wc -l <.out)" = 1 ] || fail 'a green gate prints more than its summary'
expect 1 "$zaplock" gate --format json finding.zap && says .err '^gate: 1 programs.* 1 failed' && says .out '^\{'
expect 1 "$zaplock" gate gone.zap && says .out 'no longer shows' && says .out 'gone.zap'
# The same program on a kernel without that bug: clean is expected there, the expectation lacks a target.
expect 1 "$zaplock" gate --target model:linux-6.16 known.zap

done_testing
