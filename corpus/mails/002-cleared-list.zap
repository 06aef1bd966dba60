# why: Patch 10's failure path drops the whole list, the ranges of others too, before it zaps all: vCPU 0 finds the
# why: list empty and enters the guest with a leaf that it had asked to be gone, while vCPU 1's zap has yet to begin.
# why: Yuan Yao's report on patch 9 of v3, where the clearing went; patch 10 of v4 has it. Holds if kmalloc() of a
# why: range never fails (here the fifth does), or if failing zapped without clearing.
# on: model:yan-v4 model:yan-v4,fail-alloc=5 model:yan-v4-12,fail-alloc=5
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000001
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRphysBase0 0x40000001
vcpu1 wrmsr MTRRphysMask0 0xffffe00800
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 write 0x40000000
together sched=0@queue-added,0@queue-added,1@queue-cleared,0@end
vcpu0 cr0 +cd
vcpu0 read 0x40000000
vcpu1 cr0 +cd
end
expect zap-race step=9 gpa=0x40000000 target=model:yan-v4*,fail-alloc=5
