# why: By default CD=1 is WB. v6.1 ignores PAT meanwhile, v6.7 honors it (c9f65a3f2d92), and the removal changes
# why: nothing for a guest that runs with CD=1.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16
# diff: model:linux-6.1 model:linux-6.7 memtype/write/wb+ipat>wb
# same: model:linux-6.7 model:linux-6.11
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 cr0 +cd
vcpu0 write 0x200000
