# Mail 002 (July 2023): on a CR0.CD toggle with the quirk on and default type
# WB, only ranges whose MTRR type is not WB can change; the rest may stay.
zaplock 1
machine profile=yan-v4 vcpus=2
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000000
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRphysBase0 0x40000000
vcpu1 wrmsr MTRRphysMask0 0xffffe00800
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 write 0x1000
vcpu0 write 0x40000000
vcpu0 write 0x40200000
vcpu0 cr0 +cd
vcpu1 cr0 +cd
vcpu0 write 0x40000000
vcpu0 cr0 -cd
vcpu1 cr0 -cd
vcpu1 write 0x40000000
