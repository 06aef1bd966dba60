zaplock 1
# model:linux-6.1,defect=pcide-keeps-roots: setting CR4.PCIDE keeps the cached shadow roots
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x3000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr3 0x5000
vcpu0 cr4 +pcide
vcpu0 cr3 0xf7401000 noflush
vcpu0 read va=0x10000000
