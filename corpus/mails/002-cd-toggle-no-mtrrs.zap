# why: Patch 10, quirk on, a guest whose CPUID has no MTRRs: WB whatever CD says, and nothing is zapped.
# on: model:linux-6.7 model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=off tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 write 0x200000
vcpu0 cr0 +cd
vcpu0 write 0x200000
vcpu0 cr0 -cd
