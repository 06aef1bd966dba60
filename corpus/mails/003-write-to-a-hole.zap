# why: Patch 2/5 leaves KVM_MEM_ALLONES out of memslot_is_readonly() and answers a write fault with KVM_PFN_NOSLOT:
# why: patch 4/5's `write` test sends that to __direct_map(), which puts an MMIO SPTE where the page was mapped,
# why: and reads exit as MMIO from then on. "MMIO occurs but no MMIO spte is created" (review): with the gate the
# why: read mapping stays.
# on: model:linux-5.15 model:vitaly-rfc model:vitaly-rfc-ro model:seanjc-allones
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 1 gpa=0xb0000000 size=0x100000 readonly
---
vcpu0 read 0xb0000000
vcpu0 write 0xb0001000
vcpu0 read 0xb0001000
expect slot-rule step=2 gpa=0xb0001000 target=model:vitaly-rfc
expect slot-rule step=3 target=model:vitaly-rfc
