# why: Patch 10, quirk on, MTRRs on, default type WB: a toggle of CR0.CD changes the types of non-WB ranges
# why: alone, and zapping these is enough. Kernels up to v6.10 zap nothing with the quirk on (879ae1880449).
# on: model:linux-6.7 model:yan-v4 model:yan-v4-11 model:yan-v4-12
# diff: model:yan-v4 model:linux-6.7 leaf-extra/cr0:cd-set/wc
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000001
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 write 0x200000
vcpu0 write 0x40000000
vcpu0 cr0 +cd
vcpu0 write 0x40000000
vcpu0 cr0 -cd
expect missed-zap step=7 gpa=0x40000000 target=model:linux-6.7
