# why: Host MMIO is UC, and WC if the guest's PAT says so, whatever MTRRs say (2aaf69dcee86): what the mail takes
# why: for the real fix of 2008. The same in every kernel.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16
# same: model:linux-6.1 model:linux-6.7
# same: model:linux-6.7 model:linux-6.11
# same: model:linux-6.11 model:linux-6.11-rc
# same: model:linux-6.11 model:linux-6.16
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host backing 0x0 0x400000 mmio
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
host dma on
vcpu0 read 0x201000
