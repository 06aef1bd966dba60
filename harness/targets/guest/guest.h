/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest that runs programs on real or emulated CPUs: its code (stubs.S),
 * its page tables, IDT, GDT and TSSs, and how a guest op becomes a call of one
 * stub. It knows no hypervisor; the targets `kvm` and `unicorn` put the image
 * into memory, set registers as a call says, and hand back what came of it.
 *
 * All of it lives in one stretch of guest-physical memory, the footprint
 * [GUEST_GPA, GUEST_GPA + GUEST_SIZE), which belongs to no program: one whose
 * memslots or accesses reach into it is skipped. A program's CR3 begins there
 * (RUNNING_CR3). Where CR3 goes elsewhere, the target copies the root there.
 *
 * Linear addresses (SDM vol 3A 4.5), 4-level paging:
 *   GUEST_VA	the image, supervisor only: CPL0 code, tables, stacks
 *   USER_VA	the image's code, for CPL3
 *   DIRECT_VA	all guest-physical memory for CPL3, 2M pages made as needed, PAT index 0
 * Memory ops run at CPL3, where SMEP and SMAP do not matter and where a
 * hypervisor that emulates CPL0 uses its page tables. Nothing is global, all
 * entries are accessed and dirty from the start, so the CPU writes no table.
 */
#ifndef ZAPLOCK_GUEST_H
#define ZAPLOCK_GUEST_H

#include <stddef.h>

#include "oracle/op.h"

#define GUEST_GPA	(RUNNING_CR3 - 0x1000)
#define GUEST_SIZE	0x200000ULL
#define GUEST_VA	0x600000000000ULL
#define USER_VA		0x608000000000ULL
#define DIRECT_VA	0x200000000000ULL
#define DIRECT_SIZE	(1ULL << 46)
#define GUEST_VA_END	(USER_VA + (1ULL << 39))

/* Offsets into the image. */
#define GUEST_GDT	0x000u
#define GUEST_IDT	0x800u
#define GUEST_IDT_SIZE	(32u * 16)
#define GUEST_ROOTS	0x1000u		/* eight root pages: RUNNING_CR3 and what programs load near it */
#define GUEST_NR_ROOTS	8u
#define GUEST_CODE	0x9000u
#define GUEST_TSS(vcpu)	(0xa000u + 0x100u * (vcpu))
#define GUEST_STACK(vcpu) (0xb000u + 0x1000u * (vcpu))	/* a page; exceptions push from its end */
#define GUEST_TABLES	0x13000u	/* page tables, up to the end */

/* Selectors. */
#define GUEST_CS	0x08u
#define GUEST_DS	0x10u
#define GUEST_USER_CS	0x1bu
#define GUEST_USER_DS	0x23u
#define GUEST_TR	0x28u

/* Ports that end a step. */
#define GUEST_PORT_DONE		0xf0u
#define GUEST_PORT_EXCEPTION	0x80u	/* + vector */

enum guest_stub {
	STUB_RDMSR, STUB_WRMSR, STUB_CR0, STUB_CR3, STUB_CR4, STUB_READ, STUB_WRITE, STUB_STORE,
	STUB_EXEC, STUB_WBINVD, STUB_INVD, STUB_INVLPG, STUB_INVPCID, STUB_CPUID, STUB_RSM,
	STUB_VECTORS, NR_GUEST_STUBS,
};
#define GUEST_VECTOR_SIZE 4u

/* From stubs.S: bytes, and where in them each stub begins. */
extern const uint8_t guest_code[], guest_code_end[];
extern const uint32_t guest_stub_offsets[NR_GUEST_STUBS + 1];

struct guest {
	uint8_t *image;			/* GUEST_SIZE bytes, page aligned */
	uint32_t next_table;		/* offset of the first unused page table */
	uint64_t root[512];		/* what every root page holds */
};

/* A stub to run, and its registers. */
struct guest_call {
	enum guest_stub stub;
	bool user;			/* at CPL3, with IOPL 3 */
	uint64_t rip, rax, rbx, rcx, rdx;
};

/* What came of a call. */
struct guest_result {
	enum { GUEST_DONE, GUEST_EXCEPTION, GUEST_MMIO } kind;
	uint8_t vector;
	bool has_error;
	uint64_t error;			/* the exception's error code */
	uint64_t rip;			/* of the instruction that faulted */
	uint64_t rax, rdx;
};

/* Writes the image: tables, code, one TSS and stack a vCPU. @image holds GUEST_SIZE bytes. */
void guest_init(struct guest *g, uint8_t *image);

/* The root page table as CR3's page must hold it: 4096 bytes. */
static inline const uint64_t *guest_root(const struct guest *g)
{
	return g->root;
}

static inline bool guest_in_footprint(uint64_t gpa, uint64_t size)
{
	return gpa < GUEST_GPA + GUEST_SIZE && GUEST_GPA < gpa + size;
}

/*
 * The CPL3 address of @gpa, mapping it if need be. 0, with the reason in *why,
 * if it is beyond DIRECT_SIZE or the tables are full.
 */
uint64_t guest_direct(struct guest *g, uint64_t gpa, const char **why);

/* Where @va leads by the tables, from linear to guest-physical; false where nothing is mapped. */
bool guest_translate(const struct guest *g, uint64_t va, uint64_t *gpa);

/*
 * The call for guest op @op of op->vcpu; @value is the operand of CR ops once
 * deltas are resolved. False, with the reason in *why, if the guest cannot do it.
 */
bool guest_plan(struct guest *g, const struct op *op, uint64_t value, struct guest_call *call,
		const char **why);

/* Why no program may write @msr, whichever way; NULL if it may. */
const char *guest_msr_refused(uint32_t msr);

/* The op's outcome as the engine wants it; @note gets how it failed ("#GP(0x0) at RIP ...") or "". */
struct outcome guest_outcome(const struct op *op, const struct guest_result *result, char *note,
			     size_t size);

/* Error code and RIP from the frame that @vector pushed on the stack of @vcpu; @rsp is linear. */
void guest_exception(const struct guest *g, unsigned vcpu, uint8_t vector, uint64_t rsp,
		     struct guest_result *result);

/*
 * "wrmsr" etc. for the instruction at @bytes; hex bytes where Capstone is
 * missing. Returns its length in bytes, 0 if there is none.
 */
size_t guest_disassemble(const uint8_t *bytes, size_t size, uint64_t rip, char *text, size_t text_size);
bool guest_can_disassemble(void);

#endif
