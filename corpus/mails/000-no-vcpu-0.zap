# why: vCPU ids are the VMM's choice. In a VM without a vCPU of id 0 the per-VM variant runs into its own
# why: KVM_BUG_ON() at the first fault that asks for a type: the VM is dead. Without non-coherent DMA, and for
# why: MMIO, vCPU 0 is not asked.
# on: model:linux-5.15,first-vcpu-id=1 model:seanjc-vcpu0 model:seanjc-vcpu0,first-vcpu-id=1
zaplock 1
machine profile=linux-5.15 vendor=intel vcpus=1 maxphyaddr=40 cpuid-mtrr=on tdp=on selfsnoop=on
slot 0 gpa=0x0 size=0x400000
---
host backing 0x0 0x1000 mmio
host dma on
vcpu0 read 0x0
vcpu0 read 0x200000
expect crash step=4 target=model:seanjc-vcpu0,first-vcpu-id=1
