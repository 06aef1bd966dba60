# What OVMF does at boot: PlatformPei marks [0x80000000, 4G) UC over a WB
# default through MtrrLib, which brackets each change with no-fill mode, a TLB
# flush and E=0 (PreMtrrChange, PostMtrrChange). A long stretch runs with CD=1.
zaplock 1
machine profile=linux-6.1 start=reset
slot 0 gpa=0x0 size=0xa0000
slot 1 gpa=0x100000 size=0x7f00000
slot 2 gpa=0xffc00000 size=0x400000 readonly
---
host dma on
vcpu0 exec 0xfffff000
vcpu0 read 0x800000
vcpu0 rdmsr MTRRcap
vcpu0 rdmsr MTRRdefType
vcpu0 cr0 +cd -nw
vcpu0 wbinvd
vcpu0 wrmsr MTRRdefType 0x6
vcpu0 wrmsr MTRRfix64K_00000 0x0606060606060606
vcpu0 wrmsr MTRRfix16K_80000 0x0606060606060606
vcpu0 wrmsr MTRRphysBase0 0x80000000
vcpu0 wrmsr MTRRphysMask0 0xff80000800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 wbinvd
vcpu0 cr0 -cd -nw
vcpu0 write 0x800000
vcpu0 exec 0xfffff000
vcpu0 write 0xffc00000
