# why: The same loop stands in FNAME(fetch), for shadow paging.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=off selfsnoop=on
slot 1 gpa=0xb0000000 size=0x6000000 readonly
---
vcpu0 read 0xb0000000
vcpu0 read 0xb5fff000
expect cache-overrun step=1 target=model:vitaly-rfc
expect cache-overrun step=1 target=model:vitaly-rfc-ro
