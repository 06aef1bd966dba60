# why: What a topup leaves is between what it guarantees and 40: a cache that is not below the guarantee is not
# why: filled. After faults that took most of it a hole of 20M, 10 tables, overruns the cache, and before them it
# why: would not have: it works by luck.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x10000000
slot 1 gpa=0xb0000000 size=0x1400000 readonly
---
host backing 0x0 0x10000000 4k
vcpu0 read 0x0
vcpu0 read 0x200000
vcpu0 read 0x400000
vcpu0 read 0x600000
vcpu0 read 0x800000
vcpu0 read 0xa00000
vcpu0 read 0xc00000
vcpu0 read 0xe00000
vcpu0 read 0x1000000
vcpu0 read 0x1200000
vcpu0 read 0x1400000
vcpu0 read 0x1600000
vcpu0 read 0x1800000
vcpu0 read 0x1a00000
vcpu0 read 0x1c00000
vcpu0 read 0x1e00000
vcpu0 read 0x2000000
vcpu0 read 0x2200000
vcpu0 read 0x2400000
vcpu0 read 0x2600000
vcpu0 read 0x2800000
vcpu0 read 0x2a00000
vcpu0 read 0x2c00000
vcpu0 read 0x2e00000
vcpu0 read 0x3000000
vcpu0 read 0x3200000
vcpu0 read 0x3400000
vcpu0 read 0x3600000
vcpu0 read 0x3800000
vcpu0 read 0x3a00000
vcpu0 read 0x3c00000
vcpu0 read 0xb0000000
expect cache-overrun step=33 target=model:vitaly-rfc
expect cache-overrun step=33 target=model:vitaly-rfc-ro
