# Rules E, row 23: before d5e90a699875 (v6.0) mixed MTRRs kept leaves small even where nobody honored them. An advisory:
# `zaplock run --advisories` shows it as small-leaf on linux-5.15.
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
---
vcpu0 wrmsr MTRRphysMask0 0xfffff00800
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 read 0x0
