# why: Two vCPUs toggle CD at once, as the series intends. While vCPU 0 zaps a range, which is off the list then,
# why: vCPU 1 queues an equal one, and waits until vCPU 0 has zapped that, too. And where both queue before either
# why: zaps the list drops the duplicate, and one zap serves both.
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
vcpu0 write 0x40000000
together sched=0@queue-popped,1@queue-wait
vcpu0 cr0 +cd
vcpu0 read 0x40000000
vcpu1 cr0 +cd
vcpu1 read 0x40000000
end
together sched=0@queue-added,0@queue-added,1@queue-added,1@queue-added
vcpu0 cr0 -cd
vcpu0 read 0x40000000
vcpu1 cr0 -cd
vcpu1 read 0x40000000
end
