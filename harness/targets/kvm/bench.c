// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep on a real KVM against a bare loop of the same ioctls (design 10): the
 * same stubs with the same registers in a VM of the same machine, while the
 * target's trace records the same events, and the reads of registers that the
 * engine asks for after an MSR write. The bare loop decides nothing, decodes
 * nothing and reads no event.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "harness/lockstep/lockstep.h"
#include "harness/targets/kvm/bench.h"
#include "harness/targets/kvm/kvm.h"
#include "harness/targets/kvm/vm.h"

#define NR_OPS_BENCH	4000u
#define PAGES		64u
#define MAX_ROUNDS	99u

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double middle(double *values, unsigned nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return values[nr / 2];
}

/* Reads, writes, an MSR's write and its read, in turn. */
static void make_program(struct program *program, const struct kvm_host *host)
{
	memset(program, 0, sizeof(*program));
	program->machine = (struct machine){
		.profile = PROFILE_LINUX_6_16, .vendor = host->vendor, .nr_vcpus = 1, .maxphyaddr = 40,
		.cpuid_mtrr = true, .tdp = host->paging != PAGING_SHADOW, .selfsnoop = host->selfsnoop,
		.slots = { { 0, 4 << 20, 0 } },
	};
	for (unsigned i = 0; i < NR_OPS_BENCH; i++) {
		struct op *op = &program->ops[program->nr_ops++];

		switch (i % 4) {
		case 0:
			*op = (struct op){ .kind = OP_READ, .v = { i / 4 % PAGES * PAGE_SIZE } };
			break;
		case 1:
			*op = (struct op){ .kind = OP_WRITE, .v = { i / 4 % PAGES * PAGE_SIZE + 8 } };
			break;
		case 2:
			*op = (struct op){ .kind = OP_WRMSR, .arg = 0x200, .v = { (uint64_t)i << 20 | MT_WB } };
			break;
		default:
			*op = (struct op){ .kind = OP_RDMSR, .arg = 0x200 };
		}
	}
}

/* One pass of the bare loop in seconds, or -1. */
static double bare_pass(struct vm *vm, const struct guest_call *calls, const struct program *program)
{
	struct { __u32 nmsrs, pad; struct kvm_msr_entry entry[2]; } msrs = {
		.nmsrs = 2, .entry = { { .index = MSR_PAT }, { .index = MSR_MTRR_DEF_TYPE } },
	};
	struct vcpu *vcpu = &vm->vcpus[0];
	struct kvm_run *run = vcpu->run;
	struct kvm_sregs ring[2] = { vcpu->sregs, vcpu->sregs };
	double start = now();
	bool user = vcpu->user;

	vcpu_ring(&ring[0], false);
	vcpu_ring(&ring[1], true);
	for (unsigned i = 0; i < program->nr_ops; i++) {
		const struct guest_call *call = &calls[i];

		vcpu_registers(vcpu, call, &run->s.regs.regs);
		run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
		if (call->user != user) {
			user = call->user;
			run->s.regs.sregs = ring[user];
			run->kvm_dirty_regs |= KVM_SYNC_X86_SREGS;
		}
		/* The vCPU's ticks interrupt once a second. */
		while (ioctl(vcpu->fd, KVM_RUN, 0) && errno == EINTR)
			;
		if (run->exit_reason != KVM_EXIT_IO || run->io.port != GUEST_PORT_DONE)
			return -1;
		if (program->ops[i].kind == OP_WRMSR)
			ioctl(vcpu->fd, KVM_GET_MSRS, &msrs);
	}
	vcpu->user = user;
	return now() - start;
}

/* Seconds of one lockstep run; the empty program's are what the VM costs. */
static double lockstep_pass(struct lockstep *ls, const struct program *program, struct result *result)
{
	const struct lockstep_options options = { .profile = PROFILE_LINUX_6_16 };
	double start = now();

	lockstep_run(ls, program, &options, result);
	return result->verdict == VERDICT_CLEAN ? now() - start : -1;
}

struct bench {
	struct kvm_host host;
	struct program program, empty;
	struct result result;
	struct vm vm;
	struct guest_call calls[NR_OPS_BENCH];
	double bare[MAX_ROUNDS], lockstep[MAX_ROUNDS];
	unsigned nr;
};

static bool prepare(struct bench *b, char *error, size_t size)
{
	const char *why = b->vm.why;

	b->host.fd = b->vm.fd = -1;
	if (kvm_host_open(&b->host, error, size))
		return false;
	make_program(&b->program, &b->host);
	b->empty = b->program;
	b->empty.nr_ops = 0;
	if (vm_create(&b->vm, &b->host, &b->program.machine) != VM_OK)
		goto fail;
	for (unsigned i = 0; i < b->program.nr_ops; i++) {
		if (!guest_plan(&b->vm.guest, &b->program.ops[i], 0, &b->calls[i], &why))
			goto fail;
	}
	if (vm_root(&b->vm, RUNNING_CR3) == VM_OK)
		return true;
fail:
	snprintf(error, size, "%s", why);
	return false;
}

static bool measure(struct bench *b, struct lockstep *ls, double seconds, char *error, size_t size)
{
	double end = now() + 2 * seconds;

	/* Pages come in and caches warm up. */
	bare_pass(&b->vm, b->calls, &b->program);
	lockstep_pass(ls, &b->program, &b->result);
	do {
		double bare = bare_pass(&b->vm, b->calls, &b->program);
		double empty = lockstep_pass(ls, &b->empty, &b->result);
		double whole = empty < 0 ? -1 : lockstep_pass(ls, &b->program, &b->result);

		if (bare < 0 || whole < 0) {
			snprintf(error, size, "%s", whole < 0 ? b->result.why : "the bare loop broke off");
			return false;
		}
		b->bare[b->nr] = b->program.nr_ops / bare;
		b->lockstep[b->nr++] = b->program.nr_ops / (whole - empty);
	} while (b->nr < 5 || (now() < end && b->nr < MAX_ROUNDS));
	return true;
}

int kvm_bench(struct target *target, double seconds, bool json, FILE *out)
{
	struct lockstep *ls = lockstep_new(target);
	struct bench *b = calloc(1, sizeof(*b));
	char error[256] = "out of memory";
	bool ok = ls && b && prepare(b, error, sizeof(error)) &&
		  measure(b, ls, seconds > 0 ? seconds : 1, error, sizeof(error));

	if (!ok) {
		fprintf(stderr, "zaplock bench: %s\n", error);
	} else {
		double bare = middle(b->bare, b->nr), lockstep = middle(b->lockstep, b->nr);

		fprintf(out, json ? "{\"target\": \"%s\", \"rounds\": %u, \"bare\": %.0f, \"lockstep\": %.0f, \"ratio\": %.3f}\n" :
			"%s, median of %u rounds\nbare loop of the same ioctls   %9.0f steps/s\nlockstep                       %9.0f steps/s, %.2f of it\n",
			target->name, b->nr, bare, lockstep, lockstep / bare);
	}
	if (b) {
		vm_destroy(&b->vm);
		kvm_host_close(&b->host);
	}
	lockstep_free(ls);
	free(b);
	return ok ? 0 : 3;
}
