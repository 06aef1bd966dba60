// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reproducers in the two test frameworks: a KVM selftest (tools/testing/
 * selftests/kvm, names as of Linux 6.12) and a kvm-unit-test (lib/x86).
 */
#include "reports/export_internal.h"

/* CR bits changed by op->v: the new value as a C expression over @now. */
static void put_value(struct exporter *x, const struct op *op, const char *now)
{
	if (op->flags & OP_DELTA)
		put(x, "(%s | 0x%" PRIx64 "ul) & ~0x%" PRIx64 "ul", now, op->v[0], op->v[1]);
	else
		put(x, "0x%" PRIx64 "ul", op->v[0]);
}

static bool is_physbase(uint32_t msr)
{
	return msr >= MSR_MTRR_PHYSBASE(0) && msr <= MSR_MTRR_PHYSMASK(NR_VAR_MTRR - 1) && !(msr & 1);
}

/* --- KVM selftest ------------------------------------------------------------------------ */

/* The framework's own memory begins at 0: a program's that does too moves up by 4G, MTRRs with it. */
static uint64_t choose_shift(const struct program *p)
{
	for (unsigned s = 0; s < MAX_SLOTS; s++)
		if (p->machine.slots[s].size && p->machine.slots[s].gpa < 256ull << 20)
			return 4ull << 30;
	return 0;
}

static void put_selftest_guest(struct exporter *x, const struct op *op)
{
	switch (op->kind) {
	case OP_WRMSR:
		if (x->shift && op->arg >= MSR_MTRR_FIX64K_00000 && op->arg <= MSR_MTRR_FIX4K_F8000)
			leave_out(x, op, "memory moved up by 4G: fixed MTRRs do not reach it");
		put(x, "\tGUEST_PRINTF(\"vector %%u\\n\", wrmsr_safe(0x%x, 0x%" PRIx64 "ul));\n", op->arg,
		    op->v[0] + (is_physbase(op->arg) ? x->shift : 0));
		return;
	case OP_RDMSR:
		put(x, "\tGUEST_PRINTF(\"0x%%lx\\n\", rdmsr(0x%x));\n", op->arg);
		return;
	case OP_CR0:
		put(x, "\t__asm__ volatile(\"mov %%0, %%%%cr0\" : : \"r\"(");
		put_value(x, op, "get_cr0()");
		put(x, ") : \"memory\");\n");
		return;
	case OP_CR4:
		put(x, "\tset_cr4(");
		put_value(x, op, "get_cr4()");
		put(x, ");\n");
		return;
	case OP_READ:
		put(x, "\t(void)READ_ONCE(*(uint8_t *)0x%" PRIx64 "ul);\n", op->v[0] + x->shift);
		return;
	case OP_WRITE:
		put(x, "\tWRITE_ONCE(*(uint8_t *)0x%" PRIx64 "ul, 0x5a);\n", op->v[0] + x->shift);
		return;
	case OP_EXEC:
		put(x, "\tWRITE_ONCE(*(uint8_t *)0x%" PRIx64 "ul, 0xc3);\n\t((void (*)(void))0x%" PRIx64 "ul)();\n",
		    op->v[0] + x->shift, op->v[0] + x->shift);
		return;
	case OP_WBINVD:
		put(x, "\t__asm__ volatile(\"wbinvd\" : : : \"memory\");\n");
		return;
	case OP_INVLPG:
		put(x, "\t__asm__ volatile(\"invlpg (%%0)\" : : \"r\"(0x%" PRIx64 "ul) : \"memory\");\n", op->v[0]);
		return;
	default:
		leave_out(x, op, "the framework's guest has no such op");
	}
}

static void put_selftest_host(struct exporter *x, const struct op *op)
{
	switch (op->kind) {
	case OP_QUIRK:
		if (op->v[0])
			return leave_out(x, op, "KVM enables no quirk that was disabled");
		put(x, "\tvm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, 0x%x);\n", op->arg);
		return;
	case OP_SLOT:
		if (op->v[1])
			put(x, "\tvm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, 0x%" PRIx64 "ul, %u, 0x%" PRIx64 "ul, %s);\n",
			    op->v[0] + x->shift, op->arg + 10, op->v[1] >> PAGE_SHIFT,
			    op->v[2] & SLOT_READONLY ? "KVM_MEM_READONLY" : "0");
		else
			put(x, "\tvm_mem_region_delete(vm, %u);\n", op->arg + 10);
		return;
	case OP_SETMSR:
		put(x, "\tpr_info(\"KVM_SET_MSRS: %%d\\n\", _vcpu_set_msr(vcpu, 0x%x, 0x%" PRIx64 "ul));\n", op->arg,
		    op->v[0] + (is_physbase(op->arg) ? x->shift : 0));
		return;
	case OP_SPLIT: case OP_COLLAPSE:
		put(x, "\tvm_mem_region_set_flags(vm, %u, %s);\n", op->arg + 10,
		    op->kind == OP_SPLIT ? "KVM_MEM_LOG_DIRTY_PAGES" : "0");
		return;
	default:
		leave_out(x, op, op->kind == OP_DMA ? "non-coherent DMA takes a VFIO device" : "the framework has no such call");
	}
}

/* Calls of the guest's code and of the host come in turns: the guest ends each of its turns with a sync. */
static void put_selftest_turns(struct exporter *x, bool guest)
{
	const struct program *p = x->program;

	x->step = 0;
	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];
		bool turn_ends = i + 1 == p->nr_ops || op_is_host(&p->ops[i + 1]);
		char text[200];

		x->step += !(op->flags & OP_ALONG);
		op_print(op, text, sizeof(text));
		if (op_is_host(op) == guest) {
			if (!guest && turn_ends)
				put(x, "\trun_to(vcpu, %u);\n", x->step);
			continue;
		}
		put(x, "\t/* step %u: %s */\n", x->step, text);
		if (!guest)
			put_selftest_host(x, op);
		else if (op->vcpu)
			leave_out(x, op, "there is one vCPU here");
		else
			put_selftest_guest(x, op);
		if (guest && turn_ends)
			put(x, "\tGUEST_SYNC(%u);\n", x->step);
	}
}

/* Maps each page that the guest touches, once. */
static void put_selftest_maps(struct exporter *x)
{
	const struct program *p = x->program;

	for (unsigned i = 0; i < p->nr_ops; i++) {
		uint64_t page = p->ops[i].v[0] & ~(PAGE_SIZE - 1);
		bool first = p->ops[i].kind >= OP_READ && p->ops[i].kind <= OP_EXEC;

		for (unsigned before = 0; before < i && first; before++)
			first = p->ops[before].kind < OP_READ || p->ops[before].kind > OP_EXEC ||
				(p->ops[before].v[0] & ~(PAGE_SIZE - 1)) != page;
		if (first)
			put(x, "\tvirt_map(vm, 0x%" PRIx64 "ul, 0x%" PRIx64 "ul, 1);\n", page + x->shift, page + x->shift);
	}
}

void export_selftest(struct exporter *x)
{
	const struct machine *m = &x->program->machine;

	x->shift = choose_shift(x->program);
	put_head(x, "A KVM selftest",
		 " * As tools/testing/selftests/kvm/x86_64/zaplock_repro.c, named in TEST_GEN_PROGS_x86_64 of the Makefile. It\n"
		 " * passes when it runs to its end; kvm:* and kvmmmu:* trace events, with `zaplock audit', tell the rest.\n");
	put(x, "#include \"test_util.h\"\n#include \"kvm_util.h\"\n#include \"processor.h\"\n\nstatic void guest_code(void)\n{\n");
	put_selftest_turns(x, true);
	put(x, "\tGUEST_DONE();\n}\n\n"
	    "/* Runs the guest until it has done @step. */\nstatic void run_to(struct kvm_vcpu *vcpu, uint64_t step)\n{\n"
	    "\tstruct ucall uc;\n\n\tfor (;;) {\n\t\tvcpu_run(vcpu);\n\t\tswitch (get_ucall(vcpu, &uc)) {\n"
	    "\t\tcase UCALL_PRINTF:\n\t\t\tREPORT_GUEST_PRINTF(uc);\n\t\t\tbreak;\n"
	    "\t\tcase UCALL_ABORT:\n\t\t\tREPORT_GUEST_ASSERT(uc);\n\t\t\treturn;\n"
	    "\t\tcase UCALL_SYNC:\n\t\t\tTEST_ASSERT_EQ(uc.args[1], step);\n\t\t\treturn;\n"
	    "\t\tdefault:\n\t\t\tTEST_FAIL(\"exit reason %%u\", vcpu->run->exit_reason);\n\t\t}\n\t}\n}\n\n"
	    "int main(int argc, char *argv[])\n{\n\tstruct kvm_vcpu *vcpu;\n\tstruct kvm_vm *vm;\n\n"
	    "\tvm = vm_create_with_one_vcpu(&vcpu, guest_code);\n");
	if (m->quirks_off)
		put(x, "\tvm_enable_cap(vm, KVM_CAP_DISABLE_QUIRKS2, 0x%x);\n", m->quirks_off);
	for (unsigned s = 0; s < MAX_SLOTS; s++)
		if (m->slots[s].size)
			put(x, "\tvm_userspace_mem_region_add(vm, VM_MEM_SRC_ANONYMOUS, 0x%" PRIx64 "ul, %u, 0x%" PRIx64 "ul, %s);\n",
			    m->slots[s].gpa + x->shift, s + 10, m->slots[s].size >> PAGE_SHIFT,
			    m->slots[s].flags & SLOT_READONLY ? "KVM_MEM_READONLY" : "0");
	put_selftest_maps(x);
	put_selftest_turns(x, false);
	put(x, "\tkvm_vm_free(vm);\n\treturn 0;\n}\n");
}

/* --- kvm-unit-test ------------------------------------------------------------------------ */

void export_kvm_unit_test(struct exporter *x)
{
	const struct program *p = x->program;

	put_head(x, "A kvm-unit-test",
		 " * As x86/zaplock_repro.c, named in x86/Makefile.common and unittests.cfg. Guest ops only: what the host does\n"
		 " * is left out. It reports what each step met; trace events of the host, with `zaplock audit', tell the rest.\n");
	put(x, "#include \"libcflat.h\"\n#include \"processor.h\"\n#include \"desc.h\"\n#include \"vm.h\"\n\nint main(void)\n{\n\tsetup_vm();\n");
	for (unsigned i = 0; i < p->nr_ops; i++) {
		const struct op *op = &p->ops[i];
		char text[200];

		x->step += !(op->flags & OP_ALONG);
		op_print(op, text, sizeof(text));
		if (op_is_host(op) || op->vcpu) {
			leave_out(x, op, op->vcpu ? "there is one vCPU here" : "it is the host's");
			continue;
		}
		put(x, "\t/* step %u: %s */\n", x->step, text);
		switch (op->kind) {
		case OP_WRMSR:
			put(x, "\treport_info(\"step %u: vector %%d\", wrmsr_safe(0x%x, 0x%" PRIx64 "ull));\n", x->step, op->arg,
			    op->v[0]);
			break;
		case OP_RDMSR:
			put(x, "\treport_info(\"step %u: 0x%%lx\", (unsigned long)rdmsr(0x%x));\n", x->step, op->arg);
			break;
		case OP_CR0: case OP_CR4:
			put(x, "\treport_info(\"step %u: vector %%d\", write_cr%d_safe(", x->step, op->kind == OP_CR0 ? 0 : 4);
			put_value(x, op, op->kind == OP_CR0 ? "read_cr0()" : "read_cr4()");
			put(x, "));\n");
			break;
		case OP_READ: case OP_WRITE:
			put(x, op->kind == OP_READ ? "\t(void)*(volatile u8 *)phys_to_virt(0x%" PRIx64 "ull);\n" :
			    "\t*(volatile u8 *)phys_to_virt(0x%" PRIx64 "ull) = 0x5a;\n", op->v[0]);
			break;
		case OP_WBINVD:
			put(x, "\twbinvd();\n");
			break;
		case OP_INVLPG:
			put(x, "\tinvlpg((void *)0x%" PRIx64 "ul);\n", op->v[0]);
			break;
		default:
			leave_out(x, op, "it has no form in this framework");
		}
	}
	put(x, "\treport(true, \"ran to its end\");\n\treturn report_summary();\n}\n");
}
