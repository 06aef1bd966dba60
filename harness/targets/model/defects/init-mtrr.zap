zaplock 1
# model:linux-6.1,defect=init-mtrr: INIT clears MTRR_DEF_TYPE
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRdefType 0x1
vcpu0 init
