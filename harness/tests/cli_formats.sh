#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# JSON against its schemas, JUnit, SARIF, KTAP, --out. $1 is the schema_check program.
check=$1
. "$(dirname "$0")/lib.sh"

# Ranges of explain's JSON on .out for vCPU 0, neighbours of one type joined.
types() {
	tr '{' '\n' <.out | sed -n '/"vcpu":1/q; s/^"start":"\([^"]*\)","end":"\([^"]*\)","type":"\([^"]*\)".*/\1 \2 \3/p' |
		awk '$3 == type && $1 == end { end = $2; next }
		     NR > 1 { printf "[%s,%s)%s ", start, end, type }
		     { start = $1; end = $2; type = $3 }
		     END { printf "[%s,%s)%s", start, end, type }'
}

# matches SCHEMA: .out is lines that the schema allows.
matches() {
	local schema=$top/reports/schema/$1
	[ -f "$schema" ] || schema=$top/harness/tests/$1
	checks=$((checks + 1))
	"$check" "$schema" <.out >.check 2>&1 || { cat .check; fail "not as $1 says"; return 1; }
	cat .out >>"all-$(basename "$schema")"
}

finding_program >finding.zap
clean_program >clean.zap
{ finding_program; echo 'expect missed-zap step=5'; } >known.zap
printf 'zaplock 1\n---\nvcpu0 rdmsr 0x2f8\nvcpu0 cr0 +nw\nhost slot 3 gpa=0x0 size=0x1000\n' >faults.zap
sed 's/^vcpu0 cr0 +cd/together sched=0@no-such-point\n&\nend/' finding.zap >sched.zap
weird=$'we\x1b[1mird&<"\xff.zap'
finding_program >"$weird"

# The validator can say no.
echo '{"schema": "run-1"}' | "$check" "$top/reports/schema/run-1.json" >/dev/null 2>&1 && fail 'schema_check takes anything'

expect 1 "$zaplock" run --format json --advisories finding.zap clean.zap known.zap faults.zap "$weird"
matches run-1.json
[ "$(wc -l <.out)" = 5 ] || fail 'not one object a program'
says .out '"program":"finding.zap","target":"model:linux-6.1","profile":"linux-6.1","verdict":"finding"'
says .out '"rule":"missed-zap","rule_id":"R-ZAPMIN"'
says .out '"severity":"type","step":5'
says .out '"vcpu":0,"gfn":"0x[0-9a-f]+","npages":'
says .out '"before":\{"type":"WB","ipat":true\},"expected":\[\{"type":"UC","ipat":false\}\],"observed":\{"type":"WB","ipat":true\}'
says .out '"program":"known.zap".*"verdict":"known"'
says .out '"program":"clean.zap".*"verdict":"clean".*"findings":\[\]'
says .out '"rules_hit":\[.*"R-MT\.[0-9]'
expect 1 "$zaplock" gate --format json finding.zap clean.zap && matches run-1.json

# A program that cannot be read has no verdict; the exit code and stderr tell.
echo nonsense >bad.zap
expect 2 "$zaplock" run --format json bad.zap clean.zap && matches run-1.json && [ "$(wc -l <.out)" = 1 ] || fail 'bad.zap has a verdict'

# explain: ranges are half-open, sorted, and cover [0, 2^MAXPHYADDR).
expect 0 "$zaplock" explain --format json clean.zap && matches explain-1.json
expect 0 "$zaplock" explain --format json --gpa 0x1000 clean.zap && matches explain-1.json
cat >map.zap <<'ZAP'
zaplock 1
machine profile=linux-6.1 vcpus=2 maxphyaddr=36
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000006
vcpu0 wrmsr MTRRphysMask0 0xfc0000800
vcpu0 wrmsr MTRRfix64K_00000 0x0606060606060606
vcpu0 wrmsr MTRRdefType 0xc00
ZAP
expect 0 "$zaplock" explain --format json map.zap && matches explain-1.json
# From the SDM: 8 x 64K of WB, UC up to the pair's base, 1 GiB of WB, UC to the end (11.11.4.1).
want='[0x0,0x80000)WB [0x80000,0x40000000)UC [0x40000000,0x80000000)WB [0x80000000,0x1000000000)UC'
[ "$(types)" = "$want" ] || fail "the map of map.zap is $(types)"

# audit and diff.
expect 1 "$zaplock" audit --format json "$top"/corpus/traces/*.trace && matches audit-1.json &&
	[ "$(wc -l <.out)" = 3 ] || fail 'not one object a trace'
# Without the facts of its header hardly anything can be judged.
grep -v '^# zaplock-trace' "$top/corpus/traces/intel-6.1-ncdma.trace" | head -n 40 >bare.trace
expect 4 "$zaplock" audit --format json bare.trace && matches audit-1.json && says .out '"unknown":\{"'
expect 1 "$zaplock" diff --format json --target model:linux-6.1 --target model:linux-6.7 --runs 300 --seed 5 && matches diff-1.json
expect 1 "$zaplock" diff --format json --profile linux-6.1 --profile linux-6.7 --runs 300 && matches diff-1.json

for table in rules targets profiles defects doctor; do
	expect 0 "$zaplock" "$table" --format json
	python3 -c 'import json,sys; assert len(json.load(sys.stdin)) > 0' <.out 2>/dev/null || ! command -v python3 >/dev/null || fail "$table: not JSON"
	expect 0 "$zaplock" "$table"
done

# JUnit.
expect 2 "$zaplock" run --format junit finding.zap clean.zap known.zap "$weird" bad.zap
says .out 'tests="5" failures="2" errors="1" skipped="0"'
says .out '<testcase classname="model:linux-6.1" name="clean.zap" file="clean.zap" time="[0-9.]+">'
says .out '<failure type="missed-zap"'
if command -v xmllint >/dev/null; then
	xmllint --noout .out || fail 'JUnit is not well-formed'
elif command -v python3 >/dev/null; then
	python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.stdin)' <.out || fail 'JUnit is not well-formed'
fi

# GitLab keys cases by classname and name ("Unit test reports"), so no two may share both.
cat >junit.py <<'PY'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
for suite in root:
    assert suite.tag == "testsuite", suite.tag
    cases = list(suite)
    keys = [(c.get("classname"), c.get("name")) for c in cases]
    assert len(set(keys)) == len(keys), "cases that GitLab would merge"
    bad = {"failure": 0, "error": 0, "skipped": 0}
    for c in cases:
        assert set(c.attrib) == {"classname", "name", "file", "time"}, c.attrib
        float(c.get("time"))
        for o in c:
            assert set(o.attrib) == {"type", "message"}, o.attrib
            bad[o.tag] += 1
    assert int(suite.get("tests")) == len(cases)
    for tag, attribute in ("failure", "failures"), ("error", "errors"), ("skipped", "skipped"):
        assert int(suite.get(attribute)) == bad[tag], tag
PY
! command -v python3 >/dev/null || python3 junit.py .out || fail 'JUnit is not what GitLab documents'

# SARIF: against the schema, and the things that a schema cannot say.
expect 2 "$zaplock" run --format sarif --advisories finding.zap clean.zap known.zap sched.zap "$weird" bad.zap "$PWD/finding.zap" && matches sarif-2.1.0.json
says .out '"zaplockKey/v1":"missed-zap/cr0:cd-clear/too-cached/type"'
says .out '"uri":"finding.zap","uriBaseId":"%SRCROOT%"\},"region":\{"startLine":9\}'
says .out '"uri":"file:///[^"]*/finding.zap"\},"region"'
says .out '"uri":"we%1B%5B1mird%26%3C%22%FF.zap"'
says .out '"suppressions":\[\{"kind":"inSource","status":"accepted"'
says .out '"executionSuccessful":false,"toolExecutionNotifications":\[.*"note".*sched=.*"error".*bad.zap:1'
cat >sarif.py <<'PY'
import json, sys
run, = json.load(open(sys.argv[1]))["runs"]
rules = run["tool"]["driver"]["rules"]
for r in run["results"]:
    assert rules[r["ruleIndex"]]["id"] == r["ruleId"]
levels = [["error", "warning", "note"].index(r["level"]) for r in run["results"]]
assert levels == sorted(levels), "GitHub shows the first 5,000: the worst come first"
hashes = {(r["partialFingerprints"]["zaplockKey/v1"], r["partialFingerprints"]["primaryLocationLineHash"]) for r in run["results"]}
assert len({k for k, h in hashes}) == len({h for k, h in hashes}) == len(hashes)
PY
! command -v python3 >/dev/null || python3 sarif.py .out || fail 'SARIF'
expect 0 "$zaplock" run --format sarif clean.zap && matches sarif-2.1.0.json && says .out '"results":\[\]'
{ clean_program; echo 'expect missed-zap'; } >gone.zap
expect 1 "$zaplock" gate --format sarif gone.zap && matches sarif-2.1.0.json && says .out '"ruleId":"expectation"'

# The line of a step, groups and comments between.
{ finding_program | sed 's/^---/# c\n&/; s/^vcpu0 cr0 -cd/# x\ntogether\n  &\n  vcpu0 rdmsr PAT\nend\n\nvcpu0 cr0 -cd/'; } >lines.zap
expect 1 "$zaplock" run --format sarif lines.zap && says .out '"startLine":'"$(grep -n together lines.zap | cut -d: -f1)"'\}'

# KTAP: what the kernel's Documentation/dev-tools/ktap.rst demands.
cat >ktap.awk <<'AWK'
function no(what) { print "line " NR ": " what; bad = 1 }
NR == 1 { if ($0 != "KTAP version 1") no("no version line"); next }
NR == 2 { if ($0 !~ /^1\.\.[0-9]+$/) no("no plan"); plan = substr($0, 4); next }
/^#/ { next }
!/^(not )?ok [0-9]+ [^#]+( # (SKIP|TODO|XFAIL|TIMEOUT|ERROR)( [^#]*)?)?$/ { no("neither result nor diagnostic: " $0); next }
{ if (($1 == "ok" ? $2 : $3) != ++n) no("number out of order") }
END { if (n != plan) no("the plan says " plan ", there are " n); exit bad }
AWK
expect 2 "$zaplock" run --format ktap finding.zap clean.zap known.zap sched.zap "$weird" 'bad.zap' && awk -f ktap.awk .out >.check || { cat .check; fail 'no KTAP'; }
says .out '^not ok 1 finding.zap$' && says .out '^ok 2 clean.zap$' && says .out '^ok 3 known.zap # XFAIL '
says .out '^ok 4 sched.zap # SKIP .*sched=' && says .out '^not ok 5 we\\x1b\[1mird&<"\\xff.zap$' && says .out '^not ok 6 bad.zap # ERROR bad.zap:1'
says .out '^#  *missed-zap \(R-ZAPMIN\)'
echo 'ok 7 one too many' | cat .out - | awk -f ktap.awk >/dev/null && fail 'ktap.awk takes anything'
if command -v prove >/dev/null; then
	expect 4 "$zaplock" run --format ktap clean.zap known.zap sched.zap
	mv .out results.tap
	prove -e cat results.tap >.out 2>&1 || fail 'prove does not read KTAP'
	says .out 'Tests=3'
fi

# HTML: comments, names and the kernel's words stay text, whatever they hold.
{ finding_program; printf '# </code><script>alert(1)</script> & "\xe2\x80\xae"\n'; } >'<b onclick=x>.zap'
expect 2 "$zaplock" run --format html --out web --advisories finding.zap clean.zap known.zap sched.zap "$weird" bad.zap '<b onclick=x>.zap' && mv web/run.html .html
if command -v python3 >/dev/null; then
	expect 0 python3 "$top/harness/tests/html_check.py" .html
	for words in 'missed-zap/cr0:cd-clear/too-cached/type' 'R-LOOK.none' '2M WB+I' '✗ missed-zap: 1 wrong' 'before: +1 leaf' \
		'sched.zap' 'bad.zap:1:1'; do
		grep -qF -- "$words" .out || fail "the HTML report does not say $words"
	done
	# Beside a guest op stands its machine code, where the build has Capstone.
	! ldd "$zaplock" | grep -q capstone || says .out '^vcpu0 cr0 -cd  +mov cr0, rax'
	expect 1 "$zaplock" run --format html --out web '<b onclick=x>.zap' && mv web/run.html .html
	expect 0 python3 "$top/harness/tests/html_check.py" .html && says .out '^# </code><script>alert\(1\)</script> & "\\xe2\\x80\\xae"$' &&
		says .out '^<b onclick=x>.zap$'
fi
# All that the repository has, and a map for every finding that is about a leaf.
"$zaplock" gate --format html --out web "$top/corpus" >/dev/null 2>&1
expect 0 grep -c 'class="map"' web/gate.html && [ "$(cat .out)" -ge 60 ] || fail 'few maps'
! command -v python3 >/dev/null || expect 0 python3 "$top/harness/tests/html_check.py" web/gate.html

# A directory that cannot be written, and one that is a file: said so, nothing half-written.
mkdir shut && chmod a-w shut
if [ ! -w shut ]; then
	expect 3 "$zaplock" run --format html --out shut finding.zap && one_sentence && says .err 'cannot write shut/run.html'
fi
: >file && expect 3 "$zaplock" run --format html --out file finding.zap && one_sentence && says .err 'file'
if [ -w /dev/full ]; then
	expect 3 bash -c '"$0" run --format html finding.zap >/dev/full' "$zaplock"
fi
[ -z "$(ls shut)" ] || fail 'something half-written'

# Text: no byte of a file name reaches the terminal raw.
expect 1 "$zaplock" run "$weird" && LC_ALL=C says_not .out $'\x1b|\xff' && says .out '^we\\x1b\[1mird'

# --out: whole, named after the command, and said where.
expect 1 "$zaplock" run --out out/ finding.zap && says .out 'out/+run\.txt' && grep -q R-ZAPMIN out/run.txt || fail 'no out/run.txt'
expect 1 "$zaplock" gate --out out --format junit finding.zap && [ -s out/gate.xml ] || fail 'no out/gate.xml'
expect 0 "$zaplock" rules --out out --format json && [ -s out/rules.jsonl ] || fail 'no out/rules.jsonl'
[ "$(find out -type f | wc -l)" = 3 ] || fail 'other files in out'

# All of it once more, by a validator that is not ours.
cat >validate.py <<'PY'
import json, sys, jsonschema
for schema, lines in zip(sys.argv[1::2], sys.argv[2::2]):
    validator = jsonschema.Draft202012Validator(json.load(open(schema)))
    for line in open(lines):
        validator.validate(json.loads(line))
PY
if python3 -c 'import jsonschema' 2>/dev/null; then
	pairs=()
	for lines in all-*.json; do
		schema=$top/reports/schema/${lines#all-}
		[ -f "$schema" ] || schema=$top/harness/tests/${lines#all-}
		pairs+=("$schema" "$lines")
	done
	[ ${#pairs[@]} = 10 ] || fail 'not all five schemas were tried'
	python3 validate.py "${pairs[@]}" >.check 2>&1 || { tail -n 5 .check; fail "python's jsonschema objects"; }
fi

done_testing
