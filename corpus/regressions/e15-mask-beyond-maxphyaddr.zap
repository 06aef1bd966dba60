# Rules E, row 15: variable ranges were cut off by the host's MAXPHYADDR, not the guest's: with 36 bits of mask the range
# wrapped. No defect of the model brings this one back.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
slot 1 gpa=0x200000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x0
vcpu0 read 0x200000
vcpu0 rdmsr MTRRphysMask0
