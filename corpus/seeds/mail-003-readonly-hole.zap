# Mail 003 (May 2020): a readonly slot stands in for a PCI hole. Reads map it,
# writes exit to userspace and leave no MMIO SPTE behind; a hole without a slot
# gets an MMIO SPTE.
zaplock 1
machine profile=linux-5.15
slot 0 gpa=0x0 size=0x200000
slot 1 gpa=0xb0000000 size=0x100000 readonly
---
vcpu0 read 0xb0000000
vcpu0 read 0xb00ff000
vcpu0 write 0xb0000000
vcpu0 read 0xb0000000
vcpu0 read 0xb0200000
vcpu0 write 0xb0200000
host slot 1 delete
vcpu0 read 0xb0000000
