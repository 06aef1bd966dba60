zaplock 1
# model:linux-6.1,defect=physbase-reserved: PHYSBASE accepts bits 11:8
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 wrmsr MTRRphysBase0 0x800
