# why: var_mtrr_range() takes a holed pair as [base, base | ~mask], so kvm_mtrr_check_gfn_range_consistency()
# why: does not see that WC ends and begins inside the 2M page, and the huge leaf is WB, its choice for the
# why: undefined part (WC over WB), over pages that are WC by A.2. Nobody programs a mask with holes.
# kernels: v4.2 .. v6.10, 6.1.192
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x400001
vcpu0 wrmsr MTRRphysBase1 0x200006
vcpu0 wrmsr MTRRphysMask1 0xfffff00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 wrmsr MTRRphysMask0 0x8000000800
vcpu0 read 0x200000
expect fresh-memtype step=7 gpa=0x200000 profile=linux-6.1
expect fresh-memtype step=7 gpa=0x200000 profile=linux-5.15
expect fresh-memtype step=7 gpa=0x200000 profile=linux-6.7
expect fresh-memtype step=7 gpa=0x200000 profile=yan-v4
