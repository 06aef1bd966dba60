# why: Shadow paging. MOV CR3 to B with PCIDE=0 flushes all, and root A, cached, is out of sync with the PTE
# why: written before. Up to v5.15 setting CR4.PCIDE does nothing, and the NOFLUSH load of A that it makes
# why: possible brings A back as it is. 552617382c19 (v5.16) reloads, f4bc051fc91a (v5.18) unloads for shadow only.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 map va=0x10000000 gpa=0x1000 size=4k pat=0
vcpu0 read va=0x10000000
vcpu0 map va=0x10000000 gpa=0x2000 size=4k pat=0
vcpu0 cr3 0x5000
vcpu0 cr4 +pcide
vcpu0 cr3 0xf7401000 noflush
vcpu0 read va=0x10000000
expect stale-root step=7 target=model:linux-5.15
