zaplock 1
# model:linux-6.1,defect=mtrr-wc-refused: MTRRs refuse WC, which MTRRcap announces
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRdefType 0x801
