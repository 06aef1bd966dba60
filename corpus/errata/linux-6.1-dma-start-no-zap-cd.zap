# why: kvm_arch_register_noncoherent_dma() and its opposite only count; v6.7 zaps in them (362ff6dca541).
# why: With quirk CD_NW_CLEARED off and CR0.CD=1 the rules say UC with IPAT from then on (B.4 row 4). A
# why: guest in no-fill mode while a device is hot-plugged meets it.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
quirk cd-nw-cleared off
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 cr0 +cd
vcpu0 read 0xc0000
host dma on
expect missed-zap step=3 profile=linux-5.15
expect missed-zap step=3 profile=linux-6.1
