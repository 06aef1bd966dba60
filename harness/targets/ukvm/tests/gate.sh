#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# gate.sh ZAPLOCK CORPUS: the gate over CORPUS on the real 6.1 is green once the
# one WARN that nobody has published an erratum for is known, and red before. The
# erratum lies outside CORPUS, as one under embargo does.
set -u
zaplock=$1 corpus=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fail() { echo "gate.sh: $*" >&2; cat "$work/log" >&2; exit 1; }

cat > "$work/warn.zap" <<END
# why: an MTRR pair that was never written has an empty range, and the zap of it warns
zaplock 1
machine profile=linux-6.1
slot 0 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x40000000
expect crash step=3
END
gate() { "$zaplock" gate --target ukvm:6.1 "$@" > "$work/log" 2>&1; }

gate "$corpus/regressions" "$corpus/errata"
[ $? = 1 ] || fail "green without the erratum"
grep -q '^    key      crash/warn/kvm_zap_gfn_range/type$' "$work/log" || fail "no key of the WARN"
grep -q 'called by kvm_mtrr_set_msr < ' "$work/log" || fail "no stack"
gate --errata "$work" "$corpus/regressions" "$corpus/errata"
# 4: programs that this target cannot run are skipped.
case $? in 0|4) ;; *) fail "red with the erratum" ;; esac
grep -q ' 0 failed' "$work/log" || fail "no summary"
# The rest of the options' manners.
"$zaplock" gate --errata "$work" "$corpus/errata" > "$work/log" 2>&1
[ $? = 2 ] || fail "--errata without --target is an error"
gate --errata "$work/missing" "$corpus/errata"
[ $? = 2 ] || fail "a missing path is an error"
gate "$work"
[ $? = 0 ] || fail "the erratum itself is met"
