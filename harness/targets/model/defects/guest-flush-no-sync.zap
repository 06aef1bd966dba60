zaplock 1
# model:linux-6.1,defect=guest-flush-no-sync: a guest TLB flush syncs no shadow root
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x3000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr4 +pge
vcpu0 read va=0x10000000
