#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# zaplock bench defects: kills, survivors, figures that replay, bad input.
. "$(dirname "$0")/lib.sh"

short="--trials 3 --cap 20000"

# Programs to the kill are the seed's alone; CPU seconds are not.
expect 0 "$zaplock" bench defects $short --only 'yan-no-*' --format json --out one
expect 0 "$zaplock" bench defects $short --only 'yan-no-*' --format json --out two --jobs 3
cat >figures.py <<'PY'
import json, sys
def figures(path):
    run = json.load(open(path))
    assert run["killed"] == len(run["defects"]) == 2 and run["not_run"] == 0
    return [(d["name"], s, d[s]["trials"], d[s]["killed"], d[s]["median"], d[s]["restricted_mean"],
             d["minimized_best"]) for d in run["defects"] for s in ("guided", "unguided")]
a, b = (figures(p + "/bench-defects.jsonl") for p in ("one", "two"))
assert a == b, (a, b)
assert all(x[2] == x[3] == 3 and 0 < x[4] < 20000 for x in a), a
PY
if command -v python3 >/dev/null; then
	python3 figures.py || fail 'bench defects: not JSON, or other figures with --jobs'
fi

# What is stored shows the defect, and nothing without it.
expect 1 "$zaplock" run --target model:yan-v4,defect=yan-no-fixed one/yan-no-fixed.zap && says .out '^  missed-zap'
expect 0 "$zaplock" run --target model:yan-v4 one/yan-no-fixed.zap

expect 0 "$zaplock" bench defects $short --only 'yan-no-*' && says .out '^yan-no-var +3/3' && says .out '^2 of 2 defects killed'
# One program is not enough for this one: it survives, and the exit code says so.
expect 1 "$zaplock" bench defects --trials 2 --cap 1 --guided-only --only no-flush-open &&
	says .out 'SURVIVES model:linux-6.1,defect=no-flush-open' && says .out '^0 of 1 defects killed'

expect 2 "$zaplock" bench defects --only nope && one_sentence
expect 2 "$zaplock" bench defects --only no-seq && one_sentence	# needs schedules
for bad in '--trials 0' '--trials x' '--cap 0' '--jobs 0' '--jobs 65' '--time 0' '--time x' 'more'; do
	# shellcheck disable=SC2086
	expect 2 "$zaplock" bench defects $bad
done
expect 0 "$zaplock" bench defects --help && says .out 'guided-only'

done_testing
