# SDM vol 3A 11.11.7.2, "MemTypeSet() for multiple processors", two CPUs: all
# enter no-fill mode, flush, disable the MTRRs, change them, enable, flush and
# leave. The barrier semantics of the text (nobody goes on before all are there)
# are kept by listing the steps in that order. DMA that does not snoop makes
# KVM honor what is written.
zaplock 1
machine profile=linux-6.1 vcpus=2
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
---
host dma on
vcpu0 read 0x40000000
vcpu1 read 0x40200000
# 2: no-fill mode, CD=1 NW=0
vcpu0 cr0 +cd -nw
vcpu1 cr0 +cd -nw
# 3: write back and invalidate
vcpu0 wbinvd
vcpu1 wbinvd
# 4: flush TLBs, global entries too
vcpu0 cr4 -pge
vcpu1 cr4 -pge
# 6: disable all MTRRs
vcpu0 wrmsr MTRRdefType 0x6
vcpu1 wrmsr MTRRdefType 0x6
# 7: the change itself: 0x40000000 +4M becomes UC
vcpu0 wrmsr MTRRphysBase0 0x40000000
vcpu1 wrmsr MTRRphysBase0 0x40000000
vcpu0 wrmsr MTRRphysMask0 0xffffc00800
vcpu1 wrmsr MTRRphysMask0 0xffffc00800
# 8: enable
vcpu0 wrmsr MTRRdefType 0x806
vcpu1 wrmsr MTRRdefType 0x806
# 9: flush again
vcpu0 wbinvd
vcpu1 wbinvd
# 10: normal cache mode
vcpu0 cr0 -cd -nw
vcpu1 cr0 -cd -nw
# 11: global pages again
vcpu0 cr4 +pge
vcpu1 cr4 +pge
vcpu0 read 0x40000000
vcpu1 read 0x40200000
