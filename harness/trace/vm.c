// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of the VM and what R-MT rests on (rules B.4 to B.10, H).
 *
 * vm_missing() names, in the order in which the profiles' tables ask for them,
 * the inputs of R-MT. It says nothing of the answers, which are the oracle's.
 * That an input it does not name never changes the oracle's answer is a
 * property that tests check on random states.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/program/program.h"
#include "harness/trace/vm.h"

#define ALL_VAR		((1u << 2 * NR_VAR_MTRR) - 1)
#define ALL_FIXED	((1u << NR_FIXED_MTRR_MSRS) - 1)

static const uint32_t fixed_msr[NR_FIXED_MTRR_MSRS] = {
	0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
};

static int fixed_index(uint32_t msr)
{
	for (unsigned i = 0; i < NR_FIXED_MTRR_MSRS; i++)
		if (fixed_msr[i] == msr)
			return i;
	return -1;
}

static bool is_variable(uint32_t msr)
{
	return msr - MSR_MTRR_PHYSBASE(0) < 2 * NR_VAR_MTRR;
}

bool msr_is_followed(uint32_t msr)
{
	return is_variable(msr) || fixed_index(msr) >= 0 || msr == MSR_MTRR_DEF_TYPE ||
	       msr == MSR_PAT;
}

bool vcpu_msr_known(const struct trace_vcpu *vcpu, uint32_t msr)
{
	const struct mt_inputs *in = &vcpu->inputs;

	if (is_variable(msr))
		return in->var_known >> (msr - MSR_MTRR_PHYSBASE(0)) & 1;
	if (msr == MSR_MTRR_DEF_TYPE)
		return in->def_type_known;
	if (msr == MSR_PAT)
		return vcpu->pat_known;
	return fixed_index(msr) >= 0 && (in->fixed_known >> fixed_index(msr) & 1);
}

void vcpu_msr_learn(struct trace_vcpu *vcpu, uint32_t msr, bool known)
{
	struct mt_inputs *in = &vcpu->inputs;
	uint32_t bit;

	if (is_variable(msr)) {
		bit = 1u << (msr - MSR_MTRR_PHYSBASE(0));
		in->var_known = known ? in->var_known | bit : in->var_known & ~bit;
	} else if (msr == MSR_MTRR_DEF_TYPE) {
		in->def_type_known = known;
		in->def_type = oracle_regs(&vcpu->oracle, 0).def_type;
	} else if (msr == MSR_PAT) {
		vcpu->pat_known = known;
	} else if (fixed_index(msr) >= 0) {
		bit = 1u << fixed_index(msr);
		in->fixed_known = known ? in->fixed_known | bit : in->fixed_known & ~bit;
	}
}

void vcpu_cr0_learn(struct trace_vcpu *vcpu, uint64_t value)
{
	vcpu->cr0 = value;
	vcpu->inputs.cr0_known = true;
	vcpu->inputs.cd = value & CR0_CD;
}

bool cr0_op(uint64_t value, struct op *op)
{
	bool cd = value & CR0_CD;

	*op = (struct op){ .kind = OP_CR0, .flags = OP_DELTA,
			   .v = { cd ? CR0_CD : 0, cd ? 0 : CR0_CD | CR0_NW } };
	/* SDM 2.5, table 11-5; rules A.5, B.3 */
	return !(value >> 32) && (cd || !(value & CR0_NW)) &&
	       (!(value & CR0_PG) || (value & CR0_PE));
}

static void vm_machine(const struct trace_vm *vm, struct machine *machine)
{
	const struct facts *facts = &vm->facts;

	machine_default(machine);
	machine->vendor = facts->intel == TRI_NO ? VENDOR_AMD : VENDOR_INTEL;
	machine->start = START_RUNNING;
	machine->nr_vcpus = 1;
	/*
	 * KVM refuses reserved bits, so a wider MAXPHYADDR than the guest's changes
	 * nothing for pages that the guest has.
	 */
	machine->maxphyaddr = facts->maxphyaddr ? facts->maxphyaddr : 52;
	machine->cpuid_mtrr = facts->cpuid_mtrr != TRI_NO;
	machine->selfsnoop = facts->selfsnoop == TRI_YES;
	machine->tdp = facts->tdp != TRI_NO;
	machine->quirks_off = facts->quirks_known & facts->quirks_off;
	machine->quirks_on = facts->quirks_known & ~facts->quirks_off;
	memcpy(machine->slots, facts->slots, sizeof(machine->slots));
}

static void step(struct oracle *oracle, struct op op)
{
	struct oracle_result result;

	oracle_step(oracle, &op, &result);
}

/* The oracle of a fresh VM; registers are set by who calls. */
static void vcpu_reset_oracle(const struct trace_vm *vm, struct trace_vcpu *vcpu)
{
	enum profile profile = vm->facts.profile;
	struct machine machine;

	vm_machine(vm, &machine);
	/* Without a profile only what is true in every one of them is asked: any will do. */
	oracle_reset(&vcpu->oracle, &machine, profile ? profile : PROFILE_LINUX_6_1);
	if (vm->dma)
		step(&vcpu->oracle, (struct op){ .kind = OP_DMA, .arg = 1 });
}

static void set_msr(struct trace_vcpu *vcpu, uint32_t msr, uint64_t value)
{
	step(&vcpu->oracle, (struct op){ .kind = OP_SETMSR, .arg = msr, .v = { value } });
	vcpu_msr_learn(vcpu, msr, true);
}

static void set_cr0(struct trace_vcpu *vcpu, uint64_t value)
{
	struct op op;

	if (cr0_op(value, &op))
		step(&vcpu->oracle, op);
	vcpu_cr0_learn(vcpu, value);
}

static void vcpu_init(struct trace_vm *vm, struct trace_vcpu *vcpu)
{
	const struct facts *facts = &vm->facts;
	unsigned id = vcpu->id;

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->id = id;
	vcpu->pid = vcpu->tgid = -1;
	/* The only one there is: whatever happens, happens to it. */
	vcpu->ran = facts->vcpus == 1;
	vcpu_reset_oracle(vm, vcpu);
	if (vm->created) {
		vcpu->inputs.def_type_known = vcpu->pat_known = true;
		vcpu->inputs.var_known = ALL_VAR;
		vcpu->inputs.fixed_known = ALL_FIXED;
		set_cr0(vcpu, facts->start == START_RESET ? RESET_CR0 : RUNNING_CR0);
	}
	if (facts->cr0_known)
		set_cr0(vcpu, facts->cr0);
	for (unsigned i = 0; i < facts->nr_msrs; i++)
		set_msr(vcpu, facts->msrs[i].msr, facts->msrs[i].value);
}

void vm_init(struct trace_vm *vm, const struct facts *facts)
{
	vm_free(vm);
	*vm = (struct trace_vm){ .facts = *facts, .created = facts->start != START_UNKNOWN };
	/* start= says nothing of these: a VMM sets them by ioctls before the VM runs. */
	vm->dma_known = facts->dma >= 0;
	vm->dma = facts->dma > 0 ? facts->dma : 0;
	vm->quirks_known = facts->quirks_known;
	if (facts->vcpus == 1)
		vm_vcpu(vm, 0);
}

void vm_free(struct trace_vm *vm)
{
	for (unsigned i = 0; i < vm->nr_vcpus; i++) {
		free(vm->vcpu[i]);
		vm->vcpu[i] = NULL;
	}
}

struct trace_vcpu *vm_vcpu(struct trace_vm *vm, unsigned id)
{
	if (id >= FACTS_MAX_VCPUS)
		return NULL;
	if (!vm->vcpu[id]) {
		vm->vcpu[id] = malloc(sizeof(*vm->vcpu[id]));
		if (!vm->vcpu[id])
			return NULL;
		vm->vcpu[id]->id = id;
		vcpu_init(vm, vm->vcpu[id]);
		if (id >= vm->nr_vcpus)
			vm->nr_vcpus = id + 1;
	}
	return vm->vcpu[id];
}

void vcpu_forget(struct trace_vcpu *vcpu)
{
	vcpu->inputs = (struct mt_inputs){ 0 };
	vcpu->pat_known = vcpu->smm_cr0_known = vcpu->cr0_open = false;
}

void vm_forget(struct trace_vm *vm)
{
	vm->created = vm->dma_known = vm->dma_open = false;
	vm->quirks_known = 0;
	for (unsigned i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i])
			vcpu_forget(vm->vcpu[i]);
}

void vm_rebuild(struct trace_vm *vm)
{
	for (unsigned i = 0; i < vm->nr_vcpus; i++) {
		struct trace_vcpu *vcpu = vm->vcpu[i];
		struct oracle old;

		if (!vcpu)
			continue;
		old = vcpu->oracle;
		vcpu_reset_oracle(vm, vcpu);
		vcpu->steps++;
		for (uint32_t msr = MSR_MTRR_PHYSBASE(0); msr <= MSR_MTRR_DEF_TYPE; msr++) {
			struct op op = { .kind = OP_RDMSR, .arg = msr };
			struct oracle_result result;

			if (!vcpu_msr_known(vcpu, msr))
				continue;
			oracle_step(&old, &op, &result);
			set_msr(vcpu, msr, result.outcome.value);
		}
		if (vcpu->inputs.cr0_known)
			set_cr0(vcpu, vcpu->cr0);
	}
}

bool vm_host_known(const struct trace_vm *vm)
{
	return vm->facts.tdp == TRI_NO || vm->facts.intel == TRI_NO ||
	       (vm->facts.intel == TRI_YES && vm->facts.tdp == TRI_YES);
}

/* Memtypes in SPTEs: VMX with EPT and nothing else (rules B.1, B.10). */
static bool has_ept(const struct trace_vm *vm)
{
	return vm->facts.intel == TRI_YES && vm->facts.tdp == TRI_YES;
}

enum spte_layout vm_layout(const struct trace_vm *vm)
{
	return has_ept(vm) ? SPTE_EPT : SPTE_PAE;
}

struct mt_inputs vm_inputs(const struct trace_vm *vm, const struct trace_vcpu *vcpu)
{
	struct mt_inputs in = { 0 };

	if (vcpu) {
		in = vcpu->inputs;
		in.cr0_known = in.cr0_known && !vcpu->nested && !vcpu->cr0_open;
	}
	/* A count that is not known but not 0 is all that R-MT asks. */
	in.dma = vm->dma;
	in.dma_known = (vm->dma_known || vm->dma) && !vm->dma_open;
	in.quirks_known = vm->quirks_known;
	return in;
}

/* Profiles in which guest MTRRs and CD have a part (rules B). */
static bool profile_has_mtrrs(enum profile profile)
{
	return profile < PROFILE_LINUX_6_11;
}

static int missing_mtrr(const struct trace_vm *vm, const struct mt_inputs *in, uint64_t gfn,
			uint64_t npages)
{
	bool fixed = gfn < GFN_1M && (in->def_type & MTRR_DEF_TYPE_FE);

	if (!in->def_type_known)
		return UNKNOWN_DEF_TYPE;
	if (!(in->def_type & MTRR_DEF_TYPE_E))
		return vm->facts.cpuid_mtrr == TRI_UNKNOWN ? UNKNOWN_CPUID : KNOWN;
	if (fixed && in->fixed_known != ALL_FIXED)
		return UNKNOWN_FIXED;
	if ((!fixed || gfn + npages > GFN_1M) && in->var_known != ALL_VAR)
		return UNKNOWN_VARIABLE;
	return KNOWN;
}

/* Without self-snoop IGNORE_GUEST_PAT cannot be disabled, whoever says that it is (rules B.9). */
static int missing_quirk(const struct trace_vm *vm, const struct mt_inputs *in)
{
	if (!(in->quirks_known & QUIRK_IGNORE_GUEST_PAT))
		return UNKNOWN_QUIRK;
	if ((vm->facts.quirks_off & QUIRK_IGNORE_GUEST_PAT) && vm->facts.selfsnoop == TRI_UNKNOWN)
		return UNKNOWN_CPUID;
	return KNOWN;
}

int vm_missing(const struct trace_vm *vm, const struct mt_inputs *in, uint64_t gfn,
	       uint64_t npages)
{
	enum profile profile = vm->facts.profile;

	if (!vm_host_known(vm))
		return UNKNOWN_HOST;
	if (!has_ept(vm))
		return KNOWN;
	if (!profile)
		return UNKNOWN_PROFILE;
	if (!in->dma_known)
		return UNKNOWN_DMA;
	if (profile == PROFILE_LINUX_6_11_RC && !in->dma)
		return vm->facts.selfsnoop == TRI_UNKNOWN ? UNKNOWN_CPUID : KNOWN;
	if (profile == PROFILE_LINUX_6_16 && !in->dma)
		return missing_quirk(vm, in);
	if (!profile_has_mtrrs(profile) || !in->dma)
		return KNOWN;
	if (!in->cr0_known)
		return UNKNOWN_CR0;
	if (in->cd)
		return in->quirks_known & QUIRK_CD_NW_CLEARED ? KNOWN : UNKNOWN_QUIRK;
	return missing_mtrr(vm, in, gfn, npages);
}

int vm_extent_missing(const struct trace_vm *vm, const struct mt_inputs *before,
		      const struct op *op)
{
	enum profile profile = vm->facts.profile;

	if (!vm_host_known(vm))
		return UNKNOWN_HOST;
	if (!has_ept(vm))
		return KNOWN;
	if (!profile)
		return UNKNOWN_PROFILE;
	if (!profile_has_mtrrs(profile))
		return KNOWN;
	if (!before->dma_known)
		return UNKNOWN_DMA;
	if (!before->dma)
		return KNOWN;
	if (!before->cr0_known)		/* yan-v4 holds MTRR zaps back while CD=1 */
		return UNKNOWN_CR0;
	if (op->kind == OP_CR0)
		return KNOWN;
	if (!before->def_type_known)
		return UNKNOWN_DEF_TYPE;
	if (is_variable(op->arg) && before->var_known != ALL_VAR)
		return UNKNOWN_VARIABLE;
	return KNOWN;
}
