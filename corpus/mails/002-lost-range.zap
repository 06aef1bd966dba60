# why: Patch 9's waiter returns once mtrr_zapping is 0, whether or not its range was met. One that is queued after
# why: the zapper found the list empty and before it clears mtrr_zapping (kvm_zap_mtrr_zap_list(), then
# why: atomic_set_release()) stays on the list: vCPU 1's toggle zaps nothing, and its own WC leaf stays where CD=1
# why: makes it WB. Holds if no vCPU queues in that window, or if the zapper looked at the list once more.
# on: model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000001
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRphysBase0 0x40000001
vcpu1 wrmsr MTRRphysMask0 0xffffe00800
vcpu1 wrmsr MTRRdefType 0x806
together sched=0@queue-empty,1@queue-wait
vcpu0 cr0 +cd
vcpu1 write 0x40000000
vcpu1 cr0 +cd
end
expect missed-zap step=8 gpa=0x40000000
