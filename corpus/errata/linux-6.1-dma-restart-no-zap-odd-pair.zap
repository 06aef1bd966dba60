# why: kvm_arch_register_noncoherent_dma() and its opposite only count; v6.7 zaps in them (362ff6dca541).
# why: Rules: B.4 row 7, R-ZAPMIN. Leaves of an earlier assignment, stale since it ended, are wrong in new
# why: ways after the MTRRs changed meanwhile. The same where a pair that is not aligned to its size
# why: reaches the pages, which makes it nonconforming (SDM 11.11.4); the cause is the missing zap all the
# why: same.
# kernels: v4.2 .. v6.6; fixed by 362ff6dca541 (v6.7)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
---
vcpu0 wrmsr MTRRphysBase7 0x1006
vcpu0 wrmsr MTRRphysMask7 0xffff00800
vcpu0 wrmsr MTRRfix4K_C0000 0x101010100000000
vcpu0 wrmsr MTRRfix4K_C8000 0x505050504040404
vcpu0 wrmsr MTRRfix4K_D0000 0x6060606
vcpu0 wrmsr MTRRdefType 0xc06
host dma on
vcpu0 read 0xc0000
vcpu0 read 0xc1000
vcpu0 read 0xc2000
vcpu0 read 0xc3000
vcpu0 read 0xc4000
vcpu0 read 0xc5000
vcpu0 read 0xc6000
vcpu0 read 0xc7000
vcpu0 read 0xc8000
vcpu0 read 0xc9000
vcpu0 read 0xca000
vcpu0 read 0xcb000
vcpu0 read 0xcc000
vcpu0 read 0xcd000
vcpu0 read 0xce000
vcpu0 read 0xcf000
vcpu0 read 0xd0000
vcpu0 read 0xd1000
vcpu0 read 0xd2000
vcpu0 read 0xd3000
host dma off
vcpu0 wrmsr MTRRfix4K_C0000 0x605040006050401
vcpu0 wrmsr MTRRfix4K_C8000 0x604010006050100
vcpu0 wrmsr MTRRfix4K_D0000 0x5040100
host dma on
expect missed-zap profile=linux-5.15
expect missed-zap profile=linux-6.1
