# why: Up to v6.10, under EPT with non-coherent DMA, the guest's MTRRs decide; from v6.11 on (0a7b73559b39) RAM is WB
# why: and the guest's PAT decides. KVM's documentation has it as an erratum ("KVM does not virtualize guest MTRR
# why: memory types"): judged by the rules of v6.7 the WB leaf is wrong. A guest notices that marks RAM UC by
# why: MTRR and by nothing else.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16 model:linux-6.11@linux-6.7
# diff: model:linux-6.7 model:linux-6.11 memtype/read/uc>wb
# same: model:linux-6.11 model:linux-6.16
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
vcpu0 rdmsr MTRRphysBase0
vcpu0 rdmsr MTRRdefType
expect fresh-memtype step=5 gpa=0x200000 target=model:linux-6.11 profile=linux-6.7
