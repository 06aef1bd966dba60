// SPDX-License-Identifier: GPL-2.0-only
/*
 * Benchmarks. Every figure is the median of rounds that alternate with those of
 * the others, so that a machine that slows down halfway slows all of them, and
 * the ratios hold.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/bench.h"
#include "fuzz/bench_kernel.h"
#include "fuzz/engine.h"
#include "fuzz/mutator.h"
#include "oracle/state.h"

#define BENCH_OPS	32u
#define BENCH_PROGRAMS	1024u
#define BENCH_ROUNDS	5u
#define NR_GFNS		65536u

/* A program without the room that struct program keeps. */
struct compact {
	struct machine machine;
	struct op ops[BENCH_OPS];
};

/* The same, encoded. */
struct encoded {
	uint8_t bytes[1024];
	size_t size;
};

/* What the naive walk looks at: the registers as the guest wrote them. */
struct naive_regs {
	uint64_t cr0, def_type, pa_mask;
	uint64_t base[NR_VAR_MTRR], mask[NR_VAR_MTRR];
	uint8_t fixed[NR_FIXED_MTRR_RANGES];
	bool dma;
};

struct bench {
	const struct bench_options *options;
	struct compact *programs;
	struct encoded *encoded;
	struct target *target;
	struct lockstep *ls;
	struct oracle oracle;
	struct program program;
	struct result result;
	struct lockstep_options run;
	double seconds;			/* a round of one figure */
	uint64_t accepted, ops, leaves, runs;
	uint64_t *gfns;
	struct naive_regs regs;
	uint64_t sink;
};

/* What is measured; @unit is one thing that is done in ns_per. */
enum figure {
	FIG_LOCKSTEP, FIG_TARGET, FIG_FUZZ, FIG_EMPTY, FIG_GENERATE, FIG_DECODE, FIG_MUTATE,
	FIG_LOOKUP, FIG_NAIVE, FIG_SWEEP, FIG_SWEEP_NAIVE, NR_FIGURES,
};

static const struct {
	const char *name, *key;
} figure_names[NR_FIGURES] = {
	[FIG_LOCKSTEP] = { "lockstep, a program of 32 ops", "lockstep" },
	[FIG_TARGET] = { "the target alone", "target" },
	[FIG_FUZZ] = { "fuzzing: libFuzzer, mutator and lockstep", "fuzz" },
	[FIG_EMPTY] = { "libFuzzer on an empty function", "empty" },
	[FIG_GENERATE] = { "generate a program", "generate" },
	[FIG_DECODE] = { "decode a program", "decode" },
	[FIG_MUTATE] = { "mutate an encoded program", "mutate" },
	[FIG_LOOKUP] = { "oracle look-up, a random gfn", "lookup" },
	[FIG_NAIVE] = { "walking 8 pairs, a random gfn", "naive" },
	[FIG_SWEEP] = { "oracle look-up, all pages of 1G, a page", "sweep" },
	[FIG_SWEEP_NAIVE] = { "walking 8 pairs, all pages of 1G, a page", "sweep_naive" },
};

/* CPU time: figures are per core, and others may use the machine as well. */
static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void load_program(struct bench *b, const struct compact *c)
{
	b->program.machine = c->machine;
	b->program.nr_ops = BENCH_OPS;
	memcpy(b->program.ops, c->ops, sizeof(c->ops));
}

/* -- one pass of each figure: returns how many things it did ------------- */

static uint64_t pass_lockstep(struct bench *b)
{
	for (unsigned i = 0; i < BENCH_PROGRAMS; i++) {
		load_program(b, &b->programs[i]);
		lockstep_run(b->ls, &b->program, &b->run, &b->result);
		b->accepted += b->result.ops_accepted;
		b->ops += b->result.ops_run;
		b->leaves += b->result.leaves_at_end;
	}
	b->runs += BENCH_PROGRAMS;
	return BENCH_PROGRAMS;
}

static uint64_t pass_target(struct bench *b)
{
	const struct target_ops *ops = b->target->ops;
	struct outcome out;

	for (unsigned i = 0; i < BENCH_PROGRAMS; i++) {
		load_program(b, &b->programs[i]);
		b->target->nr_events = 0;
		if (ops->reset(b->target, &b->program.machine) != TARGET_OK)
			continue;
		for (unsigned j = 0; j < BENCH_OPS; j++) {
			b->target->nr_events = 0;
			if (ops->step(b->target, &b->program.ops[j], &out) != TARGET_OK)
				break;	/* as lockstep does */
		}
	}
	return BENCH_PROGRAMS;
}

static uint64_t pass_generate(struct bench *b)
{
	struct gen_options gen = { .profile = b->target->profile, .nr_ops = BENCH_OPS };
	struct rng rng;

	rng_seed(&rng, b->runs);
	for (unsigned i = 0; i < BENCH_PROGRAMS; i++)
		generate_program(&b->program, &rng, &gen);
	return BENCH_PROGRAMS;
}

static uint64_t pass_decode(struct bench *b)
{
	for (unsigned i = 0; i < BENCH_PROGRAMS; i++)
		program_decode(&b->program, b->encoded[i].bytes, b->encoded[i].size);
	program_strip(&b->program);
	return BENCH_PROGRAMS;
}

static uint64_t pass_mutate(struct bench *b)
{
	struct gen_options gen = { .profile = b->target->profile };
	uint8_t bytes[FUZZ_MAX_INPUT];

	for (unsigned i = 0; i < BENCH_PROGRAMS; i++) {
		memcpy(bytes, b->encoded[i].bytes, b->encoded[i].size);
		b->sink += mutate_bytes(bytes, b->encoded[i].size, sizeof(bytes), i, &gen);
	}
	return BENCH_PROGRAMS;
}

static uint64_t pass_lookup(struct bench *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NR_GFNS; i++)
		sum += oracle_memtype(&b->oracle, 0, b->gfns[i], EPOCH_NOW).mt.type;
	b->sink += sum;
	return NR_GFNS;
}

/*
 * The same question answered from the registers alone, as a first draft would:
 * rows 2 to 7 of B.4, fixed ranges, then the match formula (A.2) pair by pair
 * and the overlap rules (A.3).
 */
static unsigned naive_type(const struct bench *b, uint64_t gfn)
{
	const struct naive_regs *regs = &b->regs;
	unsigned types = 0;

	if (!regs->dma || (regs->cr0 & CR0_CD))
		return MT_WB;
	if (!(regs->def_type & MTRR_DEF_TYPE_E))
		return MT_UC;
	if ((regs->def_type & MTRR_DEF_TYPE_FE) && gfn < 0x100)
		return regs->fixed[gfn < 0x80 ? gfn >> 4 :
				   gfn < 0xc0 ? 8 + ((gfn - 0x80) >> 2) : 24 + gfn - 0xc0];
	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		uint64_t mask = regs->mask[i] & regs->pa_mask & ~(PAGE_SIZE - 1);

		if (!(regs->mask[i] & MTRR_PHYSMASK_V))
			continue;
		if ((gfn << PAGE_SHIFT & mask) == (regs->base[i] & mask))
			types |= 1u << (regs->base[i] & MTRR_PHYSBASE_TYPE);
	}
	if (!types)
		return regs->def_type & MTRR_DEF_TYPE_TYPE;
	if (!(types & (types - 1)))
		return __builtin_ctz(types);
	if (types & 1u << MT_UC)
		return MT_UC;
	return types == (1u << MT_WT | 1u << MT_WB) ? MT_WT : MT_WB;
}

static uint64_t pass_naive(struct bench *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NR_GFNS; i++)
		sum += naive_type(b, b->gfns[i]);
	b->sink += sum;
	return NR_GFNS;
}

#define SWEEP_START	(2ULL << 18)	/* gfn of 2G */
#define SWEEP_PAGES	(1ULL << 18)

static uint64_t pass_sweep(struct bench *b)
{
	uint64_t gfn = SWEEP_START;

	while (gfn < SWEEP_START + SWEEP_PAGES) {
		struct mt_run run = oracle_memtype(&b->oracle, 0, gfn, EPOCH_NOW);

		b->sink += run.mt.type;
		gfn = run.end;
	}
	return SWEEP_PAGES;
}

static uint64_t pass_sweep_naive(struct bench *b)
{
	for (uint64_t gfn = SWEEP_START; gfn < SWEEP_START + SWEEP_PAGES; gfn++)
		b->sink += naive_type(b, gfn);
	return SWEEP_PAGES;
}

static uint64_t (*const passes[NR_FIGURES])(struct bench *) = {
	[FIG_LOCKSTEP] = pass_lockstep, [FIG_TARGET] = pass_target,
	[FIG_GENERATE] = pass_generate, [FIG_DECODE] = pass_decode, [FIG_MUTATE] = pass_mutate,
	[FIG_LOOKUP] = pass_lookup, [FIG_NAIVE] = pass_naive,
	[FIG_SWEEP] = pass_sweep, [FIG_SWEEP_NAIVE] = pass_sweep_naive,
};

/* ns a thing, over at least b->seconds. */
static double measure(struct bench *b, enum figure figure)
{
	double start = cpu_seconds(), elapsed;
	uint64_t done = 0;

	do {
		done += passes[figure](b);
		elapsed = cpu_seconds() - start;
	} while (elapsed < b->seconds);
	return elapsed / done * 1e9;
}

/* -- libFuzzer's loop, in a child since it does not return --------------- */

static struct {
	struct fuzz_core *core;		/* NULL: the empty function */
	double start, seconds;
	uint64_t done;
	int fd;
} loop;

static int loop_one(const uint8_t *data, size_t size)
{
	double ns;

	engine_counters[0] = 1;		/* or libFuzzer gives up at once */
	if (loop.core)
		fuzz_core_run(loop.core, data, size);
	/* The clock seldom: it costs as much as an empty run. */
	if (++loop.done % 256)
		return 0;
	if (!loop.start) {
		loop.start = cpu_seconds();
		loop.done = 0;
	} else if (cpu_seconds() - loop.start > loop.seconds) {
		ns = (cpu_seconds() - loop.start) / loop.done * 1e9;
		_exit(write(loop.fd, &ns, sizeof(ns)) == sizeof(ns) ? 0 : 1);
	}
	return 0;
}

static __attribute__((noreturn)) void loop_child(struct bench *b, bool empty)
{
	static struct key_table keys;
	static struct fuzz_stats stats;
	struct fuzz_core_options options = {
		.target = b->target->name, .keys = &keys, .stats = &stats,
		.counters = engine_counters,
	};
	char *argv[] = {
		"bench", "-seed=1", "-max_len=4096", "-len_control=0", "-detect_leaks=0",
		"-verbosity=0", "-timeout=0", "-rss_limit_mb=0", "-entropic=0",
		"-use_counters=0", "-mutate_depth=1", NULL,
	};
	char **args = argv, error[256];
	int argc = sizeof(argv) / sizeof(argv[0]) - 1, null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	dup2(null, STDOUT_FILENO);
	engine_mode = empty ? ENGINE_PLAIN : ENGINE_MUTATE;
	loop.seconds = b->seconds;
	if (!empty) {
		loop.core = fuzz_core_open(&options, error, sizeof(error));
		if (!loop.core)
			_exit(1);
		fuzz_core_gen_options(loop.core, &engine_gen_options);
	}
	engine_watch_counters(empty ? 8 : COVERAGE_SIZE);
	LLVMFuzzerRunDriver(&argc, &args, loop_one);
	_exit(1);
}

/* ns a run; 0 when the child failed. */
static double measure_loop(struct bench *b, bool empty)
{
	double ns = 0;
	int fds[2], status;
	pid_t pid;

	if (pipe(fds))
		return 0;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		loop.fd = fds[1];
		loop_child(b, empty);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &ns, sizeof(ns)) != sizeof(ns))
		ns = 0;
	close(fds[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return ns;
}

/* -- setting up ---------------------------------------------------------- */

static void write_msr(struct oracle *oracle, uint32_t msr, uint64_t value)
{
	struct op op = { .kind = OP_WRMSR, .arg = msr, .v = { value } };
	struct oracle_result result;

	oracle_step(oracle, &op, &result);
}

/* Eight disjoint pairs of 64K to 8M over WB, with DMA, so that look-ups go through them. */
static void setup_lookup(struct bench *b, struct rng *rng)
{
	static const uint8_t types[] = { MT_UC, MT_WC, MT_WT, MT_WP };
	struct op dma = { .kind = OP_DMA, .arg = 1 };
	struct oracle_result result;
	struct machine machine;
	struct naive_regs *regs = &b->regs;

	machine_default(&machine);
	oracle_reset(&b->oracle, &machine, PROFILE_LINUX_6_1);
	oracle_step(&b->oracle, &dma, &result);
	*regs = (struct naive_regs){
		.dma = true, .cr0 = CR0_PE | CR0_PG, .def_type = MTRR_DEF_TYPE_E | MT_WB,
		.pa_mask = (1ULL << machine.maxphyaddr) - 1,
	};
	for (unsigned i = 0; i < NR_VAR_MTRR; i++) {
		uint64_t size = 1ULL << (16 + i), base = (1ULL << 31) + i * (1ULL << 27);

		regs->base[i] = base | types[i % 4];
		regs->mask[i] = (~(size - 1) & regs->pa_mask) | MTRR_PHYSMASK_V;
		write_msr(&b->oracle, MSR_MTRR_PHYSBASE(i), regs->base[i]);
		write_msr(&b->oracle, MSR_MTRR_PHYSMASK(i), regs->mask[i]);
	}
	write_msr(&b->oracle, MSR_MTRR_DEF_TYPE, regs->def_type);
	/* Half of the gfns near a pair, half anywhere in 4G. */
	for (unsigned i = 0; i < NR_GFNS; i++) {
		uint64_t r = rng_next(rng);

		b->gfns[i] = r & 1 ? (regs->base[r >> 1 & 7] >> PAGE_SHIFT) + (r >> 8) % 4096
				   : (r >> 8) % (1u << 20);
	}
}

static const char *setup(struct bench *b, char *error, size_t size)
{
	const struct bench_options *o = b->options;
	struct gen_options gen = { .nr_ops = BENCH_OPS };
	struct rng rng;

	b->target = target_open(o->target ? o->target : "model:linux-6.1", error, size);
	if (!b->target)
		return error;
	b->seconds = (o->seconds > 0 ? o->seconds : 1) / BENCH_ROUNDS;
	b->programs = calloc(BENCH_PROGRAMS, sizeof(*b->programs));
	b->encoded = calloc(BENCH_PROGRAMS, sizeof(*b->encoded));
	b->gfns = calloc(NR_GFNS, sizeof(*b->gfns));
	b->ls = lockstep_new(b->target);
	if (!b->programs || !b->encoded || !b->gfns || !b->ls)
		return "no memory";
	gen.profile = b->target->profile;
	program_init(&b->program);
	rng_seed(&rng, o->seed ? o->seed : 1);
	for (unsigned i = 0; i < BENCH_PROGRAMS; i++) {
		struct compact *c = &b->programs[i];
		struct encoded *e = &b->encoded[i];

		generate_program(&b->program, &rng, &gen);
		c->machine = b->program.machine;
		memcpy(c->ops, b->program.ops, sizeof(c->ops));
		e->size = program_encode(&b->program, e->bytes, sizeof(e->bytes));
		if (e->size > sizeof(e->bytes))
			return "a program of 32 ops takes more than 1024 bytes";
	}
	setup_lookup(b, &rng);
	for (unsigned i = 0; i < NR_GFNS; i++)
		if (oracle_memtype(&b->oracle, 0, b->gfns[i], EPOCH_NOW).mt.type !=
		    naive_type(b, b->gfns[i]))
			return "oracle and naive walk disagree";
	return NULL;
}

static unsigned kernel_expected(const void *b, uint64_t gfn)
{
	return naive_type(b, gfn);
}

/* The kernel's own look-up, with setup_lookup()'s MTRRs; ns, 0 if the target has none. */
static const char *measure_kernel(struct bench *b, double *ns)
{
	struct kernel_lookup k = {
		.target = b->target, .gfns = b->gfns, .nr = NR_GFNS, .seconds = b->seconds,
		.def_type = b->regs.def_type, .expected = kernel_expected, .arg = b,
	};
	const char *wrong;

	memcpy(k.bases, b->regs.base, sizeof(k.bases));
	memcpy(k.masks, b->regs.mask, sizeof(k.masks));
	wrong = bench_kernel_lookup(&k);
	*ns = k.ns;
	return wrong;
}

/* -- reporting ----------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_text(const struct bench *b, const double *ns, double kernel_ns, FILE *out)
{
	fprintf(out, "%s, seed %llu, median of %u rounds\n", b->target->name,
		(unsigned long long)(b->options->seed ? b->options->seed : 1), BENCH_ROUNDS);
	for (unsigned i = 0; i < NR_FIGURES; i++)
		fprintf(out, "  %-42s %10.1f ns  %12.0f/s\n", figure_names[i].name, ns[i],
			ns[i] ? 1e9 / ns[i] : 0.0);
	if (kernel_ns)
		fprintf(out, "  %-42s %10.1f ns  %12.0f/s\n", "kvm_mtrr_get_guest_memory_type(), likewise",
			kernel_ns, 1e9 / kernel_ns);
	fprintf(out, "ratios\n");
	if (kernel_ns)
		fprintf(out, "  the kernel's look-up to the oracle's       %8.2f\n",
			kernel_ns / ns[FIG_LOOKUP]);
	fprintf(out, "  lockstep to the target alone               %8.2f\n",
		ns[FIG_LOCKSTEP] / ns[FIG_TARGET]);
	fprintf(out, "  fuzzing to lockstep                        %8.2f\n",
		ns[FIG_FUZZ] / ns[FIG_LOCKSTEP]);
	fprintf(out, "  lockstep to an empty libFuzzer target      %8.2f\n",
		ns[FIG_LOCKSTEP] / ns[FIG_EMPTY]);
	fprintf(out, "  naive walk to oracle look-up, random       %8.2f\n",
		ns[FIG_NAIVE] / ns[FIG_LOOKUP]);
	fprintf(out, "  naive walk to oracle look-up, page by page %8.2f\n",
		ns[FIG_SWEEP_NAIVE] / ns[FIG_SWEEP]);
	fprintf(out, "mix: %.0f%% of the ops accepted, %.1f leaves at the end\n",
		100.0 * b->accepted / b->ops, (double)b->leaves / b->runs);
}

static void print_json(const struct bench *b, const double *ns, double kernel_ns, FILE *out)
{
	fprintf(out, "{\"target\": \"%s\", \"seed\": %llu, \"rounds\": %u, \"ns\": {", b->target->name,
		(unsigned long long)(b->options->seed ? b->options->seed : 1), BENCH_ROUNDS);
	for (unsigned i = 0; i < NR_FIGURES; i++)
		fprintf(out, "%s\"%s\": %.2f", i ? ", " : "", figure_names[i].key, ns[i]);
	if (kernel_ns)
		fprintf(out, ", \"kernel_lookup\": %.2f", kernel_ns);
	fprintf(out, "}, \"lockstep_per_second\": %.0f, \"ops_accepted\": %.4f, \"leaves_at_end\": %.2f}\n",
		1e9 / ns[FIG_LOCKSTEP], (double)b->accepted / b->ops, (double)b->leaves / b->runs);
}

int zaplock_bench(const struct bench_options *options, FILE *out)
{
	struct bench *b = calloc(1, sizeof(*b));
	double rounds[NR_FIGURES][BENCH_ROUNDS], ns[NR_FIGURES], kernel_ns;
	const char *wrong;
	char error[512];
	int ret = 3;

	if (!b)
		return 3;
	b->options = options;
	wrong = setup(b, error, sizeof(error));
	if (wrong) {
		fprintf(stderr, "zaplock bench: %s\n", wrong);
		ret = b->target ? 3 : 2;
		goto out;
	}
	for (unsigned r = 0; r < BENCH_ROUNDS; r++)
		for (unsigned i = 0; i < NR_FIGURES; i++)
			rounds[i][r] = passes[i] ? measure(b, i) : measure_loop(b, i == FIG_EMPTY);
	for (unsigned i = 0; i < NR_FIGURES; i++) {
		qsort(rounds[i], BENCH_ROUNDS, sizeof(double), compare_doubles);
		ns[i] = rounds[i][BENCH_ROUNDS / 2];
	}
	wrong = measure_kernel(b, &kernel_ns);
	if (wrong) {
		fprintf(stderr, "zaplock bench: %s\n", wrong);
		goto out;
	}
	if (options->json)
		print_json(b, ns, kernel_ns, out);
	else
		print_text(b, ns, kernel_ns, out);
	ret = ns[FIG_EMPTY] && ns[FIG_FUZZ] ? 0 : 3;
	if (ret)
		fprintf(stderr, "zaplock bench: libFuzzer's loop did not run in a child process\n");
out:
	lockstep_free(b->ls);
	if (b->target)
		target_close(b->target);
	free(b->gfns);
	free(b->encoded);
	free(b->programs);
	free(b);
	return ret;
}
