/* SPDX-License-Identifier: GPL-2.0-only */
/* The current VMCS, as the processor reads and writes it (vmcs.c). */
#ifndef UKVM_VMCS_H
#define UKVM_VMCS_H

u64 ukvm_vmread(u64 field);
void ukvm_vmwrite(u64 field, u64 value);

#endif
