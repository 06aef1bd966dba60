/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every kernel source file.
 *
 * 1. Kernel symbols stay inside the library: nothing but ukvm_api is exported,
 *    so two kernels, and libc, can live in one process.
 * 2. Instructions that ring 3 may not execute, or whose result depends on the
 *    host, become calls into the shims. They are assembler macros, so the
 *    kernel's own inline assembly stays as it is. insn.S keeps all registers
 *    but the architectural outputs; kernel code is built with -mno-red-zone,
 *    as always, so that pushes are safe.
 */
#ifndef UKVM_PRE_H
#define UKVM_PRE_H

#ifndef __ASSEMBLY__
#pragma GCC visibility push(hidden)

asm(	/* Registers of the machine: cpu.c answers. */
	".macro rdmsr\n call ukvm_insn_rdmsr\n.endm\n"
	".macro wrmsr\n call ukvm_insn_wrmsr\n.endm\n"
	".macro cpuid\n call ukvm_insn_cpuid\n.endm\n"
	/* Time stands still: determinism is worth more here than timers. */
	".macro rdtsc\n xor %eax, %eax\n xor %edx, %edx\n.endm\n"
	/* XCR0: x87, SSE and AVX, for host and guest alike. */
	".macro xgetbv\n mov $7, %eax\n xor %edx, %edx\n.endm\n"
	".macro xsetbv\n.endm\n"
	/* There is no cache and no host TLB whose contents could matter. */
	".macro wbinvd\n.endm\n"
	".macro invlpg m\n.endm\n"
	/*
	 * VMX. vmcs.c holds the VMCSs; CF = ZF = 0 says VMsucceed. The
	 * operands of INVEPT reach tlb.c, which is what flushes are seen by.
	 */
	".macro vmread field, to\n push \\field\n call ukvm_insn_vmread\n pop \\to\n.endm\n"
	".macro vmwrite value, field\n push \\value\n push \\field\n call ukvm_insn_vmwrite\n"
	" lea 16(%rsp), %rsp\n.endm\n"
	".macro vmptrld m\n push \\m\n call ukvm_insn_vmptrld\n lea 8(%rsp), %rsp\n.endm\n"
	".macro vmclear m\n push \\m\n call ukvm_insn_vmclear\n lea 8(%rsp), %rsp\n.endm\n"
	".macro invept m, type\n push \\type\n call ukvm_insn_invept\n lea 8(%rsp), %rsp\n.endm\n"
	".macro invvpid m, type\n push \\type\n call ukvm_insn_invvpid\n lea 8(%rsp), %rsp\n.endm\n"
	".macro vmxon m\n test %rsp, %rsp\n.endm\n"
	".macro vmxoff\n test %rsp, %rsp\n.endm\n"
	/* SVM: GIF, and the host state that VMLOAD and VMSAVE move, have no part here. */
	".macro stgi\n.endm\n"
	".macro clgi\n.endm\n"
	".macro vmload r\n.endm\n"
	".macro vmsave r\n.endm\n"
	".macro invlpga a, b\n.endm\n"
	/*
	 * Host descriptor tables, which KVM saves around VM exits: nothing here
	 * uses them. (Under UMIP, each of these would trap to the host's kernel.)
	 */
	".macro sldt r\n movw $0, \\r\n.endm\n"
	".macro str r\n mov $0, \\r\n.endm\n"
	".macro sidt m\n movw $0, \\m\n.endm\n"
	".macro sgdt m\n movw $0, \\m\n.endm\n"
	".macro ltr r\n.endm\n"
	".macro lldt r\n.endm\n"
	".macro lgdt m\n.endm\n");

#endif
#endif
