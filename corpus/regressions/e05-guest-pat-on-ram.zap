# Rules E, row 5: before 928d4bf747e9 "VMX: Set IGMT bit in EPT entry" guest PAT=UC or WC reached RAM that the host
# maps WB, and ended in #MC. Without non-coherent DMA a leaf of RAM has IPAT.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
expect fresh-memtype step=1 target=model:linux-*[0-9],defect=ipat-never
expect fresh-memtype step=1 target=model:yan-v4,defect=ipat-never
