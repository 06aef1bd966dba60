// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target ukvm:6.1, ukvm:6.12, ukvm:TREE: the real KVM of a kernel tree, as a
 * library in this process (abi.h). This side decodes ops and turns KVM's events
 * into the engine's; it knows no kernel header and no rule.
 *
 * One loaded copy of the library is one host machine, so a program's vendor,
 * TDP and self-snoop choose the copy; each is loaded when first asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/targets/ukvm/crash.h"
#include "harness/targets/ukvm/load.h"
#include "harness/targets/ukvm/ukvm.h"

#define NR_HOSTS	8	/* vendor x TDP x self-snoop */

struct host {
	const struct ukvm_api *api;
	void *handle;
};

struct ukvm_target {
	struct target target;
	char kernel[4096];
	char path[4096];
	bool tdp_mmu, eager_split, images;
	struct host hosts[NR_HOSTS];
	struct host *host;		/* of the current program */
	unsigned nr_vcpus;
	bool has_smram;			/* the current program has had an SMI */
	struct crash crash;
	struct symbols *symbols;	/* loaded when first wanted */
	bool no_symbols;		/* there are none */
};

static struct ukvm_target *to_ukvm(struct target *t)
{
	return (struct ukvm_target *)t;
}

/* --- Events ------------------------------------------------------------------- */

static void on_event(void *ctx, const struct ukvm_event *from)
{
	static const enum event_kind kinds[] = {
		[UKVM_EV_SPTE] = EV_SPTE, [UKVM_EV_ZAP_RANGE] = EV_ZAP_RANGE,
		[UKVM_EV_FILL] = EV_FILL, [UKVM_EV_FLUSH] = EV_FLUSH,
		[UKVM_EV_GUEST_FLUSH] = EV_GUEST_FLUSH, [UKVM_EV_ENTER] = EV_ENTER,
		[UKVM_EV_MMIO_SPTE] = EV_MMIO_SPTE,
	};
	struct ukvm_target *u = ctx;
	struct event *ev = target_event(&u->target, kinds[from->kind]);

	ev->vcpu = from->vcpu;
	ev->as_id = from->as_id;
	ev->level = from->level;
	ev->root = from->root;
	ev->gfn = from->gfn;
	ev->end = from->end;
	ev->old_spte = from->old_spte;
	ev->new_spte = from->new_spte;
}

/* --- Crashes and warnings -------------------------------------------------------- */

static const struct symbols *get_symbols(struct ukvm_target *u)
{
	if (!u->symbols && !u->no_symbols) {
		u->symbols = symbols_load(u->path);
		u->no_symbols = !u->symbols;
	}
	return u->symbols;
}

/* @function "", or a shim's: the innermost of KVM's own on the stack is blamed. */
static void report(struct ukvm_target *u, bool fatal, const char *text, const char *function,
		   const char *file, int line, void *const *stack, unsigned depth)
{
	bool nameless = !*function || !strncmp(function, "ukvm_", 5);
	char first[sizeof(u->target.warnings[0].function)], called[256] = "";
	struct target_warning *w;
	size_t length;

	if (nameless || u->target.want_stacks)
		stack_print(get_symbols(u), stack, depth, first, sizeof(first), called, sizeof(called));
	if (nameless)
		function = *called ? first : "unknown";
	w = target_warn(&u->target, function, fatal);
	if (!w)
		return;
	snprintf(w->file, sizeof(w->file), "%s", file);
	w->line = line;
	snprintf(w->text, sizeof(w->text), "%s", text);
	length = strlen(function);
	if (!strncmp(called, function, length) && !strncmp(called + length, " < ", 3))
		snprintf(w->stack, sizeof(w->stack), "%s", called + length + 3);
	else
		snprintf(w->stack, sizeof(w->stack), "%s", called);
}

static void on_crash(void *ctx, const struct ukvm_crash *crash)
{
	struct ukvm_target *u = ctx;
	char text[256];
	void *stack[STACK_DEPTH];

	if (!*crash->file)
		crash_happens(&u->crash, true, crash->text);
	report(u, crash->fatal, crash->text, crash->function, crash->file, crash->line, stack,
	       stack_capture(stack));
	if (!crash->fatal)
		return;
	snprintf(text, sizeof(text), "%s in %s() at %s:%d", crash->text, crash->function,
		 crash->file, crash->line);
	crash_happens(&u->crash, false, text);
}

/* --- Hosts ----------------------------------------------------------------------- */

static void host_drop(struct ukvm_target *u, struct host *host)
{
	/* The VMM exits; a copy that crashed may not even survive that. */
	if (host->api && !u->crash.happened) {
		if (!crash_guard(&u->crash))
			host->api->destroy();
		crash_unguard(&u->crash);
	}
	if (host->handle)
		ukvm_unload(host->handle);
	*host = (struct host){ 0 };
}

/* The host for @machine, booted; NULL with target->why. */
static struct host *host_get(struct ukvm_target *u, const struct machine *machine)
{
	struct ukvm_config config = {
		.amd = machine->vendor == VENDOR_AMD, .tdp = machine->tdp, .tdp_mmu = u->tdp_mmu,
		.eager_split = u->eager_split,
		.selfsnoop = machine->selfsnoop, .create = !u->images, .ctx = u, .event = on_event, .crash = on_crash,
	};
	struct host *host = &u->hosts[config.amd * 4 + config.tdp * 2 + config.selfsnoop];
	const char *failed = NULL;

	if (host->api)
		return host;
	host->api = ukvm_load(u->path, &host->handle, u->target.why, sizeof(u->target.why));
	if (!host->api)
		return NULL;
	u->target.nr_warnings = 0;
	if (crash_guard(&u->crash))
		failed = u->crash.text;
	else
		failed = host->api->start(&config);
	crash_unguard(&u->crash);
	if (!failed && u->target.nr_warnings)
		failed = u->target.warnings[0].text;
	if (failed) {
		snprintf(u->target.why, sizeof(u->target.why), "%s: the kernel does not boot: %s",
			 u->target.name, failed);
		u->target.nr_warnings = 0;
		u->crash.happened = true;
		host_drop(u, host);
		return NULL;
	}
	return host;
}

/* --- Target ----------------------------------------------------------------------- */

static enum profile profile_of(const char *name)
{
	static const struct { const char *name; enum profile profile; } names[] = {
		{ "linux-5.15", PROFILE_LINUX_5_15 }, { "linux-6.1", PROFILE_LINUX_6_1 },
		{ "linux-6.7", PROFILE_LINUX_6_7 }, { "linux-6.11", PROFILE_LINUX_6_11 },
		{ "linux-6.11-rc", PROFILE_LINUX_6_11_RC }, { "linux-6.16", PROFILE_LINUX_6_16 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i].name))
			return names[i].profile;
	}
	return PROFILE_NONE;
}

/* One ",NAME=on|off" of a target's name: a module parameter of KVM, or images (shim/image.c). */
static bool parse_option(struct ukvm_target *u, const char *option, size_t length)
{
	const struct { const char *name; bool *value; } options[] = {
		{ "tdp_mmu=", &u->tdp_mmu }, { "eager_split=", &u->eager_split },
		{ "images=", &u->images },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t n = strlen(options[i].name);
		bool on = length == n + 2 && !strncmp(option + n, "on", 2);
		bool off = length == n + 3 && !strncmp(option + n, "off", 3);

		if (length > n && !strncmp(option, options[i].name, n) && (on || off)) {
			*options[i].value = on;
			return true;
		}
	}
	return false;
}

/* "KERNEL[,OPTION=on|off...]" */
static bool parse(struct ukvm_target *u, const char *arg, char *error, size_t size)
{
	size_t length = strcspn(arg, ",");

	if (!length || length >= sizeof(u->kernel)) {
		snprintf(error, size, "say which kernel: ukvm:6.1, ukvm:6.12 or ukvm:FOLDER of a kernel tree");
		return false;
	}
	memcpy(u->kernel, arg, length);
	u->kernel[length] = 0;
	u->tdp_mmu = u->eager_split = u->images = true;
	for (const char *option = arg + length; *option; option += length) {
		length = strcspn(++option, ",");
		if (!parse_option(u, option, length)) {
			snprintf(error, size, "ukvm: unknown option `%.*s`; there are tdp_mmu=on|off, eager_split=on|off and images=on|off",
				 (int)length, option);
			return false;
		}
	}
	return true;
}

static void ukvm_close(struct target *t)
{
	struct ukvm_target *u = to_ukvm(t);

	for (unsigned i = 0; i < NR_HOSTS; i++) {
		crash_clear(&u->crash);
		host_drop(u, &u->hosts[i]);
	}
	symbols_free(u->symbols);
	free(t->events);
	free(u);
}

static struct target *ukvm_open(const char *arg, char *error, size_t size)
{
	struct ukvm_target *u = calloc(1, sizeof(*u));
	char command[8192];
	void *handle;
	const struct ukvm_api *api;

	if (!u) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	if (!parse(u, arg, error, size))
		goto fail;
	if (!ukvm_find(u->kernel, u->path, sizeof(u->path))) {
		ukvm_build_command(u->kernel, command, sizeof(command));
		snprintf(error, size, "ukvm:%s is not built; build it: %s", u->kernel, command);
		goto fail;
	}
	api = ukvm_load(u->path, &handle, error, size);
	if (!api)
		goto fail;
	u->target.ops = &ukvm_target_ops;
	snprintf(u->target.name, sizeof(u->target.name), "ukvm:%s", arg);
	u->target.caps = CAP_FAULTS | CAP_MSR_VALUES | CAP_CR_VALUES | CAP_SPTES | CAP_VCPUS |
			 CAP_MEMTYPES | CAP_REGS;
	/* The legacy MMU changes SPTEs without tracepoints: it is read by snapshot. */
	if (u->tdp_mmu)
		u->target.caps |= CAP_SPTE_EVENTS | CAP_ZAP_EVENTS | CAP_TLB | CAP_GUEST_TLB;
	u->target.profile = profile_of(api->profile);
	snprintf(u->target.profile_why, sizeof(u->target.profile_why), "%s: %s", api->release,
		 api->profile_why);
	ukvm_unload(handle);
	crash_init(&u->crash);
	return &u->target;
fail:
	free(u);
	return NULL;
}

static enum target_status skip(struct target *t, const char *why)
{
	snprintf(t->why, sizeof(t->why), "%s", why);
	return TARGET_SKIPPED;
}

/* What KVM did not survive is a finding; a shim's failure is not. */
static enum target_status crashed(struct ukvm_target *u)
{
	snprintf(u->target.why, sizeof(u->target.why), "%s", u->crash.text);
	if (u->crash.depth && !u->crash.blame_shim)
		report(u, true, u->crash.text, "", "", 0, u->crash.stack, u->crash.depth);
	/* Locks are held and lists half linked: this copy is lost. */
	if (u->host)
		host_drop(u, u->host);
	u->host = NULL;
	return u->crash.blame_shim ? TARGET_INFRA : TARGET_CRASH;
}

static bool create_vm(struct ukvm_target *u, const struct machine *machine)
{
	static const enum ukvm_start starts[NR_START_MODES] = {
		[START_RUNNING] = UKVM_START_RUNNING, [START_RESET] = UKVM_START_RESET,
		[START_REAL] = UKVM_START_REAL, [START_PAE32] = UKVM_START_PAE32,
	};
	struct ukvm_machine to = {
		.nr_vcpus = machine->nr_vcpus, .maxphyaddr = machine->maxphyaddr,
		.cpuid_mtrr = machine->cpuid_mtrr, .start = starts[machine->start],
		.quirks_off = machine->quirks_off, .quirks_on = machine->quirks_on,
	};
	const char *what = "";
	int ret = u->host->api->create(&to, &what);

	if (ret) {
		snprintf(u->target.why, sizeof(u->target.why), "%s: %s", what, strerror(-ret));
		return false;
	}
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct slot *slot = &machine->slots[i];
		struct ukvm_result result;

		if (!slot->size)
			continue;
		result = u->host->api->slot(i, slot->gpa, slot->size, slot->flags);
		if (result.kind != UKVM_OK) {
			snprintf(u->target.why, sizeof(u->target.why),
				 "KVM_SET_USER_MEMORY_REGION of slot %u: %s", i,
				 strerror(result.value));
			return false;
		}
	}
	return true;
}

static enum target_status ukvm_reset(struct target *t, const struct machine *machine)
{
	struct ukvm_target *u = to_ukvm(t);
	bool created;

	if (!machine->tdp)
		return skip(t, "shadow paging needs the guest's own page tables, which ukvm does not keep yet");
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		if (machine->slots[i].size > UKVM_MAX_SLOT_SIZE)
			return skip(t, "ukvm backs memslots of up to 128 GiB");
	}
	crash_clear(&u->crash);
	u->host = host_get(u, machine);
	if (!u->host)
		return TARGET_INFRA;
	u->nr_vcpus = machine->nr_vcpus;
	u->has_smram = false;
	t->layout = machine->vendor == VENDOR_AMD ? SPTE_PAE : SPTE_EPT;
	if (crash_guard(&u->crash))
		created = false;
	else
		created = create_vm(u, machine);
	crash_unguard(&u->crash);
	/* What creation did is before the program's first step. */
	t->nr_events = 0;
	if (u->crash.happened)
		return crashed(u);
	return created ? TARGET_OK : TARGET_SKIPPED;
}

/* --- Steps --------------------------------------------------------------------------- */

static void set_outcome(struct outcome *out, const struct ukvm_result *result)
{
	static const enum outcome_kind kinds[] = {
		[UKVM_OK] = OUT_OK, [UKVM_GP] = OUT_GP, [UKVM_UD] = OUT_UD, [UKVM_PF] = OUT_PF,
		[UKVM_MMIO] = OUT_MMIO, [UKVM_ERRNO] = OUT_ERRNO, [UKVM_BLOCKED] = OUT_BLOCKED,
		[UKVM_ODD] = OUT_ANY, [UKVM_HANG] = OUT_ANY, [UKVM_UNSUPPORTED] = OUT_ANY,
	};

	*out = (struct outcome){ .kind = kinds[result->kind] };
	if (result->kind == UKVM_OK || result->kind == UKVM_ERRNO) {
		out->has_value = result->has_value;
		out->value = result->value;
	}
}

static struct ukvm_result run_insn(struct ukvm_target *u, const struct op *op,
				   enum ukvm_insn_kind kind, uint64_t value)
{
	struct ukvm_insn insn = { .kind = kind, .arg = op->arg, .value = value };

	if (op->kind == OP_INVPCID) {
		insn.pcid = op->v[0];
		insn.value = op->v[1];
	}
	return u->host->api->run(op->vcpu, &insn);
}

/* MOV to CR: what the guest reads there afterwards is the value. */
static struct ukvm_result run_mov_cr(struct ukvm_target *u, const struct op *op)
{
	const struct ukvm_api *api = u->host->api;
	struct ukvm_result result;
	struct ukvm_regs regs;
	uint64_t value = op->v[0];

	if (op->flags & OP_DELTA) {
		api->regs(op->vcpu, &regs);
		value = ((op->kind == OP_CR0 ? regs.cr0 : regs.cr4) | op->v[0]) & ~op->v[1];
	}
	if (op->flags & OP_NOFLUSH)
		value |= CR3_NOFLUSH;
	result = run_insn(u, op, op->kind == OP_CR0 ? UKVM_CR0 : op->kind == OP_CR3 ? UKVM_CR3
							       : UKVM_CR4, value);
	api->regs(op->vcpu, &regs);
	/*
	 * Under PAE paging the CPU reads the PDPTEs anew, and faults if they are
	 * not sane or not there: guest memory, of which programs say nothing. A
	 * fault leaves CR4 as it was, so what was to become of it counts.
	 */
	if (result.kind == UKVM_GP && (op->kind == OP_CR4 ? value : regs.cr4) & CR4_PAE &&
	    !(regs.efer & EFER_LMA)) {
		skip(&u->target, "MOV to CR faulted under PAE paging, perhaps for the PDPTEs, which programs do not hold");
		result.kind = UKVM_UNSUPPORTED;
	}
	if (result.kind == UKVM_OK) {
		result.has_value = 1;
		result.value = op->kind == OP_CR0 ? regs.cr0 : op->kind == OP_CR3 ? regs.cr3 : regs.cr4;
	}
	return result;
}

static struct ukvm_result run_guest_op(struct ukvm_target *u, const struct op *op)
{
	static const enum ukvm_insn_kind kinds[OP_FIRST_HOST] = {
		[OP_WRMSR] = UKVM_WRMSR, [OP_RDMSR] = UKVM_RDMSR, [OP_READ] = UKVM_READ,
		[OP_WRITE] = UKVM_WRITE, [OP_EXEC] = UKVM_EXEC, [OP_WBINVD] = UKVM_WBINVD,
		[OP_INVD] = UKVM_INVD, [OP_INVLPG] = UKVM_INVLPG, [OP_INVPCID] = UKVM_INVPCID,
		[OP_CPUID] = UKVM_CPUID, [OP_RSM] = UKVM_RSM,
	};
	const struct ukvm_api *api = u->host->api;
	struct ukvm_result result;
	struct ukvm_regs regs;

	switch (op->kind) {
	case OP_CR0:
	case OP_CR3:
	case OP_CR4:
		return run_mov_cr(u, op);
	case OP_INIT:
		result = api->init(op->vcpu);
		api->regs(op->vcpu, &regs);
		result.has_value = 1;
		result.value = regs.cr0;
		return result;
	case OP_SIPI:
		return api->sipi(op->vcpu);
	case OP_SMI:
		return api->smi(op->vcpu);
	default:
		return run_insn(u, op, kinds[op->kind], op->v[0]);
	}
}

static struct ukvm_result run_host_op(struct ukvm_target *u, const struct op *op)
{
	static const enum ukvm_backing backings[NR_BACKINGS] = {
		[BACKING_4K] = UKVM_BACK_4K, [BACKING_2M] = UKVM_BACK_2M,
		[BACKING_1G] = UKVM_BACK_1G, [BACKING_MMIO] = UKVM_BACK_MMIO,
	};
	const struct ukvm_api *api = u->host->api;
	unsigned long long sregs[4] = { op->v[0], op->v[1], op->v[2], op->v[3] };

	switch (op->kind) {
	case OP_DMA:
		return api->dma(op->arg);
	case OP_QUIRK:
		return api->quirk(op->arg, op->v[0]);
	case OP_SLOT:
		return api->slot(op->arg, op->v[0], op->v[1], op->v[2]);
	case OP_BACKING:
		return api->backing(op->v[0], op->v[1], backings[op->arg]);
	case OP_INVALIDATE:
		return api->invalidate(op->v[0], op->v[1]);
	case OP_SETMSR:
		return api->set_msr(op->vcpu, op->arg, op->v[0]);
	case OP_SREGS:
		return api->sregs(op->vcpu, op->arg, sregs);
	case OP_SETCPUID:
		return api->set_cpuid(op->vcpu, op->arg & CPUID_MTRR ? (int)op->v[0] : -1,
				      op->arg & CPUID_MAXPHYADDR ? op->v[1] : 0);
	case OP_PREFAULT:
		return api->prefault(op->vcpu, op->v[0], op->v[1]);
	case OP_SPLIT:
		return api->slot_flags(op->arg, UKVM_SLOT_DIRTY_LOG, 0);
	default:	/* OP_COLLAPSE */
		return api->slot_flags(op->arg, 0, UKVM_SLOT_DIRTY_LOG);
	}
}

/* Does @op reach for the memory that the guest keeps to itself (abi.h)? */
static bool wants_private(const struct op *op)
{
	const uint64_t start = UKVM_PRIVATE_GPA, end = start + UKVM_PRIVATE_SIZE;

	switch (op->kind) {
	case OP_READ:
	case OP_WRITE:
	case OP_EXEC:
		return op->v[0] >= start && op->v[0] < end;
	case OP_SLOT:
	case OP_PREFAULT:
		return op->v[0] < end && op->v[0] + op->v[1] > start;
	default:
		return false;
	}
}

static const char *not_for_ukvm(const struct ukvm_target *u, const struct op *op)
{
	if (u->has_smram && wants_private(op))
		return "ukvm's guest keeps its SMRAM there";
	if (op->kind == OP_MAP || op->flags & OP_VA)
		return "the guest's own page tables (map, va=) are not walked by ukvm yet";
	if (op->kind == OP_SLOT && op->v[1] > UKVM_MAX_SLOT_SIZE)
		return "ukvm backs memslots of up to 128 GiB";
	/* KVM takes no slot beyond the host's own width (shim/cpu.c). */
	if (op->kind == OP_SLOT && u->target.layout == SPTE_PAE &&
	    (op->v[0] | (op->v[0] + op->v[1])) >> 48)
		return "the AMD host of ukvm has 48 physical address bits, and the slot lies beyond";
	return NULL;
}

static enum target_status ukvm_step(struct target *t, const struct op *op, struct outcome *out)
{
	struct ukvm_target *u = to_ukvm(t);
	const char *why = not_for_ukvm(u, op);
	struct ukvm_result result = { .kind = UKVM_ODD };

	if (why)
		return skip(t, why);
	if (!u->host) {
		snprintf(t->why, sizeof(t->why), "the VM did not survive an earlier step");
		return TARGET_INFRA;
	}
	crash_clear(&u->crash);
	if (!crash_guard(&u->crash))
		result = op_is_host(op) ? run_host_op(u, op) : run_guest_op(u, op);
	crash_unguard(&u->crash);
	set_outcome(out, &result);
	if (u->crash.happened)
		return crashed(u);
	if (op->kind == OP_SMI && result.kind == UKVM_UNSUPPORTED)
		return skip(t, "no SMM: the kernel has none, or a memslot lies where ukvm's guest keeps its SMRAM");
	if (op->kind == OP_RSM && result.kind == UKVM_UNSUPPORTED)
		return skip(t, "RSM with paging on: the handler's code is not mapped in the guest's page tables");
	u->has_smram |= op->kind == OP_SMI;
	if (result.kind == UKVM_UNSUPPORTED && op->kind == OP_PREFAULT)
		return skip(t, "this kernel has no KVM_PRE_FAULT_MEMORY");
	if (result.kind == UKVM_UNSUPPORTED)
		return TARGET_SKIPPED;
	/* Without any memslot, KVM allows itself no page for page tables. */
	if (!op_is_host(op) && result.kind == UKVM_ERRNO && result.value == ENOSPC)
		return skip(t, "KVM_RUN answers ENOSPC: KVM runs no VM without memory");
	if (result.kind == UKVM_HANG) {
		snprintf(t->why, sizeof(t->why), "KVM went round and round without progress");
		return TARGET_HANG;
	}
	return TARGET_OK;
}

static size_t ukvm_snapshot(struct target *t, struct leaf *leaves, size_t max)
{
	struct ukvm_target *u = to_ukvm(t);

	_Static_assert(sizeof(struct leaf) == sizeof(struct ukvm_leaf) &&
		       offsetof(struct leaf, spte) == offsetof(struct ukvm_leaf, spte) &&
		       offsetof(struct leaf, root) == offsetof(struct ukvm_leaf, root),
		       "both sides of the border lay a leaf out alike");
	return u->host ? u->host->api->walk((struct ukvm_leaf *)leaves, max) : 0;
}

static bool ukvm_guest_memtypes(struct target *t, unsigned vcpu, const uint64_t *gfns, size_t nr,
				uint8_t *types)
{
	struct ukvm_target *u = to_ukvm(t);

	_Static_assert(sizeof(*gfns) == sizeof(unsigned long long), "");
	return u->host && vcpu < u->nr_vcpus &&
	       u->host->api->guest_memtypes(vcpu, (const unsigned long long *)gfns, nr, types);
}

static struct target_regs ukvm_regs(struct target *t, unsigned vcpu)
{
	struct ukvm_target *u = to_ukvm(t);
	struct ukvm_regs regs = { 0 };

	if (u->host && vcpu < u->nr_vcpus)
		u->host->api->regs(vcpu, &regs);
	return (struct target_regs){ .cr0 = regs.cr0, .cr3 = regs.cr3, .cr4 = regs.cr4,
				     .efer = regs.efer, .pat = regs.pat, .def_type = regs.def_type };
}

long ukvm_destroy_vm(struct target *t)
{
	struct ukvm_target *u = to_ukvm(t);
	long held = 0;

	if (!u->host)
		return 0;
	crash_clear(&u->crash);
	if (!crash_guard(&u->crash))
		held = u->host->api->destroy();
	crash_unguard(&u->crash);
	if (u->crash.happened) {
		crashed(u);
		return -1;
	}
	return held;
}

static void ukvm_list(void (*emit)(const char *arg, const char *note, void *ctx), void *ctx)
{
	static const char *const kernels[] = { "6.1", "6.12" };
	char path[4096], command[8192];

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (ukvm_find(kernels[i], path, sizeof(path))) {
			emit(kernels[i], path, ctx);
		} else {
			ukvm_build_command(kernels[i], command, sizeof(command));
			emit(kernels[i], command, ctx);
		}
	}
	emit("FOLDER", "a kernel tree of yours, 6.1 to 7.x", ctx);
}

const struct target_ops ukvm_target_ops = {
	.name		= "ukvm",
	.summary	= "the real KVM of a kernel tree, as a library in this process",
	.usage		= "ukvm:6.1|6.12|FOLDER[,tdp_mmu=off][,eager_split=off][,images=off]",
	.open		= ukvm_open,
	.reset		= ukvm_reset,
	.step		= ukvm_step,
	.snapshot	= ukvm_snapshot,
	.regs		= ukvm_regs,
	.guest_memtypes	= ukvm_guest_memtypes,
	.close		= ukvm_close,
	.list		= ukvm_list,
};
