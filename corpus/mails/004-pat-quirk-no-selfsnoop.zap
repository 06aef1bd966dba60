# why: On a CPU without self-snoop the quirk cannot be turned off: UC and WB mappings of one page would not be
# why: coherent.
# on: model:linux-6.16
zaplock 1
machine profile=linux-6.16 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=off
quirk ignore-guest-pat off
slot 0 gpa=0x0 size=0x400000
---
host quirk ignore-guest-pat off
vcpu0 read 0x200000
