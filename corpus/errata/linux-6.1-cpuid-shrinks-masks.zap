# why: KVM stores PHYSMASK with the bits above MAXPHYADDR set as it was when written (set_var_mtrr_msr()),
# why: and KVM_SET_CPUID2 does not set those that a smaller MAXPHYADDR adds, so that the range repeats
# why: above itself. R-LOOK takes the mask at the MAXPHYADDR of now. A VMM that restores MSRs before CPUID,
# why: into a guest of fewer address bits, meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x400000 size=0x1000
---
host dma on
host setmsr vcpu0 MTRRphysMask0 0xffc00800
host cpuid vcpu0 maxphyaddr=32
vcpu0 wrmsr MTRRdefType 0x804
vcpu0 read 0x400000
expect fresh-memtype profile=linux-5.15
expect fresh-memtype profile=linux-6.1
expect fresh-memtype profile=linux-6.7
expect fresh-memtype profile=yan-v4
