# why: Patch 12 as posted zaps an SPTE only if it lies in the range whole (`iter.gfn < start || iter.gfn +
# why: KVM_PAGES_PER_HPAGE(iter.level) > end` goes on to the next), huge leaves too; kvm_tdp_mmu_zap_leafs(),
# why: which it replaces, took straddling leaves. A 1M UC range over a 2M WB leaf leaves the leaf as it is.
# on: model:linux-6.7 model:yan-v4 model:yan-v4-11 model:yan-v4-12
# diff: model:yan-v4-11 model:yan-v4-12 leaf-extra/physmask:set-v/wb
zaplock 1
machine profile=yan-v4 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host dma on
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x200000
vcpu0 wrmsr MTRRphysBase0 0x300000
vcpu0 wrmsr MTRRphysMask0 0xfffff00800
expect missed-zap step=5 gpa=0x200000 target=model:yan-v4-12
