# Mail 004 (October 2023): guest MTRRs and CR0.CD are stored and no longer
# honored; with non-coherent DMA the guest's PAT decides.
zaplock 1
machine profile=linux-6.11
slot 0 gpa=0x0 size=0x400000
---
vcpu0 read 0x200000
host dma on
vcpu0 read 0x200000
vcpu0 wrmsr MTRRdefType 0xc00
vcpu0 cr0 +cd
vcpu0 write 0x201000
vcpu0 cr0 -cd
vcpu0 wrmsr PAT 0x0407050600070106
vcpu0 map va=0x7f0000000000 gpa=0x200000 size=4k pat=1
vcpu0 write va=0x7f0000000000
vcpu0 rdmsr MTRRdefType
host dma off
vcpu0 read 0x200000
