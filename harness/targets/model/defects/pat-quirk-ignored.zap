zaplock 1
# model:linux-6.16,defect=pat-quirk-ignored: guest PAT is ignored whatever the quirk
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
quirk ignore-guest-pat off
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
