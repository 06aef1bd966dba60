#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [LINUX]: build.sh in an imitation of OSS-Fuzz's environment, then what its bad-build checks
# look at (infra/base-images/base-runner/bad_build_check): every fuzzer is instrumented, starts when $OUT has
# moved and the environment is empty, runs its seeds, needs no library that the runner lacks. And ours: a
# lane finds the canary, and nothing at once on a good kernel.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() { failures=$((failures + 1)); printf 'FAIL: %s\n' "$*"; [ ! -s "$work/log" ] || tail -n 15 "$work/log"; }

mkdir -p "$work/src" "$work/out" "$work/work"
ln -s "$top" "$work/src/zaplock"
[ -z "${1:-}" ] || ln -s "$(realpath "$1")" "$work/src/linux"
export SRC=$work/src OUT=$work/out WORK=$work/work CC=clang CXX=clang++ SANITIZER=address FUZZING_ENGINE=libfuzzer
export CFLAGS='-O1 -fno-omit-frame-pointer -gline-tables-only -fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link'
export CXXFLAGS="$CFLAGS -stdlib=libstdc++" LIB_FUZZING_ENGINE=-fsanitize=fuzzer
cd "$work" && bash -eu "$top/fuzz/oss-fuzz/build.sh" >"$work/log" 2>&1 || { fail 'build.sh'; exit 1; }

mv "$work/out" "$work/not-out"
cd "$work/not-out" || exit 1
# run SECONDS COMMAND...: as the runner would, with nothing in the environment.
run() {
	local seconds=$1
	shift
	env -i ASAN_OPTIONS=detect_leaks=0 TMPDIR="$work" timeout "$seconds" "$@" >"$work/log" 2>&1
}
nr=0
for fuzzer in fuzz_*; do
	[ -x "$fuzzer" ] && [ -f "$fuzzer" ] || continue
	nr=$((nr + 1))
	run 60 "./$fuzzer" -runs=4 -seed=1337 || fail "$fuzzer does not start"
	grep -q INITED "$work/log" || fail "$fuzzer: no INITED"
	[ "$(objdump -d --no-show-raw-insn "$fuzzer" | grep -c 'call.*__asan_report')" -gt 100 ] || fail "$fuzzer: hardly any ASan"
	ldd "$fuzzer" | grep -vE 'linux-vdso|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+)\.so|ld-linux' && fail "$fuzzer needs more than libc"
	[ -s "${fuzzer}_seed_corpus.zip" ] || { fail "$fuzzer has no seeds"; continue; }
	rm -rf seeds && python3 -m zipfile -e "${fuzzer}_seed_corpus.zip" seeds
	run 120 "./$fuzzer" -runs=0 seeds || fail "$fuzzer crashes on its seeds"
done
[ $nr -ge 5 ] || fail "only $nr fuzzers"

# Without its errata a lane finds what Linux 6.1 is known for; on a broken model, with them, at once.
for target in model:canary model:linux-6.1; do
	env -i ASAN_OPTIONS=detect_leaks=0 TMPDIR="$work" ZAPLOCK_TARGET=$target ZAPLOCK_ERRATA= timeout 120 \
		./fuzz_model_6_1 -runs=20000 -seed=1 -max_len=4096 >"$work/log" 2>&1 && fail "$target: nothing found"
	grep -q '^zaplock: new finding' "$work/log" || fail "$target: no finding named"
done
run 120 ./fuzz_model_6_16 -runs=3000 -seed=1 -max_len=4096 || fail 'the good lane crashes at once'

printf '%d fuzzers, %d failures\n' $nr $failures
[ $failures = 0 ]
