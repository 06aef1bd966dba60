# why: The diff of the mail changes vmx_get_mt_mask() alone; kvm_mtrr_check_gfn_range_consistency() still asks
# why: the vCPU that faults. vCPU 1, whose MTRRs are off, allows a huge leaf, vCPU 0's type of its first page
# why: goes over all of it, and vCPU 0 has two types there: the leaf is right for nobody (R-HUGE).
# on: model:linux-5.15 model:seanjc-vcpu0
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x100000
vcpu0 wrmsr MTRRphysMask0 0xfffff00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 read 0x0
expect fresh-memtype step=5 gpa=0x0 target=model:seanjc-vcpu0
