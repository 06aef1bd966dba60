# why: Quirk CD_NW_CLEARED off: up to v6.10 CR0.CD=1 forces UC and ignores PAT, from v6.11 on (e1548088ff54) CD does
# why: nothing on Intel, the second erratum of the mail.
# on: model:linux-5.15 model:linux-6.1 model:linux-6.7 model:linux-6.11 model:linux-6.11-rc model:linux-6.16 model:linux-6.11@linux-6.7
# diff: model:linux-6.7 model:linux-6.11 memtype/write/uc+ipat>wb
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 cr0 +cd
vcpu0 write 0x200000
expect fresh-memtype step=4 gpa=0x200000 target=model:linux-6.11 profile=linux-6.7
