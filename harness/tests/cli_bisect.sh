#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `zaplock bisect' in a git repository made of a kernel's folders (argument 2: an unpacked tree), in which
# one commit is bad, one does not build, and one has another bug. Without a tree: only what it refuses.
. "$(dirname "$0")/lib.sh"
kernel=${2:-}

command -v git >/dev/null || { echo 'skipped: no git'; exit 0; }
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
# The guest enables the MTRRs; every leaf must go.
cat >mtrr.zap <<'ZAP'
zaplock 1
machine profile=linux-6.1 vendor=intel
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 write 0x1000
vcpu0 wrmsr MTRRdefType 0x806
ZAP

mkdir repo
git -C repo init -q
git -C repo commit -q --allow-empty -m one
git -C repo commit -q --allow-empty -m two
expect 2 "$zaplock" bisect mtrr.zap && one_sentence && says .err 'wants --tree'
expect 2 "$zaplock" bisect --tree nowhere --good a --bad b mtrr.zap && one_sentence && says .err 'no git repository'
expect 2 "$zaplock" bisect --tree repo --good HEAD~9 --bad HEAD mtrr.zap && one_sentence && says .err 'HEAD~9'
expect 2 "$zaplock" bisect --tree repo --good --help --bad HEAD mtrr.zap && one_sentence
expect 2 "$zaplock" bisect --tree repo --good HEAD --bad HEAD~1 mtrr.zap && one_sentence && says .err 'no ancestor'
expect 2 "$zaplock" bisect --tree repo --good HEAD~1 --bad HEAD none.zap && one_sentence
[ -n "$kernel" ] || done_testing

# A commit each: harmless, does not build, harmless, the bug, another bug besides, harmless.
edit() { # MESSAGE SED-SCRIPT FILE
	sed -i -E "$2" "repo/$3"
	git -C repo diff --quiet && fail "the edit \`$1' fits nothing"
	git -C repo commit -qam "$1"
}
for folder in Makefile arch/x86 include virt lib scripts kernel/time; do
	mkdir -p "repo/$(dirname "$folder")"
	cp -r "$kernel/$folder" "repo/$folder" 2>/dev/null
done
git -C repo add -A && git -C repo commit -qm base
mtrr=arch/x86/kvm/mtrr.c
edit 'harmless 1' '1i /* one */' $mtrr
edit 'does not build' '1i #error not yet' $mtrr
edit 'builds again' '1d' $mtrr
edit 'the bug' 's/^\tkvm_zap_gfn_range\(/\tif (0) &/' $mtrr
edit 'harmless 2' '1i /* two */' $mtrr
git -C repo branch before
git -C repo status --porcelain >before

expect() { # as in lib.sh, for commands that build kernels
	local want=$1 got
	shift
	checks=$((checks + 1))
	timeout 500 "$@" >.out 2>.err </dev/null
	got=$?
	[ $got = "$want" ] || fail "$* exits with $got, not $want"
}
expect 0 "$zaplock" bisect --tree repo --good HEAD~5 --bad HEAD mtrr.zap
says .out '^first bad commit: [0-9a-f]{12} the bug$'
says .out '^[0-9a-f]{12} harmless 2: same finding$' && says .out '^[0-9a-f]{12} base: clean$'
says .out '^bisecting for missed-zap/deftype:'
# The repository is as it was.
git -C repo status --porcelain | diff - before >/dev/null || fail 'the tree has changed'
git -C repo for-each-ref refs/bisect | grep -q . && fail 'the tree has bisect refs'
[ ! -e repo/.git/BISECT_LOG ] || fail 'the tree is being bisected'

# A key that never shows.
expect 2 "$zaplock" bisect --tree repo --good HEAD~5 --bad HEAD --key msr-value/x/y/type mtrr.zap
says .err 'bad commit does not show' && says .out 'harmless 2: other finding, missed-zap/deftype:'

done_testing
