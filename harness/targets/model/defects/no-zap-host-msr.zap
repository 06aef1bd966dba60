zaplock 1
# model:linux-6.1,defect=no-zap-host-msr: MTRR writes by KVM_SET_MSRS zap nothing
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
host dma on
vcpu0 read 0x0
host setmsr vcpu0 MTRRdefType 0x804
