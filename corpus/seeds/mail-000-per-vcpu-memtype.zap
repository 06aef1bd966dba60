# Mail 000 (November 2021): memtypes are chosen per vCPU and shared per VM. Two
# vCPUs with different MTRRs: whoever faults first decides for both.
zaplock 1
machine profile=linux-5.15 vcpus=2
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRdefType 0x801
vcpu0 read 0x200000
vcpu1 read 0x200000
vcpu1 read 0x201000
vcpu0 read 0x201000
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 read 0x201000
