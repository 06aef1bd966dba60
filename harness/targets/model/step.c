// SPDX-License-Identifier: GPL-2.0-only
/* Ops: from the plain data of a program to what the vCPU or the VMM does. */
#include "harness/targets/model/guest.h"
#include "harness/targets/model/sched.h"
#include "harness/targets/model/step.h"

static void accept(struct outcome *out, bool accepted)
{
	if (out->kind != OUT_ANY)
		out->kind = accepted ? OUT_OK : OUT_GP;
}

static void show(struct outcome *out, uint64_t value)
{
	out->has_value = true;
	out->value = value;
}

/* What MOV writes: outside of 64-bit code its operand has 32 bits. */
static uint64_t new_value(const struct vcpu *v, const struct op *op, uint64_t old)
{
	uint64_t value = op->flags & OP_DELTA ? (old | op->v[0]) & ~op->v[1] : op->v[0];

	if (op->flags & OP_NOFLUSH)
		value |= CR3_NOFLUSH;
	return (v->mode.efer & EFER_LMA) && v->mode.cs_l ? value : (uint32_t)value;
}

static void run_access(struct model *m, const struct op *op, struct outcome *out)
{
	enum access access = op->kind == OP_READ ? ACCESS_READ :
			     op->kind == OP_WRITE ? ACCESS_WRITE : ACCESS_EXEC;
	uint64_t gpa = op->v[0];

	model_touch(m, op->flags & OP_VA ? OBJ_MAPS : 0, 0);
	if ((op->flags & OP_VA) && !model_linear(m, op->vcpu, op->v[0], &gpa)) {
		out->kind = OUT_PF;
		return;
	}
	model_guest_access(m, op->vcpu, gpa, access, out);
}

/* Instructions: the vCPU is in the guest. */
static void run_guest(struct model *m, const struct op *op, struct outcome *out)
{
	struct vcpu *v = &m->vm.vcpus[op->vcpu];

	switch (op->kind) {
	case OP_WRMSR:
		accept(out, model_guest_wrmsr(m, op->vcpu, op->arg, op->v[0], false, out));
		break;
	case OP_RDMSR:
		accept(out, model_guest_rdmsr(m, op->vcpu, op->arg, out));
		break;
	case OP_CR0:
		accept(out, model_set_cr0(m, op->vcpu, new_value(v, op, v->mode.cr0)));
		show(out, v->mode.cr0);
		break;
	case OP_CR3:
		accept(out, model_set_cr3(m, op->vcpu, new_value(v, op, 0)));
		show(out, v->mode.cr3);
		break;
	case OP_CR4:
		accept(out, model_set_cr4(m, op->vcpu, new_value(v, op, v->mode.cr4)));
		show(out, v->mode.cr4);
		break;
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		run_access(m, op, out);
		break;
	case OP_MAP:
		model_guest_map(m, op);
		break;
	case OP_INVLPG:
		model_invlpg(m, op->vcpu, op->v[0]);
		break;
	case OP_INVPCID:
		accept(out, model_guest_invpcid(m, op->vcpu, op));
		break;
	case OP_RSM:
		if (v->smm)
			model_vcpu_rsm(m, op->vcpu);
		else
			out->kind = OUT_UD;
		break;
	default:	/* WBINVD, INVD, CPUID: nothing here depends on them */
		break;
	}
}

static void run_guest_op(struct model *m, const struct op *op, struct outcome *out)
{
	struct vcpu *v = &m->vm.vcpus[op->vcpu];

	if (op->kind == OP_INIT) {
		model_vcpu_init(m, op->vcpu);
		show(out, v->mode.cr0);
		return;
	}
	if (op->kind == OP_SIPI) {
		if (!v->smm && !v->waits_for_init)
			v->waits_for_sipi = false;
		return;
	}
	if (v->waits_for_sipi) {
		out->kind = OUT_BLOCKED;
		return;
	}
	if (op->kind == OP_SMI) {
		model_vcpu_smi(m, op->vcpu);
		return;
	}
	model_vcpu_enter(m, op->vcpu);
	if (m->status)
		return;
	if (v->gp_pending) {	/* injected at this entry, before the instruction */
		v->gp_pending = false;
		out->kind = OUT_GP;
		return;
	}
	run_guest(m, op, out);
}

static int run_host(struct model *m, const struct op *op, struct outcome *out)
{
	struct vcpu *v = &m->vm.vcpus[op->vcpu];
	int err;

	switch (op->kind) {
	case OP_DMA:
		return model_set_dma(m, op->arg);
	case OP_QUIRK:
		return model_set_quirk(m, op->arg, op->v[0]);
	case OP_SLOT:
		return model_set_slot(m, op);
	case OP_BACKING:
	case OP_INVALIDATE:
		return model_invalidate(m, op);
	case OP_SETMSR:
		return model_guest_wrmsr(m, op->vcpu, op->arg, op->v[0], true, out) ? 0 : EINVAL;
	case OP_SREGS:
		err = model_set_sregs(m, op);
		if (!err)
			show(out, v->mode.cr0);
		return err;
	case OP_SETCPUID:
		return model_set_cpuid(m, op);
	case OP_PREFAULT:
		return model_pre_fault(m, op->vcpu, op->v[0], op->v[1]);
	case OP_SPLIT:
		return model_dirty_log(m, op->arg, true);
	case OP_COLLAPSE:
		return model_dirty_log(m, op->arg, false);
	}
	return EINVAL;
}

void model_run_op(struct model *m, const struct op *op, struct outcome *out)
{
	int err;

	*out = (struct outcome){ .kind = OUT_OK };
	if (!op_is_host(op)) {
		run_guest_op(m, op, out);
		return;
	}
	err = run_host(m, op, out);
	if (err) {
		out->kind = OUT_ERRNO;
		show(out, err);
	}
}
