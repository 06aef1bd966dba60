# why: Patch 6: while CD=1 no MTRR decides, a write to one zaps nothing, and the toggle back zaps by what the
# why: MTRRs say then. The SDM's protocol (11.11.8) on two vCPUs, one after the other.
# on: model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 write 0x40000000
vcpu0 cr0 +cd
vcpu0 wrmsr MTRRphysBase0 0x40000000
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 write 0x40000000
vcpu0 cr0 -cd
vcpu1 cr0 +cd
vcpu1 wrmsr MTRRphysBase0 0x40000000
vcpu1 wrmsr MTRRphysMask0 0xffffe00800
vcpu1 cr0 -cd
vcpu1 write 0x40000000
