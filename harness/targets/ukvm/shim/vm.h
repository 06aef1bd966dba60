/* SPDX-License-Identifier: GPL-2.0-only */
/* What abi.c exports of vm.c and vcpu.c; the comments stand in ../abi.h. */
#ifndef UKVM_VM_H
#define UKVM_VM_H

int ukvm_vm_create(const struct ukvm_machine *machine, const char **what);
long ukvm_vm_destroy(void);
struct ukvm_result ukvm_dma(int on);
struct ukvm_result ukvm_quirk(unsigned int quirk, int on);
struct ukvm_result ukvm_slot(unsigned int id, unsigned long long gpa, unsigned long long size,
			     unsigned int flags);
struct ukvm_result ukvm_slot_flags(unsigned int id, unsigned int set, unsigned int clear);
struct ukvm_result ukvm_backing(unsigned long long gpa, unsigned long long size,
				enum ukvm_backing kind);
struct ukvm_result ukvm_invalidate(unsigned long long gpa, unsigned long long size);

struct ukvm_result ukvm_run(unsigned int id, const struct ukvm_insn *insn);
struct ukvm_result ukvm_init(unsigned int id);
struct ukvm_result ukvm_sipi(unsigned int id);
struct ukvm_result ukvm_smi(unsigned int id);
struct ukvm_result ukvm_set_msr(unsigned int id, unsigned int msr, unsigned long long value);
struct ukvm_result ukvm_sregs(unsigned int id, unsigned int present,
			      const unsigned long long *values);
struct ukvm_result ukvm_set_cpuid(unsigned int id, int mtrr, unsigned int maxphyaddr);
struct ukvm_result ukvm_prefault(unsigned int id, unsigned long long gpa, unsigned long long size);
void ukvm_regs(unsigned int id, struct ukvm_regs *regs);
int ukvm_guest_memtypes(unsigned int id, const unsigned long long *gfns, unsigned long nr,
			unsigned char *types);

#endif
