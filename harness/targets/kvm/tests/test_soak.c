// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many steps on this host's KVM in lockstep: no disagreement, no lost event, no
 * step that ends in `infra`, and nothing left behind: VMs and files, threads,
 * tracing instances. test_soak STEPS; CTest runs a short form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/targets/kvm/tests/entries.h"
#include "harness/lockstep/lockstep.h"
#include "harness/targets/kvm/host.h"
#include "harness/targets/kvm/kvm.h"
#include "harness/targets/kvm/trace.h"

const struct target_ops *const target_table[] = { &kvm_target_ops, NULL };

#define STEPS_A_PROGRAM	200
#define G		(1ULL << 30)

static unsigned steps = 600;
static struct program program;
static struct result result;

static struct op random_op(unsigned vcpus)
{
	const uint64_t gpa = random() % 2 ? random() % (4u << 20) : G + random() % (8u << 20);
	static const uint8_t types[] = { 0, 1, 4, 5, 6, 2, 7 };
	struct op op = { .vcpu = random() % vcpus };

	switch (random() % 12) {
	case 0:
		op.kind = OP_WRMSR;
		op.arg = MSR_MTRR_PHYSBASE(random() % 8);
		op.v[0] = (random() & 0xfff) << 21 | types[random() % 7];
		break;
	case 1:
		op.kind = OP_WRMSR;
		op.arg = MSR_MTRR_DEF_TYPE;
		op.v[0] = types[random() % 7] | (random() & 0xe00);
		break;
	case 2:
		op.kind = OP_RDMSR;
		op.arg = random() % 2 ? MSR_PAT : MSR_MTRR_PHYSBASE(random() % 8);
		break;
	case 3:
		op.kind = OP_CR0;
		op.flags = OP_DELTA;
		op.v[random() % 2] = random() % 2 ? CR0_CD : CR0_WP | CR0_TS;
		break;
	case 4:
		op.kind = random() % 2 ? OP_SPLIT : OP_COLLAPSE;
		op.vcpu = 0;
		op.arg = random() % 2;
		break;
	case 5:
		op.kind = OP_INVALIDATE;
		op.vcpu = 0;
		op.v[0] = gpa & -4096;
		op.v[1] = 4096 << random() % 4;
		break;
	case 6:
		op.kind = OP_EXEC;
		op.v[0] = gpa;
		break;
	default:
		op.kind = random() % 2 ? OP_READ : OP_WRITE;
		op.v[0] = gpa;
		break;
	}
	return op;
}

static void make_program(unsigned vcpus)
{
	memset(&program, 0, sizeof(program));
	program.machine = (struct machine){
		.profile = PROFILE_LINUX_6_16, .nr_vcpus = vcpus, .maxphyaddr = 40, .cpuid_mtrr = true,
		.slots = { { 0, 4 << 20, 0 }, { G, 8 << 20, 0 } },
	};
	for (unsigned i = 0; i < STEPS_A_PROGRAM; i++)
		program.ops[program.nr_ops++] = random_op(vcpus);
}

static void test_soak(void **state)
{
	const char *from_env = getenv("ZAPLOCK_SEED");
	unsigned seed = from_env ? strtoul(from_env, NULL, 0) : 1, fds = entries("/proc/self/fd");
	const struct lockstep_options options = { .explain = true };
	unsigned threads = 0, ran = 0, inside = 0;
	char error[256];
	struct target *kvm = target_open("kvm", error, sizeof(error));
	struct lockstep *ls = lockstep_new(kvm);

	print_message("ZAPLOCK_SEED=%u\n", seed);
	srandom(seed);
	while (ran < steps) {
		make_program(1 + random() % 3);
		lockstep_run(ls, &program, &options, &result);
		for (unsigned i = 0; i < result.nr_findings; i++)
			print_message("%s: %s\n", result.findings[i].key, result.findings[i].message);
		if (result.verdict != VERDICT_CLEAN)
			fail_msg("after %u steps, seed %u: %s, %s", ran, seed, verdict_names[result.verdict],
				 result.why);
		ran += result.steps_run;
		/* With the VM still there, as many files as vCPUs ask for; the first run starts a thread of KVM's. */
		if (!inside) {
			inside = entries("/proc/self/fd") - program.machine.nr_vcpus;
			threads = entries("/proc/self/task") - program.machine.nr_vcpus;
		}
		assert_int_equal(entries("/proc/self/fd"), inside + program.machine.nr_vcpus);
		for (unsigned i = 0; i < 1000 && entries("/proc/self/task") > threads + program.machine.nr_vcpus; i++)
			usleep(1000);
		assert_int_equal(entries("/proc/self/task"), threads + program.machine.nr_vcpus);
	}
	lockstep_free(ls);
	target_close(kvm);
	assert_int_equal(entries("/proc/self/fd"), fds);
	print_message("%u steps\n", ran);
}

/* --- Instances, also when we are killed ------------------------------------------------------ */

/* Instances whose name begins like those of process @pid, as another mount of tracefs shows them. */
static int instances_of(pid_t pid)
{
	char command[256];
	FILE *pipe;
	int nr = -1;

	snprintf(command, sizeof(command),
		 "unshare -m sh -c 'mount -t tracefs nodev /mnt && ls /mnt/instances | grep -c ^zaplock-%d-' 2>/dev/null",
		 (int)pid);
	pipe = popen(command, "r");
	if (pipe && fscanf(pipe, "%d", &nr) != 1)
		nr = -1;
	if (pipe)
		pclose(pipe);
	return nr;
}

static void test_instance_goes(void **state)
{
	struct kvm_host host;
	char error[256], byte;
	struct trace *trace;
	int ends[2], status;
	pid_t child;

	assert_int_equal(kvm_host_open(&host, error, sizeof(error)), 0);
	trace = trace_open(host.tdp_mmu, error, sizeof(error));
	kvm_host_close(&host);
	if (!trace) {
		print_message("no trace: %s\n", error);
		skip();
	}
	if (instances_of(getpid()) < 0) {
		trace_close(trace);
		print_message("no right to mount tracefs to look\n");
		skip();
	}
	assert_int_equal(instances_of(getpid()), 1);
	trace_close(trace);
	assert_int_equal(instances_of(getpid()), 0);
	/* kill -9 */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		trace = trace_open(host.tdp_mmu, error, sizeof(error));
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(instances_of(child), 1);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	for (unsigned i = 0; i < 500 && instances_of(child); i++)
		usleep(10000);
	assert_int_equal(instances_of(child), 0);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soak),
		cmocka_unit_test(test_instance_goes),
	};
	char error[256];
	struct target *kvm = target_open("kvm", error, sizeof(error));

	if (!kvm) {
		printf("skipped: %s\n", error);
		return 77;
	}
	if (kvm->profile != PROFILE_LINUX_6_16)
		printf("judged by the rules of linux-6.16, this host's kernel may have others\n");
	target_close(kvm);
	if (argc > 1)
		steps = strtoul(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
