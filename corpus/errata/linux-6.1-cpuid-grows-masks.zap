# why: KVM stores PHYSMASK with the bits above MAXPHYADDR set as it was when written (set_var_mtrr_msr()),
# why: and kvm_mtrr_get_msr() strips those above the MAXPHYADDR of now: after KVM_SET_CPUID2 raised it,
# why: bits read as 1 that nobody wrote. R-RB: an MTRR reads what was written. A VMM that restores MSRs
# why: before CPUID, into a guest of more address bits, meets it.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39, e1548088ff54 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host setmsr vcpu0 MTRRphysMask0 0x0
host cpuid vcpu0 maxphyaddr=42
vcpu0 rdmsr MTRRphysMask0
expect msr-value step=3 profile=linux-5.15
expect msr-value step=3 profile=linux-6.1
expect msr-value step=3 profile=linux-6.7
expect msr-value step=3 profile=yan-v4
