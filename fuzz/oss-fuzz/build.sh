#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the fuzzers as OSS-Fuzz and ClusterFuzzLite want them: with $CC, $CXX, $CFLAGS, $CXXFLAGS and
# $LIB_FUZZING_ENGINE, into $OUT, needing nothing there but libc
# (https://google.github.io/oss-fuzz/getting-started/new-project-guide/).
#
# A lane is a target with its own fuzzer: a new triage key aborts, so that every finding is a crash of its
# own; what corpus/errata explains does not. The kernel's tree for the ukvm lane is $SRC/linux.
SRC=${SRC:-/src}
work=${WORK:-$(mktemp -d)}/zaplock
top=$SRC/zaplock
[ -d "$top/oracle" ] || top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
jobs=$(nproc)
mkdir -p "$work/covered" "$OUT"

sources=("$top"/oracle/*.c "$top"/harness/{program,lockstep,trace,targets/model}/*.c
	"$top"/harness/targets/ukvm/{crash,load,symbols,target}.c
	"$top"/fuzz/{findings,fragments,fuzz_lockstep,generator,mutator,schedules,values}.c)
flags=(-std=gnu11 -I"$top" -fno-strict-aliasing -DWITH_UKVM -DUKVM_BUILD_DIR='"/nonexistent"'
	-DUKVM_SOURCE_DIR='"/nonexistent"' -DUKVM_SANITIZE='""')

# objects DIR COMPILER FLAG...: all sources, as objects in DIR.
objects() {
	local dir=$1
	shift
	printf '%s\n' "${sources[@]}" | xargs -P "$jobs" -I{} sh -c \
		'dir=$1 top=$2 source=$3; shift 3; object=${source#"$top"/}; "$@" -c "$source" -o "$dir/$(echo "${object%.c}" | tr / -).o"' \
		sh "$dir" "$top" {} "$@"
}
# shellcheck disable=SC2086
objects "$work/covered" $CC $CFLAGS "${flags[@]}"
rm -f "$work/covered.a"
ar rcs "$work/covered.a" "$work"/covered/*.o

# fuzzer NAME SOURCE FLAG...: $OUT/NAME.
fuzzer() {
	local name=$1 source=$2 entry
	shift 2
	for entry in "$source" $extra; do
		# shellcheck disable=SC2086
		$CC $CFLAGS "${flags[@]}" "$@" -c "$top/fuzz/$entry" -o "$work/$name-$(basename "$entry" .c).o"
	done
	# shellcheck disable=SC2086
	$CXX $CXXFLAGS "$work/$name"-*.o "$work/covered.a" -o "$OUT/$name" $LIB_FUZZING_ENGINE -ldl -lm
}

# Programs as engines want them. The converter runs here and now, so it is built for here.
env -u CFLAGS clang -O1 "${flags[@]}" "${sources[@]}" "$top/fuzz/replay.c" "$top/fuzz/targets.c" -o "$work/replay" -ldl -lm
rm -rf "$work/seeds" "$OUT/errata"
mkdir "$work/seeds"
"$work/replay" --binary "$work/seeds" "$top/corpus/regressions" "$top/corpus/errata" >/dev/null
cp -r "$top/corpus/errata" "$OUT/errata"

# seeds NAME FILE...
seeds() {
	local name=$1
	shift
	python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" "$@"
}

# options NAME LINE...
options() {
	local file=$OUT/$1.options
	shift
	printf '%s\n' '[libfuzzer]' "$@" >"$file"
}

# lane NAME TARGET
lane() {
	local name=$1
	extra="engine.c targets.c oss-fuzz/lane.c" fuzzer "$name" fuzz_model.c -DZAPLOCK_LANE="\"$2\""
	seeds "$name" "$work"/seeds/*
	options "$name" 'max_len = 4096' 'len_control = 0'
}
lane fuzz_model_6_1 model:linux-6.1
lane fuzz_model_6_16 model:linux-6.16
if [ -d "$SRC/linux" ] && [ "${SANITIZER:-address}" != memory ]; then
	sanitize=
	[ "${SANITIZER:-address}" != address ] || sanitize='-fsanitize=address -fno-omit-frame-pointer'
	version=$(sed -n 's/^VERSION *= *//p;s/^PATCHLEVEL *= */./p' "$SRC/linux/Makefile" | head -2 | tr -d '\n')
	library=$("$top/harness/targets/ukvm/build/ukvm-build" --out "$work/ukvm" --cc "$CC" --sanitize "$sanitize" --jobs "$jobs" "$SRC/linux")
	mkdir -p "$OUT/ukvm"
	cp "$library" "$OUT/ukvm/ukvm-$version.so"
	lane "fuzz_ukvm_${version/./_}" "ukvm:$version"
fi

name=fuzz_text
extra='' fuzzer $name fuzz_text.c
cp "$top/fuzz/zaplock.dict" "$OUT/$name.dict"
seeds $name "$top"/corpus/*/*.zap
options $name "dict = $name.dict" 'max_len = 8192'

name=fuzz_binary
extra='' fuzzer $name fuzz_binary.c
seeds $name "$work"/seeds/*

name=fuzz_trace
extra='' fuzzer $name fuzz_trace.c
seeds $name "$top"/corpus/traces/*.trace
