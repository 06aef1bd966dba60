// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model as a target: options, reset, ops one by one, snapshot.
 * See vm.h for the machine and policy.c for what differs between kernels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/targets/model/guest.h"
#include "harness/targets/model/sched.h"
#include "harness/targets/model/step.h"

#define MODEL_CAPS (CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_SPTES | CAP_SPTE_EVENTS | \
		    CAP_ZAP_EVENTS | CAP_TLB | CAP_GUEST_TLB | CAP_VCPUS | CAP_MEMTYPES | \
		    CAP_REGS | CAP_SCHEDULES)

const struct model_defect_info model_defect_table[] = {
#define DEFECT(id, name, policy, kind, shortest, origin, sentence) \
	{ name, policy, MODEL_DEFECT_##kind, shortest, origin, sentence },
#include "harness/targets/model/defects.def"
#undef DEFECT
	{ 0 },
};

const struct model_policy_info model_policy_table[] = {
	{ "linux-5.15", PROFILE_LINUX_5_15,
	  "derived from v6.1 and the commits that rules B.5 and C.2 name" },
	{ "linux-6.1", PROFILE_LINUX_6_1, "read from Debian's linux-source-6.1, 6.1.192" },
	{ "yan-v4", PROFILE_YAN_V4,
	  "linux-6.7 and patches 1 to 10 of 20230714064656.20147-1-yan.y.zhao@intel.com, read from the mails; "
	  "not merged, no tree to check against" },
	{ "linux-6.7", PROFILE_LINUX_6_7,
	  "derived from v6.1, v6.12 and the commits that rules B.7 names" },
	{ "linux-6.11", PROFILE_LINUX_6_11,
	  "derived from v6.12 less the commits that rules B.9 names" },
	{ "linux-6.11-rc", PROFILE_LINUX_6_11_RC,
	  "not checked against a source: linux-6.11 and 377b2f359d1f" },
	{ "linux-6.16", PROFILE_LINUX_6_16, "read from Debian's linux-source-6.12, 6.12.117" },
	{ "linux-5.16", PROFILE_LINUX_5_15,
	  "v5.16 and v5.17: derived from linux-5.15 and the commits that rules C.2 names, not checked against a "
	  "source" },
	{ "linux-5.18", PROFILE_LINUX_5_15,
	  "v5.18 and v5.19: linux-5.16 and what of mail 001's series was merged (f4bc051fc91a); roles as in v6.1, "
	  "the rest not checked against a source" },
	{ "paolo-v1", PROFILE_LINUX_5_15,
	  "linux-5.16 and 20220209170020.1775368-13-pbonzini@redhat.com, read from the mail: a role change loads "
	  "the root from the cache; not merged, no tree to check against" },
	{ "paolo-v2", PROFILE_LINUX_5_15,
	  "linux-5.18 and 20220217210340.312449-19-pbonzini@redhat.com, read from the mail: the same by request; "
	  "not merged, no tree to check against" },
	{ "seanjc-vcpu0", PROFILE_LINUX_5_15,
	  "linux-5.15 and the diff in the review of \"Refactor vmx_get_mt_mask\" (Sean Christopherson, November "
	  "2021): vCPU 0's memtypes for the VM; not merged, no tree to check against" },
	{ "vitaly-rfc", PROFILE_LINUX_5_15,
	  "linux-5.15 and 20200514180540.52407-1-vkuznets@redhat.com, read from the mails: read-only slots are "
	  "KVM_MEM_ALLONES, mapped whole at the first read; not merged, no tree to check against" },
	{ "vitaly-rfc-ro", PROFILE_LINUX_5_15,
	  "vitaly-rfc with memslot_is_readonly() as its review asks; not merged, no tree to check against" },
	{ "seanjc-allones", PROFILE_LINUX_5_15,
	  "the review's alternative, 20200514194624.GB15847@linux.intel.com: reads of such slots emulated, nothing "
	  "mapped; not merged, no tree to check against" },
	{ "yan-v4-11", PROFILE_YAN_V4,
	  "yan-v4 and patch 11, 20230714065602.20805-1-yan.y.zhao@intel.com: zaps by memslot; not merged, "
	  "no tree to check against" },
	{ "yan-v4-12", PROFILE_YAN_V4,
	  "yan-v4-11 and patch 12, 20230714065631.20869-1-yan.y.zhao@intel.com: zaps under the read lock; "
	  "not merged, no tree to check against" },
	{ "canary", PROFILE_LINUX_6_16, "linux-6.16 with several rules broken on purpose" },
	{ 0 },
};

/* What `model:canary` breaks: one rule of each kind. */
static const enum defect canary_defects[] = {
	DEFECT_NO_ZAP_DMA, DEFECT_IPAT_NEVER, DEFECT_MMIO_NOT_UC, DEFECT_DEFTYPE_RESERVED,
	DEFECT_NW_WITHOUT_CD, DEFECT_RO_WRITABLE, DEFECT_INIT_PAT, DEFECT_NO_FLUSH_ZAP,
	DEFECT_SLOT_KEEPS_LEAVES,
};

static void inject(struct model *m, enum defect d)
{
	m->defects[d / 64] |= 1ULL << d % 64;
	m->defective = true;
}

static const struct policy *policy_by_name(const char *name, size_t len)
{
	for (unsigned i = 0; i < model_nr_policies; i++) {
		const struct policy *policy = &model_policies[i];

		if (strlen(policy->name) == len && !strncmp(policy->name, name, len))
			return policy;
	}
	return NULL;
}

/*
 * Options with a number: which allocation of a zap range fails (yan-v4*), and
 * the id that the VMM gave to vCPU 0. False: @option is none of these.
 */
static bool number_option(struct model *m, const char *option, size_t len)
{
	const struct { const char *name; uint32_t *value; } numbers[] = {
		{ "fail-alloc=", &m->fail_alloc },
		{ "first-vcpu-id=", &m->first_vcpu_id },
	};

	for (unsigned i = 0; i < 2; i++) {
		size_t skip = strlen(numbers[i].name), digits;

		if (strncmp(option, numbers[i].name, skip))
			continue;
		digits = strspn(option + skip, "0123456789");
		if (digits && digits < 5 && skip + digits == len) {
			*numbers[i].value = atoi(option + skip);
			return true;
		}
	}
	return false;
}

/* Reads "PROFILE[,OPTION]..." into *m. False with the reason in @error. */
static bool parse_options(struct model *m, const char *arg, char *error, size_t size)
{
	size_t len = strcspn(arg, ",");
	const char *next = arg + len;

	if (len == strlen("canary") && !strncmp(arg, "canary", len)) {
		m->policy = policy_by_name("linux-6.16", strlen("linux-6.16"));
		for (size_t i = 0; i < sizeof(canary_defects) / sizeof(canary_defects[0]); i++)
			inject(m, canary_defects[i]);
	} else {
		m->policy = policy_by_name(arg, len);
	}
	if (!m->policy) {
		snprintf(error, size, "model: no policy `%.*s`; `zaplock profiles` lists them, "
			 "for example model:linux-6.1", (int)(len < 40 ? len : 40), arg);
		return false;
	}
	while (*next) {
		const char *option = next + 1, *name = option + strlen("defect=");
		unsigned d = 0;

		len = strcspn(option, ",");
		next = option + len;
		if (number_option(m, option, len))
			continue;
		if (strncmp(option, "defect=", strlen("defect="))) {
			snprintf(error, size, "model: `%.*s` is no option; expected defect=NAME, "
				 "fail-alloc=N or first-vcpu-id=N",
				 (int)(len < 40 ? len : 40), option);
			return false;
		}
		len -= strlen("defect=");
		while (d < NR_DEFECTS && (strlen(model_defect_table[d].name) != len ||
					  strncmp(model_defect_table[d].name, name, len)))
			d++;
		if (d == NR_DEFECTS) {
			snprintf(error, size,
				 "model: no defect `%.*s`; `zaplock defects` lists them",
				 (int)(len < 40 ? len : 40), name);
			return false;
		}
		inject(m, d);
	}
	return true;
}

static struct target *model_open(const char *arg, char *error, size_t size)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m) {
		snprintf(error, size, "model: out of memory for a VM of %zu MiB", sizeof(*m) >> 20);
		return NULL;
	}
	if (!parse_options(m, arg, error, size)) {
		free(m);
		return NULL;
	}
	m->target.ops = &model_target_ops;
	snprintf(m->target.name, sizeof(m->target.name), "model:%s", arg);
	m->target.caps = MODEL_CAPS;
	m->target.profile = m->policy->profile;
	snprintf(m->target.profile_why, sizeof(m->target.profile_why), "the model's policy %s",
		 m->policy->name);
	return &m->target;
}

static void model_close(struct target *t)
{
	sched_free(((struct model *)t)->sched);
	free(t->events);
	free(t);
}

static enum target_status model_reset(struct target *t, const struct machine *machine)
{
	struct model *m = (struct model *)t;

	if (!machine->nr_vcpus || machine->nr_vcpus > MAX_VCPUS || machine->maxphyaddr < 32 ||
	    machine->maxphyaddr > 52) {
		snprintf(t->why, sizeof(t->why), "the model runs 1 to %u vCPUs of 32 to 52 address "
			 "bits, this machine has %u of %u", MAX_VCPUS, machine->nr_vcpus,
			 machine->maxphyaddr);
		return TARGET_SKIPPED;
	}
	m->status = TARGET_OK;
	model_vm_reset(m, machine);
	t->layout = m->ept ? SPTE_EPT : SPTE_PAE;
	return TARGET_OK;
}

static enum target_status model_step(struct target *t, const struct op *op, struct outcome *out)
{
	struct model *m = (struct model *)t;

	if (op_has_vcpu(op) && op->vcpu >= m->vm.machine.nr_vcpus) {
		snprintf(t->why, sizeof(t->why), "the program names vCPU %u, the machine has %u",
			 op->vcpu, m->vm.machine.nr_vcpus);
		return TARGET_SKIPPED;
	}
	model_run_op(m, op, out);
	return m->status;
}

static size_t model_leaves(struct target *t, struct leaf *leaves, size_t max)
{
	return model_snapshot(&((struct model *)t)->vm, leaves, max);
}

static struct target_regs model_regs(struct target *t, unsigned vcpu)
{
	const struct vcpu *v = &((struct model *)t)->vm.vcpus[vcpu];

	return (struct target_regs){
		.cr0 = v->mode.cr0, .cr3 = v->mode.cr3, .cr4 = v->mode.cr4, .efer = v->mode.efer,
		.pat = v->pat, .def_type = v->mtrr.def_type,
	};
}

static void model_list(void (*emit)(const char *arg, const char *note, void *ctx), void *ctx)
{
	for (unsigned i = 0; model_policy_table[i].name; i++)
		emit(model_policy_table[i].name, model_policy_table[i].provenance, ctx);
}

const struct target_ops model_target_ops = {
	.name = "model",
	.summary = "userspace model of KVM's MMU, one policy a kernel",
	.usage = "model:POLICY[,defect=NAME][,fail-alloc=N][,first-vcpu-id=N]",
	.open = model_open,
	.reset = model_reset,
	.step = model_step,
	.group = model_group,
	.points = model_point_names,
	.snapshot = model_leaves,
	.regs = model_regs,
	.close = model_close,
	.list = model_list,
};
