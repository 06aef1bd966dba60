# why: Firmware sets up fixed ranges with CD=1 (WB, as the quirk is on) and clears CD. Patch 10 queues [0, 1M)
# why: for the fixed ranges that are not WB (0xa0000, left UC), which is right; with patch 12 the 2M leaf over
# why: them reaches beyond 1M and stays WB.
# on: model:yan-v4 model:yan-v4-11 model:yan-v4-12
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 cr0 +cd
vcpu0 write 0x1000
vcpu0 wrmsr MTRRfix64K_00000 0x606060606060606
vcpu0 wrmsr MTRRfix16K_80000 0x606060606060606
vcpu0 wrmsr MTRRfix4K_C0000 0x606060606060606
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 cr0 -cd
expect missed-zap step=8 gpa=0x0 target=model:yan-v4-12
