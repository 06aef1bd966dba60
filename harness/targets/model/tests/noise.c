// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "harness/targets/model/tests/noise.h"

uint64_t noise_seed(void)
{
	const char *env = getenv("ZAPLOCK_SEED");
	uint64_t seed = env ? strtoull(env, NULL, 0) : (uint64_t)time(NULL) << 1 | 1;

	printf("ZAPLOCK_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* splitmix64 */
uint64_t noise_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return noise_next(seed) % n;
}

static uint64_t hot_gpa(uint64_t *seed)
{
	static const uint64_t hot[] = { 0, 0xa0000, 0xff000, M2, G1, G1 + M2, 2 * G1, 3 * G1, 4 * G1 };

	return hot[pick(seed, 9)] + (pick(seed, 3) ? 0 : pick(seed, 0x400) << PAGE_SHIFT);
}

static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB, MT_WB, MT_UC, 2 };

static uint64_t msr_value(uint64_t *seed, uint32_t msr)
{
	uint64_t type = types[pick(seed, pick(seed, 8) ? 7 : 8)];

	if (msr == MSR_MTRR_DEF_TYPE)
		return type | pick(seed, 4) << 10 | (pick(seed, 16) ? 0 : 0x200);
	if (msr >= MSR_MTRR_FIX64K_00000 || msr == MSR_PAT)
		return pick(seed, 2) ? type * 0x0101010101010101ULL : PAT_RESET_VALUE;
	if (msr & 1)
		return (~0ULL << (12 + pick(seed, 25)) & 0xfffffff000) | (pick(seed, 4) ? MTRR_PHYSMASK_V : 0);
	return hot_gpa(seed) | type;
}

void noise_machine(uint64_t *seed, struct machine *machine)
{
	*machine = (struct machine){
		.vendor = pick(seed, 5) ? VENDOR_INTEL : VENDOR_AMD, .start = pick(seed, 6) ? 0 : pick(seed, 4),
		.nr_vcpus = 1 + pick(seed, 3), .maxphyaddr = pick(seed, 8) ? 40 : 52, .cpuid_mtrr = pick(seed, 6),
		.tdp = pick(seed, 8), .selfsnoop = pick(seed, 4),
		.quirks_off = noise_next(seed) & noise_next(seed) & QUIRKS_KNOWN,
		.slots = { { 0, 2 * M2, 0 }, { G1, G1 + M2, 0 }, { 3 * G1, 0x3000, SLOT_READONLY } },
	};
}

static struct op host_op(uint64_t *seed)
{
	static const enum op_kind kinds[] = {
		OP_DMA, OP_DMA, OP_DMA, OP_QUIRK, OP_SLOT, OP_SLOT, OP_BACKING, OP_INVALIDATE, OP_INVALIDATE,
		OP_SPLIT, OP_COLLAPSE,
	};
	struct op op = { .kind = kinds[pick(seed, 11)] };

	switch (op.kind) {
	case OP_DMA:
		op.arg = pick(seed, 3) > 0;
		break;
	case OP_QUIRK:
		op.arg = 1u << (uint8_t[]){ 1, 7, 9 }[pick(seed, 3)];
		op.v[0] = pick(seed, 2);
		break;
	case OP_SLOT:
		op.arg = pick(seed, 4);
		op.v[0] = hot_gpa(seed);
		op.v[1] = pick(seed, 3) ? (uint64_t[]){ M2, 2 * M2, 0x3000, G1 + M2 }[pick(seed, 4)] : 0;
		op.v[2] = pick(seed, 4);
		break;
	case OP_BACKING:
		op.arg = pick(seed, NR_BACKINGS);
		/* fallthrough */
	case OP_INVALIDATE:
		op.v[0] = hot_gpa(seed);
		op.v[1] = (uint64_t[]){ 0x1000, M2, 3 * M2, G1 }[pick(seed, 4)];
		break;
	default:
		op.arg = pick(seed, 3);
		break;
	}
	return op;
}

static struct op register_op(uint64_t *seed, unsigned vcpu)
{
	static const uint64_t cr0[] = { CR0_CD, CR0_CD, CR0_NW, CR0_PG, CR0_WP };
	static const uint64_t cr4[] = { CR4_PGE, CR4_PCIDE, CR4_SMEP, CR4_PAE, CR4_SMAP };
	struct op op = { .vcpu = vcpu, .flags = OP_DELTA };

	switch (pick(seed, 4)) {
	case 0:
	case 1:
		op.kind = OP_CR0;
		op.v[pick(seed, 2)] = cr0[pick(seed, 5)];
		break;
	case 2:
		op.kind = OP_CR4;
		op.v[pick(seed, 2)] = cr4[pick(seed, 5)];
		break;
	default:
		op.kind = OP_CR3;
		op.flags = pick(seed, 4) ? 0 : OP_NOFLUSH;
		op.v[0] = pick(seed, 4) << PAGE_SHIFT;
		break;
	}
	return op;
}

struct op noise_op(uint64_t *seed, const struct machine *machine)
{
	static const enum op_kind rare[] = { OP_INIT, OP_SIPI, OP_SMI, OP_RSM, OP_INVPCID, OP_RDMSR, OP_MAP, OP_WBINVD };
	static const uint32_t msrs[] = { MSR_MTRR_DEF_TYPE, MSR_MTRR_DEF_TYPE, MSR_MTRR_FIX64K_00000,
					 MSR_MTRR_FIX16K_A0000, MSR_PAT, MSR_EFER, 0x2f8, MSR_MTRRCAP };
	static const uint32_t read[] = { MSR_MTRR_PHYSMASK(0), MSR_MTRRCAP, MSR_PAT };
	struct op op = { .vcpu = pick(seed, machine->nr_vcpus) };
	unsigned dice = pick(seed, 100);

	if (dice < 35) {
		op.kind = OP_READ + pick(seed, 3);
		op.v[0] = hot_gpa(seed);
	} else if (dice < 60) {
		op.kind = pick(seed, 10) ? OP_WRMSR : OP_SETMSR;
		op.arg = pick(seed, 2) ? msrs[pick(seed, 8)] : MSR_MTRR_PHYSBASE(0) + pick(seed, 6);
		op.v[0] = msr_value(seed, op.arg);
	} else if (dice < 75) {
		op = register_op(seed, op.vcpu);
	} else if (dice < 92) {
		op = host_op(seed);
	} else if (dice < 95) {
		op.kind = OP_PREFAULT;
		op.v[0] = hot_gpa(seed);
		op.v[1] = M2;
	} else if (dice < 97) {
		op.kind = pick(seed, 2) ? OP_SREGS : OP_SETCPUID;
		op.arg = 1u << pick(seed, 2);
		op.v[0] = op.kind == OP_SREGS ? RUNNING_CR0 ^ (pick(seed, 2) ? CR0_CD : CR0_NW) : pick(seed, 2);
		op.v[1] = op.kind == OP_SREGS ? 0x2000 : 40;
	} else {
		op.kind = rare[pick(seed, 8)];
		op.arg = op.kind == OP_RDMSR ? read[pick(seed, 3)] : op.kind == OP_MAP ? LEVEL_2M : 2;
		if (op.kind == OP_MAP)
			op.v[0] = M2, op.v[1] = G1;
	}
	return op;
}
