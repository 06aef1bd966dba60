# why: kvm_arch_register_noncoherent_dma() and its opposite only count; v6.7 zaps in them (362ff6dca541).
# why: Leaves of before the first non-coherent device are WB with IPAT, and the rules (B.4 row 7, R-ZAPMIN)
# why: say the types of the MTRRs from then on. Hot-plugging a device whose DMA does not snoop leaves the
# why: guest's UC and WC buffers cached.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
vcpu1 read 0x200000
host dma on
expect missed-zap step=11 profile=linux-5.15
expect missed-zap step=11 profile=linux-6.1
