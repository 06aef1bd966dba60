# why: With non-coherent DMA each page of the slot has the type that the MTRRs give its own gfn, although all are
# why: installed at one fault of the first: make_spte() asks by gfn. Right in all versions.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 1 gpa=0xb0000000 size=0x100000 readonly
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0xb0080000
vcpu0 wrmsr MTRRphysMask0 0xfffff80800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0xb0000000
vcpu0 read 0xb0080000
