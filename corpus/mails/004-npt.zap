# why: "Legacy shadow paging doesn't magically account for guest MTRRs, nor does NPT": there nothing was ever
# why: virtualized, nobody complained, and nothing changes, but for zaps that were in vain (up to v6.6).
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16
# same: model:linux-6.7 model:linux-6.11
# same: model:linux-6.11 model:linux-6.16
# diff: model:linux-6.1 model:linux-6.7 leaf-extra/deftype:enable/wb
zaplock 1
machine profile=linux-6.11 vendor=amd vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 read 0x200000
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x200000
vcpu0 cr0 +cd
vcpu0 read 0x201000
