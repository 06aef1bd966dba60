# why: Patch 10, quirk on, MTRRs on, default type not WB: the types of almost all pages change, and all is
# why: zapped.
# on: model:linux-6.7 model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 write 0x200000
vcpu0 cr0 +cd
vcpu0 write 0x200000
vcpu0 cr0 -cd
expect missed-zap step=4 gpa=0x200000 target=model:linux-6.7
