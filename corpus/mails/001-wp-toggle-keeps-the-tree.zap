# why: What the mail is about: with TDP no root depends on CR0.WP, and unloading the last user of a root throws
# why: its tree away (46754 against 4879 cycles of vmexit.flat, as posted). Both versions keep it, and are right.
# on: model:linux-5.15 model:linux-5.16 model:linux-5.18 model:paolo-v1 model:paolo-v2 model:linux-6.1
# diff: model:linux-5.16 model:paolo-v1 leaf-extra/cr0:wp/wb+ipat
# diff: model:linux-5.18 model:paolo-v2 leaf-extra/cr0:wp/wb+ipat
# same: model:paolo-v1 model:linux-6.1
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
vcpu0 write 0x1000
vcpu0 write 0x201000
vcpu0 cr0 +wp
vcpu0 write 0x1000
vcpu0 cr0 -wp
vcpu0 write 0x1000
