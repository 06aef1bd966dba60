# What SeaBIOS writes at boot (src/fw/mtrr.c, mtrr_setup(), PCI hole from
# 0xe0000000), with a device assigned before power-on.
zaplock 1
machine profile=linux-6.1 start=reset
slot 0 gpa=0x0 size=0xa0000
slot 1 gpa=0xc0000 size=0x40000
slot 2 gpa=0x100000 size=0x7f00000
---
host dma on
vcpu0 read 0xf0000
vcpu0 cr0 -cd -nw
vcpu0 rdmsr MTRRcap
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr MTRRfix64K_00000 0x0606060606060606
vcpu0 wrmsr MTRRfix16K_80000 0x0606060606060606
vcpu0 wrmsr MTRRfix16K_A0000 0x0
vcpu0 wrmsr MTRRfix4K_C0000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_C8000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_D0000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_D8000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_E0000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_E8000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_F0000 0x0505050505050505
vcpu0 wrmsr MTRRfix4K_F8000 0x0505050505050505
vcpu0 wrmsr MTRRphysBase0 0x0
vcpu0 wrmsr MTRRphysMask0 0x0
vcpu0 wrmsr MTRRphysBase1 0x0
vcpu0 wrmsr MTRRphysMask1 0x0
vcpu0 wrmsr MTRRphysBase2 0x0
vcpu0 wrmsr MTRRphysMask2 0x0
vcpu0 wrmsr MTRRphysBase3 0x0
vcpu0 wrmsr MTRRphysMask3 0x0
vcpu0 wrmsr MTRRphysBase4 0x0
vcpu0 wrmsr MTRRphysMask4 0x0
vcpu0 wrmsr MTRRphysBase5 0x0
vcpu0 wrmsr MTRRphysMask5 0x0
vcpu0 wrmsr MTRRphysBase6 0x0
vcpu0 wrmsr MTRRphysMask6 0x0
vcpu0 wrmsr MTRRphysBase7 0x0
vcpu0 wrmsr MTRRphysMask7 0x0
vcpu0 wrmsr MTRRphysBase0 0xe0000000
vcpu0 wrmsr MTRRphysMask0 0xffe0000800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0xf0000
vcpu0 write 0x7c00
vcpu0 write 0x100000
vcpu0 read 0xe0000000
