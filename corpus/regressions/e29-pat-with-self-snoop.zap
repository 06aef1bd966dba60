# Rules E, row 29: 377b2f359d1f (v6.11-rc1) honored guest PAT on CPUs with self-snoop; reverted by 9d70f3fec144, as
# bochs-drm maps its RAM UC. Only profile linux-6.11-rc has no IPAT here.
zaplock 1
machine profile=linux-6.11 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x1000
---
vcpu0 read 0x0
expect fresh-memtype step=1 target=model:linux-*[0-9],defect=ipat-never
expect fresh-memtype step=1 target=model:yan-v4,defect=ipat-never
expect fresh-memtype step=1 target=model:linux-6.11-rc,defect=ipat-always
