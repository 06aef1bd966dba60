#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The files of contrib/ci parse, and the commands in them run: what a copy of them would do, on our corpus.
. "$(dirname "$0")/lib.sh"

python3 -c 'import yaml' 2>/dev/null || { echo 'skipped: no python3-yaml'; exit 0; }
mkdir zaplock && cp -r "$top/corpus/regressions" "$top/corpus/errata" zaplock
for file in github gitlab; do
	python3 - "$top/contrib/ci/$file.yml" >commands <<'PY' || fail "$file.yml does not parse"
import sys, yaml
doc = yaml.safe_load(open(sys.argv[1]))
variables = doc.get("env") or doc["variables"]
jobs = doc["jobs"].values() if "jobs" in doc else [j for j in doc.values() if isinstance(j, dict) and "script" in j]
for job in jobs:
    lines = job.get("script") or [s["run"] for s in job["steps"] if "run" in s]
    for line in "\n".join(lines).splitlines():
        if "build/zaplock " in line:
            print(" ".join(f"{k}='{v}'" for k, v in variables.items()) + "\t" + line)
PY
	[ "$(wc -l <commands)" = 2 ] || fail "$file.yml has no gate or no night"
	while IFS=$'\t' read -r variables line; do
		line=${line/*build\/zaplock/\"$zaplock\"}
		line=${line/5h/0.5 --afl 0}
		# A night may find something.
		checks=$((checks + 1))
		timeout 60 bash -c "$variables; $line" >.out 2>.err </dev/null
		case $line:$? in *:0 | *campaign*:1) ;; *) fail "$line" ;; esac
	done <commands
	[ -s report/gate.xml ] && [ -s night/findings.sqlite ] || fail "$file.yml leaves no report"
	grep -q "report/gate.xml\|path: report" "$top/contrib/ci/$file.yml" || fail "$file.yml does not keep it"
done
done_testing
