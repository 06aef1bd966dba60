# Rules E, row 25: a835429cda91 (v5.12) flushes TLBs when a range zap yields; without it vCPUs go on with what was zapped.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu1 read 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 read 0x0
expect missed-flush step=4 target=model:linux-5.15,defect=no-flush-zap
expect missed-flush step=4 target=model:linux-6.[17],defect=no-flush-zap
expect missed-flush step=4 target=model:yan-v4,defect=no-flush-zap
