# why: Two vCPUs that disagree share each leaf. Per vCPU whoever faults first decides (0x200000: vCPU 0's WB,
# why: 0x201000 after the zap: vCPU 1's WC); asked of vCPU 0 both are WB. Neither is wrong by R-UNIF, which
# why: asks for the type of some vCPU that counts; both are the advisory `nonuniform`.
# on: model:linux-5.15 model:seanjc-vcpu0
# diff: model:linux-5.15 model:seanjc-vcpu0 memtype/read/wc>wb
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
vcpu1 read 0x200000
vcpu1 wrmsr MTRRdefType 0x801
vcpu1 read 0x201000
vcpu0 read 0x201000
vcpu1 wrmsr MTRRdefType 0x806
vcpu0 read 0x201000
