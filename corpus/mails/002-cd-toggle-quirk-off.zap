# why: Patch 10, quirk off: CD=1 is UC with IPAT, which no MTRR type equals, and every toggle zaps all. So do
# why: the kernels.
# on: model:linux-6.7 model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 write 0x200000
vcpu0 cr0 +cd
vcpu0 write 0x200000
vcpu0 cr0 -cd
