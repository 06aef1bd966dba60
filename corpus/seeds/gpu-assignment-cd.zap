# A GPU is assigned, the firmware programs the MTRRs with CR0.CD=1, touches
# memory, clears CD, and the VMM then deletes an unrelated memslot: the sequence
# behind the 2019 revert (rules E, row 1).
zaplock 1
machine profile=linux-6.1
slot 0 gpa=0x0 size=0x400000
slot 1 gpa=0x40000000 size=0x400000
slot 2 gpa=0x80000000 size=0x200000
---
host dma on
vcpu0 wrmsr MTRRphysBase0 0x40000000
vcpu0 wrmsr MTRRphysMask0 0xffffc00800
vcpu0 cr0 +cd
vcpu0 wrmsr MTRRdefType 0x806
vcpu0 write 0x40001000
vcpu0 cr0 -cd
host slot 2 delete
vcpu0 read 0x40001000
