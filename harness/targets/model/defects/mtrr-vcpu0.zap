zaplock 1
# model:linux-6.1,defect=mtrr-vcpu0: MTRR writes of every vCPU go to vCPU 0
machine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu1 wrmsr MTRRdefType 0x4
