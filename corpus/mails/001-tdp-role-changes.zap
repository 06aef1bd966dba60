# why: TDP, every register of the mail, one at a time: SMEP, SMAP, PGE, PCIDE both ways, NX, CR3 with and without
# why: NOFLUSH. The flushes that the architecture demands are there in every version.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2 model:linux-6.1
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 read 0x1000
vcpu0 cr4 +smep
vcpu0 read 0x1000
vcpu0 cr4 +smap
vcpu0 read 0x1000
vcpu0 cr4 +pge
vcpu0 read 0x1000
vcpu0 cr4 -pge
vcpu0 read 0x1000
vcpu0 cr3 0x0
vcpu0 cr4 +pcide
vcpu0 cr3 0x2001 noflush
vcpu0 read 0x1000
vcpu0 cr3 0x3001
vcpu0 read 0x1000
vcpu0 cr4 -pcide
vcpu0 read 0x1000
vcpu0 wrmsr EFER 0xd01
vcpu0 read 0x1000
vcpu0 cr4 -smep -smap
vcpu0 read 0x1000
