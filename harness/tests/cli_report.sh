#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `zaplock report' on what a short campaign left, and on stores that are not what they should be. $1 is schema_check.
check=$1
. "$(dirname "$0")/lib.sh"

finding_program >seed.zap
clean_program >clean.zap
timeout 60 "$zaplock" campaign --quiet --afl 0 --cores 1 --time 2 --keep-corpus --out night --target model:linux-6.1 --target model:canary \
	seed.zap clean.zap >.out 2>.err </dev/null
if grep -q 'built without SQLite' .err; then echo 'skipped: this build has no SQLite'; exit 0; fi
[ -s night/findings.sqlite ] || { fail 'no campaign'; done_testing; }

expect 0 "$zaplock" report night && says .out 'night/+report\.html' && [ -s night/report.html ] || fail 'no report.html'
if command -v python3 >/dev/null; then
	expect 0 python3 "$top/harness/tests/html_check.py" night/report.html
	says .out '^missed-zap/cr0:cd-clear/too-cached/type$' && says .out '^Programs run$' && says .out '^model:canary$' &&
		says .out '^reproduced$' && says .out '^first seen$' && says .out '✗ missed-zap: [0-9]+ wrong'
fi
expect 0 "$zaplock" report --format json night && "$check" "$top/reports/schema/report-1.json" <.out >.check 2>&1 || { cat .check; fail 'not as report-1.json says'; }
says .out '"key":"missed-zap/cr0:cd-clear/too-cached/type","target":"model:linux-6.1"' && says .out '"program":"zaplock 1'
expect 0 "$zaplock" report --format sarif night && "$check" "$top/harness/tests/sarif-2.1.0.json" <.out >.check 2>&1 || { cat .check; fail 'no SARIF'; }
expect 0 "$zaplock" report --format text --state new night && says .out '^new, model:linux-6.1: [0-9]+ programs' && says .out '^    because  R-'
expect 0 "$zaplock" report --format text --state known night && [ ! -s .out ] || fail 'what is new is called known'
expect 0 "$zaplock" report --format junit --out reports night && [ -s reports/report.xml ] || fail 'no report.xml'
expect 0 "$zaplock" report --format ktap night && says .out '^not ok 1 night/targets/'

# No campaign, no store, not a store, nowhere to write.
expect 2 "$zaplock" report && says .err 'DIR is missing'
expect 2 "$zaplock" report nowhere && one_sentence
mkdir empty && expect 2 "$zaplock" report empty && one_sentence
mkdir bad && echo 'not a database, but long enough to be taken for one by its name alone' >bad/findings.sqlite
expect 2 "$zaplock" report bad && one_sentence && [ ! -e bad/report.html ] || fail 'a report of nothing'
expect 2 "$zaplock" report --state wrong night && one_sentence
expect 3 "$zaplock" report --out seed.zap night && one_sentence

# Whatever a store holds is shown as text, and a program that is none is left out.
if command -v sqlite3 >/dev/null; then
	sqlite3 night/findings.sqlite "update finding set key = '<script>alert(1)</script>' || id, note = 'n' || char(27) || '[31m\"><b>',
		minimal = 'no program', program = x'ff1b', detail = case id % 3 when 0 then '{' when 1 then '{\"rule\": 7}' else
		'{\"rule\":\"missed-zap\",\"step\":-5,\"gfn\":\"0xffffffffffffffff\",\"npages\":9,\"level\":77,\"vcpu\":99,\"expected\":[1,{}],\"why\":[{},{\"rule\":\"x\"}],\"message\":\"<i>\"}' end"
	expect 0 "$zaplock" report night
	! command -v python3 >/dev/null || { expect 0 python3 "$top/harness/tests/html_check.py" night/report.html && says .out '^<script>alert\(1\)</script>'; }
	for format in json junit sarif ktap text; do
		expect 0 "$zaplock" report --format $format night
		! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' .out || fail "control characters in $format"
	done
fi

done_testing
