# Rules E, rows 3 and 4: until efdfe536d8c6 "KVM: MMU: fix MTRR update" (v4.2) an MTRR write reset the root and kept
# the leaves (0bed3b568b68). A pair, a fixed range and the default type, each with a leaf that it changes.
zaplock 1
machine profile=linux-6.7 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
slot 1 gpa=0x200000 size=0x1000
slot 2 gpa=0x400000 size=0x1000
---
host dma on
vcpu0 wrmsr MTRRdefType 0xc06
vcpu0 wrmsr MTRRphysBase0 0x200000
vcpu0 read 0x200000
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 read 0x0
vcpu0 wrmsr MTRRfix64K_00000 0x6
vcpu0 read 0x400000
vcpu0 wrmsr MTRRdefType 0xc04
expect missed-zap step=5 target=model:linux-5.15,defect=no-zap-var
expect missed-zap step=5 target=model:linux-6.[17],defect=no-zap-var
expect missed-zap step=5 target=model:yan-v4,defect=no-zap-var
expect missed-zap step=7 target=model:linux-5.15,defect=no-zap-fixed
expect missed-zap step=7 target=model:linux-6.[17],defect=no-zap-fixed
expect missed-zap step=7 target=model:yan-v4,defect=no-zap-fixed
expect missed-zap step=9 target=model:linux-5.15,defect=no-zap-deftype
expect missed-zap step=9 target=model:linux-6.[17],defect=no-zap-deftype
expect missed-zap step=9 target=model:yan-v4,defect=no-zap-deftype
