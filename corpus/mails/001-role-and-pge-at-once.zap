# why: One MOV CR4 changes SMAP and PGE. Up to v5.17 the reset for SMAP is a superset of the flush for PGE, hence
# why: an "else"; patch 12/12 of version 1 takes the unload out of the reset and leaves the "else", and nothing is
# why: flushed. Version 2 flushes apart from the reset (17/18, merged as f4bc051fc91a).
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 read 0x1000
vcpu0 cr4 +smap +pge
vcpu0 read 0x1000
expect missed-flush step=3 target=model:paolo-v1
