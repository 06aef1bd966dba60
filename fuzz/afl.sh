#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# fuzz/afl.sh OUT [afl-fuzz options]: AFL++ on $ZAPLOCK_TARGET (model:linux-6.1).
#
# Builds the instrumented harness (build-afl/) and the custom mutator (build/),
# takes corpus/seeds as binary seeds on the first start and resumes later. Say
# -M main in one terminal and -S NAME in the others to use more cores.
# Findings are in OUT/zaplock/findings as well as in OUT/*/crashes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '4,10s/^# \{0,1\}//p' "$0"; exit 2; }
command -v afl-clang-fast >/dev/null || { echo "no afl-clang-fast: apt install afl++" >&2; exit 2; }
out=$1
shift

CC=afl-clang-fast CXX=afl-clang-fast++ AFL_QUIET=1 \
	cmake -S "$root" -B "$root/build-afl" -G Ninja -DZAPLOCK_AFL=ON >/dev/null
AFL_QUIET=1 cmake --build "$root/build-afl" --target fuzz_afl >/dev/null
[ -d "$root/build" ] || CC=clang CXX=clang++ cmake -S "$root" -B "$root/build" -G Ninja >/dev/null
cmake --build "$root/build" --target zaplock-mutator corpus-replay >/dev/null

mkdir -p "$out/seeds"
"$root/build/corpus-replay" --binary "$out/seeds" "$root/corpus/seeds" >/dev/null
input=$out/seeds
[ -d "$out/default/queue" ] || [ -d "$out/main/queue" ] && input=-

export AFL_CUSTOM_MUTATOR_LIBRARY="$root/build/fuzz/libzaplock-mutator.so"
export AFL_CUSTOM_MUTATOR_ONLY=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
export ZAPLOCK_OUT="$out/zaplock" ZAPLOCK_ERRATA="${ZAPLOCK_ERRATA-$root/corpus/errata}"
exec afl-fuzz -i "$input" -o "$out" "$@" -- "$root/build-afl/fuzz_afl"
