/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trampolines behind the assembler macros of pre.h: an instruction changes its
 * architectural outputs and nothing else, so these keep every other register
 * and align the stack for C.
 *
 * MSRs and CPUID come in registers. VMX operands lie on the stack, pushed by
 * the macro; the first one after the return address is 16(%rbp) below.
 */
	.text

/* Keeps what C may clobber. %rbp is the frame; registers lie below it. */
.macro ENTER
	push %rbp
	mov %rsp, %rbp
	push %rax
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	and $-16, %rsp
.endm

/* TEST leaves CF = ZF = 0: VMsucceed. */
.macro LEAVE
	lea -80(%rbp), %rsp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rax
	test %rsp, %rsp
	pop %rbp
	ret
.endm

.macro FUNCTION name
	.globl \name
	.hidden \name
	.type \name, @function
\name:
.endm

/* RDMSR: ECX in, EDX:EAX out. -8(%rbp) and -24(%rbp) are the saved RAX and RDX. */
FUNCTION ukvm_insn_rdmsr
	ENTER
	mov %ecx, %edi
	call ukvm_rdmsr
	mov %eax, %ecx
	mov %rcx, -8(%rbp)
	shr $32, %rax
	mov %rax, -24(%rbp)
	LEAVE

FUNCTION ukvm_insn_wrmsr
	ENTER
	mov %ecx, %edi
	mov %eax, %esi
	shl $32, %rdx
	or %rdx, %rsi
	call ukvm_wrmsr
	LEAVE

/* CPUID: EAX and ECX in; ukvm_cpuid() writes EAX, EBX, ECX, EDX into an array. */
FUNCTION ukvm_insn_cpuid
	ENTER
	sub $16, %rsp
	mov %eax, %edi
	mov %ecx, %esi
	mov %rsp, %rdx
	mov %rsp, %rbx
	call ukvm_cpuid
	mov (%rbx), %eax
	mov %rax, -8(%rbp)
	mov 8(%rbx), %eax
	mov %rax, -16(%rbp)
	mov 12(%rbx), %eax
	mov %rax, -24(%rbp)
	mov 4(%rbx), %eax
	mov %rax, -80(%rbp)
	LEAVE

/*
 * The address of a VMCS field's value (vmcs.c): its encoding in RAX becomes the
 * index, RCX and RDX are scratch. Without a current VMCS the C function's BUG
 * says so.
 */
no_vmcs:
	and $-16, %rsp
	call ukvm_vmread

.macro FIELD
	mov ukvm_current_vmcs(%rip), %rdx
	test %rdx, %rdx
	jz no_vmcs
	lea ukvm_vmcs_groups(%rip), %rcx
	push %rax
	shr $10, %eax
	and $31, %eax
	movzbl (%rcx,%rax), %ecx
	shl $4, %ecx
	pop %rax
	shr $1, %eax
	and $63, %eax
	add %ecx, %eax
.endm

/* VMREAD: replaces the pushed field by its value. */
FUNCTION ukvm_insn_vmread
	push %rax
	push %rcx
	push %rdx
	mov 32(%rsp), %rax
	FIELD
	mov (%rdx,%rax,8), %rax
	mov %rax, 32(%rsp)
	pop %rdx
	pop %rcx
	pop %rax
	test %rsp, %rsp
	ret

/* VMWRITE: the field is pushed last. */
FUNCTION ukvm_insn_vmwrite
	push %rax
	push %rcx
	push %rdx
	mov 32(%rsp), %rax
	FIELD
	mov 40(%rsp), %rcx
	mov %rcx, (%rdx,%rax,8)
	pop %rdx
	pop %rcx
	pop %rax
	test %rsp, %rsp
	ret

.macro ONE_OPERAND name, function
FUNCTION \name
	ENTER
	mov 16(%rbp), %rdi
	call \function
	LEAVE
.endm
ONE_OPERAND ukvm_insn_vmptrld, ukvm_vmptrld
ONE_OPERAND ukvm_insn_vmclear, ukvm_vmclear
ONE_OPERAND ukvm_insn_invept, ukvm_invept
ONE_OPERAND ukvm_insn_invvpid, ukvm_invvpid

/*
 * __get_user_N, __put_user_N: the kernel's calling convention for user accesses
 * (address in RAX or RCX, value in RDX or RAX, 0 in EAX or ECX as the result).
 * Every user pointer in this library is either a caller's own buffer or the
 * VMM's memory for the guest, and both are mapped: they cannot fault.
 */
.macro USER_ACCESS direction, size, move, from, to, status
FUNCTION __\direction\()_user_\size
FUNCTION __\direction\()_user_nocheck_\size
	\move \from, \to
	xor \status, \status
	ret
.endm
USER_ACCESS get, 1, movzbl, "(%rax)", %edx, %eax
USER_ACCESS get, 2, movzwl, "(%rax)", %edx, %eax
USER_ACCESS get, 4, movl, "(%rax)", %edx, %eax
USER_ACCESS get, 8, movq, "(%rax)", %rdx, %eax
USER_ACCESS put, 1, movb, %al, "(%rcx)", %ecx
USER_ACCESS put, 2, movw, %ax, "(%rcx)", %ecx
USER_ACCESS put, 4, movl, %eax, "(%rcx)", %ecx
USER_ACCESS put, 8, movq, %rax, "(%rcx)", %ecx

/*
 * clear_page: the page in RDI. The alternatives of clear_page() and of user
 * copies all name the same work; one implementation stands for them.
 */
FUNCTION clear_page_orig
FUNCTION clear_page_rep
FUNCTION clear_page_erms
	mov $512, %ecx
	xor %eax, %eax
	rep stosq
	ret

/* copy_user_generic: RDI, RSI, RDX (6.1) or RCX (6.4 on) bytes; what is left to copy in RAX or RCX. */
FUNCTION copy_user_generic_unrolled
FUNCTION copy_user_generic_string
FUNCTION copy_user_enhanced_fast_string
	mov %rdx, %rcx
	rep movsb
	xor %eax, %eax
	ret
FUNCTION rep_movs_alternative
	rep movsb
	ret
/* clear_user: RDI, RCX bytes. */
FUNCTION clear_user_original
FUNCTION clear_user_rep_good
FUNCTION clear_user_erms
FUNCTION rep_stos_alternative
	xor %eax, %eax
	rep stosb
	ret

	.section .note.GNU-stack, "", @progbits
