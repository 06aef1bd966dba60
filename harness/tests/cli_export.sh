#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# `zaplock export': each form compiles; C runs to its end where there is a /dev/kvm.
. "$(dirname "$0")/lib.sh"

cc=$(command -v cc || command -v gcc || command -v clang) || { echo 'there is no C compiler'; exit 0; }
finding_program >finding.zap
{ finding_program; printf '# */ ??/ " \\\n'; } >hostile.zap

# All ops of the format that have a form, and those that have none.
cat >all.zap <<'ZAP'
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=2
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=4M
slot 3 gpa=1G size=64K readonly
---
vcpu0 rdmsr PAT
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu1 cr0 0x80000031
vcpu0 cr4 +pge
vcpu0 cr3 0x2000
vcpu0 exec 0x3000
vcpu0 read 0x40000000
vcpu0 read 0x50000000
vcpu0 wbinvd
vcpu0 invlpg va=0x1000
vcpu0 cpuid 0x1
together
  vcpu0 write 0x1000
  vcpu1 write 0x1000
end
host slot 4 gpa=0x80000000 size=0x2000 dirty-log
host slot 4 delete
host backing 0x0 0x1000 4k
host invalidate 0x0 0x200000
host setmsr vcpu0 PAT 0x606060606060606
host sregs vcpu1 cr4=0xa0
host prefault vcpu0 0x0 0x1000
host split 0
host collapse 0
ZAP
expect 0 "$zaplock" export all.zap && mv .out all.c
expect 0 "$zaplock" export finding.zap && says .out '^ \* +missed-zap \(R-ZAPMIN\), severity type$' && says .out 'cr\(0, 0, 1, 0x0, 0x40000000\)' && mv .out finding.c
expect 0 "$zaplock" export hostile.zap && mv .out hostile.c
expect 0 "$zaplock" export "$top/corpus/errata/linux-6.1-misaligned-base-clear-v.zap" && mv .out long.c
for file in all finding hostile long; do
	expect 0 "$cc" -std=gnu11 -O1 -Wall -Wextra -Werror -o $file $file.c
done
if [ -w /dev/kvm ]; then
	for file in finding all; do
		timeout 60 ./$file >$file.trace 2>.err
		got=$?
		if [ $got = 4 ]; then echo "skipped: $(cat .err)"; continue; fi
		[ $got = 0 ] || fail "$file exits with $got"
		cp $file.trace .out
		says .out '^# zaplock-trace ' && says .out '^# done, '
	done
	[ $got != 0 ] || { cp finding.trace .out && says .out '^# step 3: vcpu0 cr0 \+cd$' && says .out '^#   CR0 is 0xc0000031$'; }
else
	echo 'skipped: no /dev/kvm to run the reproducers on'
	expect 4 ./finding && says .err '/dev/kvm'
fi

# What a form does not have is left out, in the output and on stderr.
printf 'zaplock 1\nslot 0 gpa=0x0 size=4M\n---\nvcpu0 smi\nvcpu0 rsm\n' >smm.zap
expect 4 "$zaplock" export smm.zap && says .err 'left out step 1, `vcpu0 smi`' && says .out 'left out: vcpu0 rsm'
printf 'zaplock 1\nmachine start=reset\n---\nvcpu0 rdmsr PAT\n' >reset.zap
expect 2 "$zaplock" export reset.zap && one_sentence
expect 2 "$zaplock" export --as pascal finding.zap && one_sentence
expect 2 "$zaplock" export nowhere.zap && one_sentence
expect 2 "$zaplock" export --format json finding.zap

# A kvm-unit-test, against the names that its lib/x86 has.
mkdir kut
cat >kut/libcflat.h <<'H'
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8; typedef uint32_t u32; typedef uint64_t u64; typedef unsigned long ulong;
void report(bool pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void report_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int report_summary(void);
H
cat >kut/processor.h <<'H'
int wrmsr_safe(u32 index, u64 val); u64 rdmsr(u32 index); void wbinvd(void);
int write_cr0_safe(ulong val); int write_cr4_safe(ulong val); ulong read_cr0(void); ulong read_cr4(void);
H
printf 'void *phys_to_virt(unsigned long phys);\nvoid *setup_vm(void);\nvoid invlpg(volatile void *va);\n' >kut/vm.h
: >kut/desc.h
expect 4 "$zaplock" export --as kvm-unit-test all.zap && mv .out kut.c && expect 0 "$cc" -std=gnu11 -Wall -Werror -fsyntax-only -Ikut kut.c
expect 4 "$zaplock" export --as kvm-unit-test finding.zap && mv .out kut.c && expect 0 "$cc" -std=gnu11 -Wall -Werror -fsyntax-only -Ikut kut.c

# A syzkaller program, by its documented grammar: calls, resources that are made before they are used, brackets that
# match, a text's length in bytes.
cat >syz.awk <<'AWK'
function no(what) { print "line " NR ": " what ": " $0; bad = 1 }
/^#/ { next }
!/^(r[0-9]+ = )?[a-z_]+(\$[A-Za-z0-9_]+)?\(.*\)$/ { no("no call"); next }
{
	calls++
	line = $0
	made = match(line, /^r[0-9]+ = /) ? substr(line, 1, RLENGTH - 3) : ""
	rest = made == "" ? line : substr(line, RLENGTH + 1)
	for (s = rest; match(s, /[^0-9a-z]r[0-9]+/); s = substr(s, RSTART + RLENGTH))
		if (!(substr(s, RSTART + 1, RLENGTH - 1) in known)) no("unknown resource")
	if (made != "") known[made] = 1
	open = rest; gsub(/[^(\[{]/, "", open); closed = rest; gsub(/[^)\]}]/, "", closed)
	if (length(open) != length(closed)) no("brackets")
	if (match(rest, /"[0-9a-f]+", 0x[0-9a-f]+/)) {
		split(substr(rest, RSTART, RLENGTH), part, "\"")
		want = sprintf(", 0x%x", length(part[2]) / 2)
		if (part[3] != want) no("length of the text")
	}
}
END { if (calls < 4) no("hardly a call"); exit bad }
AWK
printf 'zaplock 1\nmachine profile=linux-6.1\nslot 0 gpa=0x100000 size=0x4000\n---\nvcpu0 wrmsr MTRRdefType 0x800\nvcpu0 cr0 +cd\nvcpu0 cr0 -cd\nvcpu0 rdmsr PAT\nhost setmsr vcpu0 PAT 0x606\nhost slot 0 delete\n' >syz.zap
expect 0 "$zaplock" export --as syz syz.zap && mv .out out.syz && awk -f syz.awk out.syz >.out || fail 'no syzkaller program'
# wrmsr(0x2ff, 0x800): mov $0x2ff, %ecx; mov $0x800, %eax; mov $0, %edx; wrmsr
grep -q '"b9ff020000b800080000ba000000000f30' out.syz || fail 'the machine code is another'
expect 4 "$zaplock" export --as syz all.zap && mv .out out.syz && awk -f syz.awk out.syz >.out || fail 'no syzkaller program of all ops'
echo 'r9 = f(r7)' | cat - out.syz | awk -f syz.awk >/dev/null && fail 'syz.awk takes anything'

# A selftest, against the headers of Linux 6.12: those of ZAPLOCK_KERNEL_SOURCE, or in CI Debian's package.
kernel=${ZAPLOCK_KERNEL_SOURCE:-}
tarball=/usr/src/linux-source-6.12.tar.xz
if [ -z "$kernel" ] && [ -n "${CI:-}" ] && [ -f $tarball ]; then
	kernel=$work/linux-source-6.12
	tar -xJf $tarball --wildcards linux-source-6.12/tools/{include,arch/x86/include,testing/selftests/kvm/include}/'*' \
		'linux-source-6.12/tools/testing/selftests/*.h' || fail 'cannot unpack the selftests'
fi
expect 4 "$zaplock" export --as selftest all.zap && mv .out all-selftest.c
expect 4 "$zaplock" export --as selftest finding.zap && says .err 'host dma on' && mv .out finding-selftest.c
if [ -n "$kernel" ]; then
	tests=$kernel/tools/testing/selftests
	for file in all finding; do
		expect 0 gcc -std=gnu99 -D_GNU_SOURCE -Wall -Werror -fsyntax-only -I"$tests/kvm" -I"$kernel/tools/include" \
			-I"$kernel/tools/arch/x86/include" -I"$kernel/tools/arch/x86/include/uapi" -I"$kernel/tools/include/uapi" \
			-I"$tests/kvm/include" -I"$tests/kvm/include/x86_64" -I"$tests" -I"$tests/rseq" $file-selftest.c
	done
else
	echo 'skipped: the selftests were not compiled; ZAPLOCK_KERNEL_SOURCE names no tree of Linux 6.12'
fi

done_testing
