# Rules E, row 17: kvm_mtrr_valid() injected #GP into the guest for what KVM_SET_MSRS asked, until v6.0.
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
host setmsr vcpu0 MTRRphysMask0 0x10000000000
vcpu0 rdmsr MTRRcap
expect msr-fault step=2 profile=linux-5.15
