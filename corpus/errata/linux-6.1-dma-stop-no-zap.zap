# why: kvm_arch_register_noncoherent_dma() and its opposite only count; v6.7 zaps in them (362ff6dca541).
# why: Leaves with the types of the MTRRs stay where the rules (B.4 row 2, R-ZAPMIN) say WB with IPAT
# why: again. After hot-unplug the guest keeps UC memory, slow and nothing worse.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
host dma off
expect missed-zap step=9 profile=linux-5.15
expect missed-zap step=9 profile=linux-6.1
