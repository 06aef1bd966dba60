# Rules E, row 7: fd717f11015f honored guest MTRRs on reserved pages, reverted by 606decd67049 (#MC, bug 104091).
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host backing 0x0 0x1000 mmio
host dma on
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 read 0x0
expect fresh-memtype step=4 target=model:*,defect=mmio-not-uc
