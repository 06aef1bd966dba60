zaplock 1
# model:linux-6.1,defect=init-pat: INIT resets IA32_PAT
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr PAT 0x0
vcpu0 init
