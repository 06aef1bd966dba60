zaplock 1
# model:linux-6.1,defect=init-runs-on: INIT does not make an AP wait for SIPI
machine vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu1 init
vcpu1 read 0x0
