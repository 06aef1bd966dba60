# why: Without non-coherent DMA guest MTRRs, CD and PAT never mattered: nothing that the removal could change. Only
# why: v6.11-rc, with self-snoop, honored PAT there (377b2f359d1f), and was reverted (9d70f3fec144): a driver that
# why: maps video RAM UC had become unusably slow.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16
# same: model:linux-6.1 model:linux-6.7
# same: model:linux-6.7 model:linux-6.11
# same: model:linux-6.11 model:linux-6.16
# diff: model:linux-6.11 model:linux-6.11-rc memtype/read/wb+ipat>wb
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 read 0x200000
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 cr0 +cd
vcpu0 map va=0x10000000 gpa=0x201000 size=4k pat=3
vcpu0 write va=0x10000000
