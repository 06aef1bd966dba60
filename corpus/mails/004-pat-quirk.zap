# why: v6.16 lets userspace have guest PAT honored without non-coherent DMA: quirk IGNORE_GUEST_PAT
# why: (c9c1e20b4c7d), on by default, and gone for good once it is off. Needs self-snoop.
# on: model:linux-6.11 model:linux-6.16
# diff: model:linux-6.11 model:linux-6.16 memtype/read/wb+ipat>wb
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk ignore-guest-pat off
slot 0 gpa=0x0 size=0x400000
---
vcpu0 read 0x200000
