# why: Patch 10's failure path: where kmalloc() of a range fails the list is dropped and all is zapped. For a
# why: vCPU that is alone that is enough, whichever allocation it is. fail-alloc=N lets the Nth one fail.
# on: model:yan-v4,fail-alloc=1 model:yan-v4,fail-alloc=2 model:yan-v4,fail-alloc=3 model:yan-v4,fail-alloc=4
# on: model:yan-v4-11,fail-alloc=3 model:yan-v4-12,fail-alloc=4
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000000
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 write 0x0
vcpu0 write 0x40000000
vcpu0 cr0 +cd
vcpu0 write 0x40000000
vcpu0 cr0 -cd
