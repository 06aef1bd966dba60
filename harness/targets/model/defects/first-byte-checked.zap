zaplock 1
# model:linux-6.1,defect=first-byte-checked: of a fixed MSR's or PAT's types only the first is checked
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRfix4K_E0000 0x100000
