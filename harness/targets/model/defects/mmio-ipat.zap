zaplock 1
# model:linux-6.1,defect=mmio-ipat: host MMIO carries IPAT, WC by guest PAT is lost
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host backing 0x0 0x1000 mmio
vcpu0 read 0x0
