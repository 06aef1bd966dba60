# why: A read-only slot of 1M stands in for a PCI hole (under the mail's policies it is KVM_MEM_ALLONES). One read
# why: and all 256 pages are mapped, from one topup of the memory caches: right, if the slot is small. Emulated
# why: nothing is mapped at all, and each read exits.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
# diff: model:vitaly-rfc model:seanjc-allones leaf-missing/read/wb+ipat
# same: model:vitaly-rfc model:vitaly-rfc-ro
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=2 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x200000
slot 1 gpa=0xb0000000 size=0x100000 readonly
---
vcpu0 read 0xb0000000
vcpu0 read 0xb00ff000
vcpu1 read 0xb0080000
host slot 1 delete
vcpu0 read 0xb0000000
