zaplock 1
# model:linux-6.1,defect=no-invpcid-flush: INVPCID flushes nothing
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 read 0x0
vcpu0 invpcid type=2 pcid=0 va=0x0
vcpu0 read 0x0
