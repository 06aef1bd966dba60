# why: Of an edited pair only the range after the edit is zapped: update_mtrr() reads base and mask after
# why: the write. The leaves here are of another vCPU that had CR0.CD=1; the vCPU that writes asked for its
# why: own types (R-ZAPMIN). vCPUs that update their MTRRs at the same time, and not as the SDM says
# why: (11.11.8), meet it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0x100000 size=0x1000
---
host dma on
vcpu1 cr0 +cd
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 read 0x100000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x801
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 read 0x100000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 read 0x100000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x805
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 read 0x100000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xfffe00800
vcpu1 read 0x100000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRdefType 0x0
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4
