# What Linux writes at boot and when an AP comes up (arch/x86/kernel/cpu/mtrr
# generic.c, cache_disable() to cache_enable(), and pat_init()): the MTRRs that
# firmware left are read, re-written per CPU with E=0 in no-fill mode, and PAT
# gets WC and WT entries. The CPU snoops itself, so WBINVD is left out.
zaplock 1
machine profile=linux-6.1 vcpus=2
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x80000000 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x80000000
vcpu0 wrmsr MTRRphysMask0 0xff80000800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 rdmsr MTRRcap
vcpu0 rdmsr MTRRdefType
vcpu0 rdmsr MTRRphysBase0
vcpu0 rdmsr MTRRphysMask0
vcpu0 cr0 +cd -nw
vcpu0 cr4 -pge
vcpu0 wrmsr MTRRdefType 0x0
vcpu0 wrmsr PAT 0x0407050600070106
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 cr0 -cd
vcpu0 cr4 +pge
vcpu0 map va=0x7f0000000000 gpa=0x80000000 size=4k pat=1
vcpu0 write va=0x7f0000000000
vcpu0 write 0x100000
# the AP
vcpu1 init
vcpu1 sipi
vcpu1 cr0 +cd -nw
vcpu1 wrmsr MTRRdefType 0x0
vcpu1 wrmsr MTRRphysBase0 0x80000000
vcpu1 wrmsr MTRRphysMask0 0xff80000800
vcpu1 wrmsr PAT 0x0407050600070106
vcpu1 wrmsr MTRRdefType 0xc06
vcpu1 cr0 -cd
vcpu1 write 0x100000
