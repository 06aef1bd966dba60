// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three-valued truth: an input of R-MT that vm_missing() does not ask for has no
 * part in it. Random states, some of it known; what is unknown is then filled
 * in at random, twice, and where nothing was said to be missing the oracle must
 * answer the same. And it does ask: with everything known nothing is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/program/program.h"
#include "harness/trace/vm.h"

static uint64_t seed;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static bool maybe(void)
{
	return next_random() % 4 != 0;
}

static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP, MT_WB };

static uint64_t random_type(void)
{
	return types[next_random() % sizeof(types)];
}

static uint64_t random_msr(uint32_t msr)
{
	uint64_t value = 0;

	if (msr == MSR_MTRR_DEF_TYPE)
		return random_type() | (next_random() % 4) << 10;
	if (msr < MSR_MTRR_PHYSBASE(NR_VAR_MTRR)) {
		if (msr & 1)	/* 1M to 64M around the pages asked for, or nothing */
			return (0xfffff00000ULL << next_random() % 7 & 0xfffff00000ULL) |
			       (next_random() % 2) << 11;
		return random_type() | (next_random() % 4) << 20;
	}
	for (unsigned i = 0; i < 8; i++)
		value |= random_type() << 8 * i;
	return value;
}

static const uint32_t msrs[] = {
	0x2ff, 0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207,
	0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d, 0x20e, 0x20f,
};

/* A whole state, and the facts that are told of it. */
struct world {
	struct facts told, whole;
};

static void fill_in(struct world *w)
{
	const struct facts *told = &w->told;
	struct facts *f = &w->whole;

	*f = *told;
	if (told->cpuid_mtrr == TRI_UNKNOWN)
		f->cpuid_mtrr = next_random() % 2;
	if (told->selfsnoop == TRI_UNKNOWN)
		f->selfsnoop = next_random() % 2;
	if (told->dma < 0)
		f->dma = next_random() % 2;
	f->quirks_known = QUIRKS_KNOWN;
	f->quirks_off = (told->quirks_off & told->quirks_known) |
			(next_random() & QUIRKS_KNOWN & ~told->quirks_known);
	if (!told->cr0_known)
		f->cr0 = RUNNING_CR0 | (next_random() % 2 ? CR0_CD : 0);
	f->cr0_known = true;
	for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		unsigned j = 0;

		while (j < told->nr_msrs && told->msrs[j].msr != msrs[i])
			j++;
		if (j < told->nr_msrs)
			continue;
		f->msrs[f->nr_msrs].msr = msrs[i];
		f->msrs[f->nr_msrs++].value = random_msr(msrs[i]);
	}
}

static void tell(struct facts *f, bool all)
{
	facts_init(f);
	f->vcpus = 1;
	f->maxphyaddr = 40;
	f->intel = next_random() % 8 ? TRI_YES : TRI_NO;
	f->tdp = next_random() % 8 ? TRI_YES : TRI_NO;
	f->profile = next_random() % (NR_PROFILES - 1) + 1;
	if (all || maybe())
		f->cpuid_mtrr = next_random() % 2;
	if (all || maybe())
		f->selfsnoop = next_random() % 2;
	if (all || maybe())
		f->dma = next_random() % 4 != 0;
	f->quirks_known = all || maybe() ? QUIRKS_KNOWN : next_random() & QUIRKS_KNOWN;
	f->quirks_off = next_random() & f->quirks_known;
	f->cr0_known = all || maybe();
	f->cr0 = RUNNING_CR0 | (next_random() % 2 ? CR0_CD : 0);
	for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		if (!all && next_random() % 32 == 0)
			continue;
		f->msrs[f->nr_msrs].msr = msrs[i];
		f->msrs[f->nr_msrs++].value = random_msr(msrs[i]);
	}
}

static void test_inputs(void **state)
{
	static struct trace_vm told, one, two;
	const char *given = getenv("ZAPLOCK_SEED");
	unsigned long asked = 0, known = 0;

	seed = given ? strtoull(given, NULL, 0) : 314159;
	print_message("ZAPLOCK_SEED=%llu\n", (unsigned long long)seed);
	for (int run = 0; run < 20000; run++) {
		struct world w;
		struct mt_inputs in;

		tell(&w.told, run % 8 == 0);
		vm_init(&told, &w.told);
		in = vm_inputs(&told, vm_vcpu(&told, 0));
		fill_in(&w);
		vm_init(&one, &w.whole);
		fill_in(&w);
		vm_init(&two, &w.whole);
		for (unsigned page = 0; page < 8; page++) {
			uint64_t gfn = next_random() % (page % 2 ? 0x800 : 0x140), npages = 1;
			struct mt a, b;
			int missing;

			if (page > 5) {
				npages = 512;
				gfn &= ~511ULL;
			}
			missing = vm_missing(&told, &in, gfn, npages);
			asked++;
			if (run % 8 == 0)
				assert_int_equal(missing, KNOWN);
			if (missing != KNOWN)
				continue;
			known++;
			a = oracle_memtype(&vm_vcpu(&one, 0)->oracle, 0, gfn, EPOCH_NOW).mt;
			b = oracle_memtype(&vm_vcpu(&two, 0)->oracle, 0, gfn, EPOCH_NOW).mt;
			if (a.type != b.type || a.ipat != b.ipat || a.undefined != b.undefined)
				fail_msg("run %d gfn 0x%llx profile %d: %s %d or %s %d", run,
					 (unsigned long long)gfn, w.told.profile, memtype_name(a.type),
					 a.ipat, memtype_name(b.type), b.ipat);
			if (npages > 1)
				assert_int_equal(oracle_matches(&vm_vcpu(&one, 0)->oracle, 0, gfn,
								npages, a, EPOCH_NOW),
						 oracle_matches(&vm_vcpu(&two, 0)->oracle, 0, gfn,
								npages, a, EPOCH_NOW));
		}
	}
	/* Not vacuous, either way. */
	assert_in_range(known, asked / 4, asked * 15 / 16);
	vm_free(&told);
	vm_free(&one);
	vm_free(&two);
}

/* Facts that come to light later leave what was known as it was. */
static void test_rebuild(void **state)
{
	static struct trace_vm vm, fresh;

	seed = 271828;
	for (int run = 0; run < 2000; run++) {
		struct facts f;

		tell(&f, true);
		f.intel = f.tdp = TRI_YES;
		vm_init(&fresh, &f);
		f.intel = f.tdp = TRI_UNKNOWN;
		vm_init(&vm, &f);
		vm.facts.intel = vm.facts.tdp = TRI_YES;
		vm_rebuild(&vm);
		for (uint64_t gfn = 0; gfn < 0x800; gfn += 37) {
			struct mt a = oracle_memtype(&vm.vcpu[0]->oracle, 0, gfn, EPOCH_NOW).mt;
			struct mt b = oracle_memtype(&fresh.vcpu[0]->oracle, 0, gfn, EPOCH_NOW).mt;

			assert_memory_equal(&a, &b, sizeof(a));
		}
	}
	vm_free(&vm);
	vm_free(&fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_rebuild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
