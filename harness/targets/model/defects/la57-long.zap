zaplock 1
# model:linux-6.1,defect=la57-long: long mode lets CR4.LA57 change
machine vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
---
vcpu0 cr4 +la57
