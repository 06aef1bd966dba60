zaplock 1
# model:linux-6.1,defect=init-stops-bsp: INIT makes vCPU 0 wait for SIPI
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 init
vcpu0 read 0x0
