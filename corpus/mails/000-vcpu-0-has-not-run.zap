# why: Asked of vCPU 0 for the whole VM: while vCPU 0 has not run, its MTRRs are all zero and say UC of every
# why: page, whatever the vCPU that runs has set up (a VMM may start any vCPU first, KVM_SET_BOOT_CPU_ID).
# why: R-UNIF counts only vCPUs that have run guest code. Per vCPU the leaf is right.
# on: model:linux-5.15 model:seanjc-vcpu0
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu1 wrmsr MTRRdefType 0x806
vcpu1 read 0x200000
expect fresh-memtype step=3 gpa=0x200000 target=model:seanjc-vcpu0
