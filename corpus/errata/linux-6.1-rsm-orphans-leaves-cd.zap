# why: One TDP page table serves all vCPUs and the memtype is not in its role, so the vCPU that faults
# why: first decides; INIT of that vCPU leaves its leaves behind (kvm_vcpu_reset(), no zap). Here that vCPU
# why: had CR0.CD=1; after the RSM that delivers a latched INIT no vCPU that counts agrees with its leaves
# why: (R-UNIF, R-STALE). An AP that touches memory in the middle of its MTRR update and is started again
# why: leaves such pages to all others.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0xc0000 size=0x20000
slot 1 gpa=0x200000 size=0xa00000
---
host dma on
vcpu0 wrmsr MTRRfix4K_C0000 0x605040100
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffff00800
vcpu0 wrmsr MTRRdefType 0xc06
vcpu1 cr0 +cd
vcpu1 smi
vcpu1 read 0xc0000
vcpu1 read 0xc1000
vcpu1 read 0xc2000
vcpu1 read 0xc3000
vcpu1 read 0xc4000
vcpu1 read 0x200000
vcpu1 init
vcpu1 rsm
expect missed-zap step=15 profile=linux-6.1
expect missed-zap step=15 profile=linux-6.7
expect missed-zap step=15 profile=yan-v4
