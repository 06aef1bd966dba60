# why: A UC range inside a WB, WT, WC or WP one comes out as WB if its PHYSBASE is the larger value: the
# why: list of pairs descends by base, and kvm_mtrr_get_guest_memory_type() lets UC win only where it comes
# why: second; UC first falls through to its "undefined" WB. The SDM (11.11.4.1) and R-LOOK say UC,
# why: whatever else matches. Every BIOS marks the PCI hole so; with non-coherent DMA what a memslot puts
# why: there (flash, shared memory) is cached against the guest's word.
# kernels: v4.2 .. v6.10; gone with 0a7b73559b39 (v6.11)
# until: 2027-11-30
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=36 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x20000000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x6
vcpu0 wrmsr MTRRphysMask0 0xfc0000800
vcpu0 wrmsr MTRRphysBase1 0x20000000
vcpu0 wrmsr MTRRphysMask1 0xfe0000800
vcpu0 wrmsr MTRRdefType 0x800
vcpu0 read 0x20000000
expect fresh-memtype step=7 profile=linux-5.15
expect fresh-memtype step=7 profile=linux-6.1
expect fresh-memtype step=7 profile=linux-6.7
expect fresh-memtype step=7 profile=yan-v4
