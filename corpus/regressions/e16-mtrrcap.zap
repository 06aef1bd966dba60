# Rules E, row 16: 682367c49486 announced 10 variable pairs, reverted by 0d234daf7e0a (Windows 7 SMP did not boot).
zaplock 1
machine profile=linux-6.1 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 rdmsr MTRRcap
expect msr-value step=1 target=model:*,defect=mtrrcap-vcnt
