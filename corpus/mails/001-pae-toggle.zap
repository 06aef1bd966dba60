# why: Any change of CR4.PAE flushes the current PCID (SDM 4.10.4.1). Unloading did; version 1 of the mail keeps
# why: the root and flushes only for SMEP and PG. Merged is a flush of its own for PAE.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on start=pae32
slot 0 gpa=0x0 size=0x400000
---
vcpu0 read 0x1000
vcpu0 cr4 -pae
vcpu0 read 0x1000
expect missed-flush step=3 target=model:paolo-v1
