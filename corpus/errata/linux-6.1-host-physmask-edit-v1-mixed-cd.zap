# why: Of an edited pair only the range after the edit is zapped: update_mtrr() reads base and mask after
# why: the write. Here another vCPU with CR0.CD=1 faulted a huge leaf in, and after the edit its pages have
# why: different types (R-HUGE, R-ZAPMIN). Guests that follow the SDM disable MTRRs around an edit and
# why: never meet it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x200000 size=0x200000
---
host dma on
vcpu1 cr0 +cd
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysBase1 0x200001
vcpu0 wrmsr MTRRphysMask1 0xffff00800
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0xffc000800
vcpu1 read 0x200000
host setmsr vcpu0 MTRRphysMask0 0xffffff800
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
expect missed-zap profile=linux-6.7
expect missed-zap profile=yan-v4
