/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's code: one stub a guest op, the instruction that the op names,
 * for control registers the one that reads the value back, and an OUT that ends
 * the step. Registers carry operands and results, so nothing else runs. The
 * bytes are data here; guest.c copies them into the guest's memory.
 *
 * Order: enum guest_stub of guest.h. A test disassembles every stub and holds
 * it against the op's name.
 */
	.section .rodata.guest, "a", @progbits
	.code64
	.balign 16
	.globl	guest_code, guest_code_end, guest_stub_offsets
guest_code:

	/* An entry of guest_stub_offsets, in bytes from guest_code, for what follows. */
	.macro	stub
	.pushsection .rodata.guest_stubs, "a", @progbits
	.long	771f - guest_code
	.popsection
771:
	.endm

	.macro	done
	out	%al, $0xf0		/* GUEST_PORT_DONE */
	.endm

	.pushsection .rodata.guest_stubs, "a", @progbits
	.balign 4
guest_stub_offsets:
	.popsection

	stub				/* STUB_RDMSR: ecx -> edx:eax */
	rdmsr
	done
	stub				/* STUB_WRMSR: ecx, edx:eax */
	wrmsr
	done
	stub				/* STUB_CR0: rax, and back */
	mov	%rax, %cr0
	mov	%cr0, %rax
	done
	stub				/* STUB_CR3 */
	mov	%rax, %cr3
	mov	%cr3, %rax
	done
	stub				/* STUB_CR4 */
	mov	%rax, %cr4
	mov	%cr4, %rax
	done
	stub				/* STUB_READ: the byte at rbx -> al */
	mov	(%rbx), %al
	done
	stub				/* STUB_WRITE: al -> the byte at rbx */
	mov	%al, (%rbx)
	done
	stub				/* STUB_STORE: rax -> the guest's page-table entry at rbx */
	mov	%rax, (%rbx)
	done
	stub				/* STUB_EXEC: copied to where the guest fetches; dx = GUEST_PORT_DONE */
	out	%al, (%dx)
	stub				/* STUB_WBINVD */
	wbinvd
	done
	stub				/* STUB_INVD */
	invd
	done
	stub				/* STUB_INVLPG: rbx */
	invlpg	(%rbx)
	done
	stub				/* STUB_INVPCID: type in rax, descriptor at rbx */
	invpcid	(%rbx), %rax
	done
	stub				/* STUB_CPUID: eax, ecx */
	cpuid
	done
	stub				/* STUB_RSM */
	rsm
	done

	/* STUB_VECTORS: 32 exception handlers of GUEST_VECTOR_SIZE bytes each. */
	.balign 16
	stub
	.set	vector, 0
	.rept	32
	out	%al, $(0x80 + vector)	/* GUEST_PORT_EXCEPTION */
	.balign 4, 0x90
	.set	vector, vector + 1
	.endr
guest_code_end:
	stub				/* NR_GUEST_STUBS: the end */

	.section .note.GNU-stack, "", @progbits
