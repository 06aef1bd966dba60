# Rules E, row 26: f47e5bbbc92f (v5.18) zaps leaves only, and a leaf that straddles the border of the range must go whole.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffff00800
expect missed-zap step=4 target=model:linux-5.15,defect=zap-skip-huge
expect missed-zap step=4 target=model:linux-6.[17],defect=zap-skip-huge
expect missed-zap step=4 target=model:yan-v4,defect=zap-skip-huge
