#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `zaplock campaign' by its command line: options, AFL++ that is missing or strange, an end by Ctrl-C.
. "$(dirname "$0")/lib.sh"

"$zaplock" campaign --out probe --time 0.1 --afl 0 >.out 2>.err </dev/null
if grep -q 'built without SQLite' .err; then echo 'skipped: this build has no SQLite'; exit 0; fi

expect 2 "$zaplock" campaign --time soon && one_sentence
expect 2 "$zaplock" campaign --cores -1 && one_sentence
expect 2 "$zaplock" campaign --target model:linux-6.2 && one_sentence && says .err 'linux-6\.1'
expect 2 "$zaplock" campaign --target model:linux-6.1 --target model:linux-6.1 --out twice && says .err 'given twice'
expect 2 "$zaplock" campaign --out /dev/null/x --time 1 && one_sentence && says .err '/dev/null/x'
echo nonsense >bad.zap
expect 2 "$zaplock" campaign --out new --time 1 bad.zap && one_sentence && says .err 'bad.zap:1'
[ ! -e new ] || fail 'bad seeds left a directory'

# AFL++: absent, of another version, with a harness of another build. Asked for, each is an error ...
mkdir path afl
touch afl/libzaplock-mutator.so
for tool in sh rm; do ln -s "$(command -v $tool)" path/; done
printf '#!/bin/sh\necho "9999 model "\n' >afl/fuzz_afl
chmod +x afl/fuzz_afl
expect 2 env PATH="$work/path" "$zaplock" campaign --afl 1 --out new && one_sentence && says .err 'AFL\+\+ is not installed'
printf '#!/bin/sh\necho "afl-fuzz++3.14c based on afl"\n' >path/afl-fuzz
chmod +x path/afl-fuzz
expect 2 env PATH="$work/path" ZAPLOCK_AFL_DIR="$work/afl" "$zaplock" campaign --afl 1 --out new && one_sentence &&
	says .err 'no AFL\+\+ 4 \(it says "afl-fuzz\+\+3\.14c'
printf '#!/bin/sh\necho "afl-fuzz++4.99z based on afl"\n' >path/afl-fuzz
expect 2 env PATH="$work/path" ZAPLOCK_AFL_DIR="$work/afl" "$zaplock" campaign --afl 1 --out new && one_sentence &&
	says .err 'another build'
[ ! -e new ] || fail 'a missing AFL++ left a directory'
# ... not asked for, the campaign goes on without it, and says so.
expect 0 env PATH="$work/path" ZAPLOCK_AFL_DIR="$work/afl" "$zaplock" campaign --time 0.5 --out none --errata "$top/corpus/errata" \
	--target model:linux-6.16
says .out '^AFL\+\+ +not used: .*another build'
says .out '^campaign .*its time' && says .out '^seed +[0-9]{8}001$' && says .out '^findings +0 new'

# Ctrl-C: the summary and the exit code are those of any end; the same directory goes on.
(exec timeout --signal=INT --preserve-status 2 "$zaplock" campaign --quiet --afl 0 --keep-corpus --seed 5 --out none \
	--target model:canary >.out 2>.err)
[ $? = 1 ] || fail 'a campaign that was interrupted lost its exit code'
says .out '^campaign .*a signal' && says .out '^seed +5$' && says .out 'reproduced 5 of 5'
checks=$((checks + 1))
ls none/targets/model-canary/findings/*.zap >/dev/null || fail 'no finding beside the store'
expect 0 "$zaplock" run --target model:canary none/targets/model-canary/findings
says .out " known" && says_not .out "1 failed"

done_testing
