# why: Per vCPU, as every kernel up to v6.10 has it: the leaf has the type of vCPU 1, which faulted first, and
# why: nothing zaps it when vCPU 1 goes down by INIT and only vCPU 0, which wants WB there, is left. Asked of
# why: vCPU 0 for the whole VM the leaf was WB all along. Takes vCPUs that disagree (SDM 11.11.8 forbids it).
# on: model:linux-5.15 model:seanjc-vcpu0
# diff: model:linux-5.15 model:seanjc-vcpu0 memtype/read/wc>wb
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRdefType 0x801
vcpu1 read 0x200000
vcpu1 init
vcpu0 read 0x200000
expect stale-memtype step=5 gpa=0x200000 target=model:linux-5.15
