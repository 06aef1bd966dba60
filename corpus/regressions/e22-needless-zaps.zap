# Rules E, row 22: before 9a3768191d95 and 7a18c7c2b69a (v6.7) MTRR writes and CD toggles zapped nested page tables, whose
# types know no MTRRs. An advisory: `zaplock run --advisories` shows it as over-zap on linux-5.15 and linux-6.1.
zaplock 1
machine profile=linux-6.7 vendor=amd vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
vcpu0 wrmsr MTRRdefType 0x806
