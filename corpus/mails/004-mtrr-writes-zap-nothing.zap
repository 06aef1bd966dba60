# why: What the removal buys: a write to an MTRR zaps nothing from v6.11 on, and nothing needs it. Up to v6.10 every
# why: DEF_TYPE write throws the whole guest out.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16
# diff: model:linux-6.7 model:linux-6.11 leaf-extra/deftype:type/wb
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRdefType 0x806
