# Mail 001 (February 2022): which CR changes must flush, and which must not
# throw the tables away: CR0.WP toggles, SMEP, SMAP, PGE, PCIDE, MOV CR3 with
# and without NOFLUSH.
zaplock 1
machine profile=linux-6.1
slot 0 gpa=0x0 size=0x400000
---
vcpu0 write 0x1000
vcpu0 write 0x201000
vcpu0 cr0 -wp
vcpu0 read 0x1000
vcpu0 cr0 +wp
vcpu0 read 0x1000
vcpu0 cr4 +pge
vcpu0 read 0x1000
vcpu0 cr3 0x0
vcpu0 cr4 +pcide
vcpu0 cr3 0x2001 noflush
vcpu0 read 0x201000
vcpu0 cr3 0x3002
vcpu0 cr4 -pcide
vcpu0 read 0x201000
vcpu0 cr4 +smep +smap
vcpu0 read 0x1000
vcpu0 cr4 -smep -smap -pge
vcpu0 read 0x1000
