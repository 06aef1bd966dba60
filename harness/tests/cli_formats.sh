#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# JSON against its schemas, JUnit, --out. $1 is the schema_check program.
check=$1
. "$(dirname "$0")/lib.sh"

validate='
import json, sys, jsonschema
validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
for line in sys.stdin:
    validator.validate(json.loads(line))'

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
	checks=$((checks + 1))
	"$check" "$top/reports/schema/$1" <.out >.check 2>&1 || { cat .check; fail "not as $1 says"; return 1; }
	if python3 -c 'import jsonschema' 2>/dev/null; then
		python3 -c "$validate" "$top/reports/schema/$1" <.out >.check 2>&1 ||
			{ tail -n 5 .check; fail "python's jsonschema: not as $1 says"; }
	fi
}

finding_program >finding.zap
clean_program >clean.zap
{ finding_program; echo 'expect missed-zap step=5'; } >known.zap
printf 'zaplock 1\n---\nvcpu0 rdmsr 0x2f8\nvcpu0 cr0 +nw\nhost slot 3 gpa=0x0 size=0x1000\n' >faults.zap
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

for table in rules targets profiles defects doctor; do
	expect 0 "$zaplock" "$table" --format json
	python3 -c 'import json,sys; assert len(json.load(sys.stdin)) > 0' <.out 2>/dev/null || ! command -v python3 >/dev/null || fail "$table: not JSON"
	expect 0 "$zaplock" "$table"
done

# JUnit.
expect 2 "$zaplock" run --format junit finding.zap clean.zap known.zap "$weird" bad.zap
says .out 'tests="5" failures="2" errors="1" skipped="0"'
says .out '<testcase classname="model:linux-6.1" name="clean.zap" time="[0-9.]+">'
says .out '<failure type="missed-zap"'
if command -v xmllint >/dev/null; then
	xmllint --noout .out || fail 'JUnit is not well-formed'
elif command -v python3 >/dev/null; then
	python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.stdin)' <.out || fail 'JUnit is not well-formed'
fi

# Text: no byte of a file name reaches the terminal raw.
expect 1 "$zaplock" run "$weird" && LC_ALL=C says_not .out $'\x1b|\xff' && says .out '^we\\x1b\[1mird'

# --out: whole, named after the command, and said where.
expect 1 "$zaplock" run --out out/ finding.zap && says .out 'out/+run\.txt' && grep -q R-ZAPMIN out/run.txt || fail 'no out/run.txt'
expect 1 "$zaplock" gate --out out --format junit finding.zap && [ -s out/gate.xml ] || fail 'no out/gate.xml'
expect 0 "$zaplock" rules --out out --format json && [ -s out/rules.jsonl ] || fail 'no out/rules.jsonl'
[ "$(find out -type f | wc -l)" = 3 ] || fail 'other files in out'

done_testing
