#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `zaplock import': a program that shows what the trace showed, and nothing else.
. "$(dirname "$0")/lib.sh"

keys() { sed -n 's/^ *key *//p' | sort -u; }

# The recordings of real hosts: audit and the imported program agree on every key (kvm_amd's and 6.12's: none).
for name in intel-6.1-ncdma intel-6.12-ncdma amd-6.1-vfio; do
	trace=$top/corpus/traces/$name.trace
	expect 0 "$zaplock" import "$trace" && mv .out $name.zap
	expect 0 "$zaplock" corpus check $name.zap
	"$zaplock" audit "$trace" | keys >of-trace
	"$zaplock" run $name.zap | keys >of-program
	cmp -s of-trace of-program || { diff of-trace of-program; fail "$name: the program shows other findings than the trace"; }
done
[ "$(wc -l <intel-6.1-ncdma.zap)" -gt 20 ] && grep -q '^host dma on$' intel-6.1-ncdma.zap || fail 'hardly anything imported'
expect 0 "$zaplock" run --target model:linux-6.16 intel-6.1-ncdma.zap

# Without the header's facts memslots are what leaves were seen in, and the user's word counts.
grep -v '^# zaplock-trace' "$top/corpus/traces/intel-6.1-ncdma.trace" >bare.trace
expect 0 "$zaplock" import --assume host=kvm_intel --assume ept=on --assume vcpus=1 --assume dma=on --profile linux-6.1 bare.trace &&
	says .out '^machine profile=linux-6.1 vendor=intel' && says .out '^slot 0 gpa=0x0 size=0x10200000$'

expect 2 "$zaplock" import nowhere && one_sentence
expect 2 "$zaplock" import . && one_sentence
echo nonsense >bad.trace
expect 2 "$zaplock" import bad.trace && one_sentence && [ ! -s .out ] || fail 'half a program'
expect 2 "$zaplock" import --assume colour=blue bare.trace && one_sentence
expect 0 "$zaplock" import --out out "$top/corpus/traces/intel-6.1-ncdma.trace" && [ -s out/import.txt ] || fail 'no out/import.txt'

done_testing
