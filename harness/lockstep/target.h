/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a target implements: something that runs KVM's side of a program, real
 * or modelled, and shows what it did.
 *
 * A target never asks the oracle; from oracle/ it sees x86.h and op.h alone.
 * It executes ops one at a time, appends what happened to its event buffer in
 * the order it happened, and can show all present leaves on demand. It says in
 * its capabilities what of this it can see, and the engine compares that and
 * no more.
 */
#ifndef ZAPLOCK_LOCKSTEP_TARGET_H
#define ZAPLOCK_LOCKSTEP_TARGET_H

#include <stddef.h>

#include "harness/lockstep/sched.h"
#include "harness/lockstep/spte.h"
#include "oracle/op.h"

/* What can be compared (design 5). */
enum target_cap {
	CAP_FAULTS	= 1u << 0,	/* accepted or #GP/#UD/errno; without it the engine keeps from the target what the rules refuse */
	CAP_MSR_VALUES	= 1u << 1,
	CAP_CR_VALUES	= 1u << 2,
	CAP_SPTES	= 1u << 3,	/* snapshot of present leaves */
	CAP_SPTE_EVENTS	= 1u << 4,	/* every leaf change as an event */
	CAP_ZAP_EVENTS	= 1u << 5,	/* zaps attributable to the op: missed-zap rather than stale-memtype, over-zap */
	CAP_TLB		= 1u << 6,	/* fills, flushes and guest entries */
	CAP_GUEST_TLB	= 1u << 7,	/* linear flushes on CR changes */
	CAP_VCPUS	= 1u << 8,	/* several vCPUs */
	CAP_SCHEDULES	= 1u << 9,	/* sched= */
	CAP_MEMTYPES	= 1u << 10,	/* leaves carry a memtype */
	CAP_REGS	= 1u << 11,	/* reads registers without running guest code */
};

enum event_kind {
	EV_SPTE,	/* a leaf or non-leaf SPTE changed, or a run of them: as_id, gfn, level, old, new */
	EV_ZAP_RANGE,	/* a range zap was asked for: gfns [gfn, end) */
	EV_FILL,	/* @vcpu's TLB cached the leaf new at gfn, level through root */
	EV_FLUSH,	/* TLB of @vcpu (or ALL_VCPUS) emptied for gfns [gfn, end) of every root; takes effect now */
	EV_GUEST_FLUSH,	/* linear mappings of @vcpu flushed; level = enum guest_flush_scope */
	EV_ENTER,	/* @vcpu enters the guest now: its TLB must be right (R-FLUSH) */
	EV_MMIO_SPTE,	/* an MMIO SPTE was installed at gfn */
	EV_LINEAR,	/* @vcpu accessed page gfn of its linear addresses; a shadow root led to gpa new_spte */
	EV_CACHE_OVERRUN, /* memory cache: old = objects asked for, new = capacity (R-CAP) */
	/*
	 * In groups, of the op with index gfn and its thread (vcpu; HOST_THREAD): it
	 * begins, is left at point root (level 1: it must wait), goes on, has ended.
	 */
	EV_OP_BEGIN,
	EV_OP_LEAVE,
	EV_OP_RESUME,
	EV_OP_END,
};

#define ALL_VCPUS	0xffu
enum guest_flush_scope { FLUSH_SCOPE_CURRENT = 1, FLUSH_SCOPE_ALL = 2 };

struct event {
	uint8_t kind;		/* enum event_kind */
	uint8_t vcpu;
	uint8_t as_id;		/* address space: 1 = SMM */
	uint8_t level;		/* of the SPTE: 1 to 5 */
	uint32_t root;		/* tag of the root the translation hangs under */
	uint64_t gfn;		/* first gfn the SPTE maps */
	uint64_t end;		/* half-open; 0 will do for a single SPTE */
	uint64_t old_spte, new_spte;	/* of a run: its first, see event_spte() */
};

/*
 * How many SPTEs an EV_SPTE is about: neighbours in one table, old ones and new
 * ones each 0 or leaves alike, of consecutive pfns.
 */
static inline unsigned event_nr_sptes(const struct event *ev)
{
	uint64_t pages = level_pages(ev->level);

	return ev->end > ev->gfn + pages ? (ev->end - ev->gfn) / pages : 1;
}

/* The @n-th SPTE of the run that begins with @first: ev->old_spte or ev->new_spte. */
static inline uint64_t event_spte(const struct event *ev, uint64_t first, unsigned n)
{
	return first ? first + (n * level_pages(ev->level) << PAGE_SHIFT) : 0;
}

/* A present leaf, as a snapshot lists it; any order. */
struct leaf {
	uint8_t as_id;
	uint8_t level;
	uint32_t root;
	uint64_t gfn;
	uint64_t spte;
};

/* Registers as the guest would read them; mirrors what the oracle knows. */
struct target_regs {
	uint64_t cr0, cr3, cr4, efer, pat, def_type;
};

enum target_status {
	TARGET_OK = 0,
	TARGET_SKIPPED,		/* cannot run this; target->why says what is missing */
	TARGET_CRASH,		/* BUG or a signal ended the code under test: a finding */
	TARGET_HANG,		/* step bound exceeded: a finding */
	TARGET_INFRA,		/* the target itself broke; no statement about the code under test */
};

/*
 * What the code under test says is wrong with itself: a WARN, after which it
 * goes on, or the BUG or signal that ended it. A finding of rule crash, one a
 * function in a program, whatever op led there.
 */
struct target_warning {
	bool fatal;		/* with TARGET_CRASH; else the run goes on */
	char function[64];	/* that warns: names the cause, since lines differ between versions */
	char file[80];		/* as the code names it; "" if unknown */
	unsigned line;
	char text[128];		/* "WARN_ON_ONCE(end <= start)" */
	char stack[256];	/* "called < by < whom", innermost first; only if target->want_stacks */
};

#define MAX_WARNINGS	4u	/* of one op; further ones are lost */

struct target;

struct target_ops {
	const char *name;	/* "model": what stands before ':' in --target */
	const char *summary;	/* one line for `zaplock targets` */
	const char *usage;	/* "model:PROFILE[,defect=NAME]" */
	/*
	 * Opens a target for @arg, what stands after ':' ("" if nothing did).
	 * NULL on error, with one sentence and what to do in @error; errno is EINVAL
	 * when @arg is wrong, ENODEV when the host lacks something.
	 */
	struct target *(*open)(const char *arg, char *error, size_t size);
	/* Optional: puts into @machine what the host decides, not the program (vendor, TDP, self-snoop): what is judged. */
	void (*adapt)(struct target *t, struct machine *machine);
	/* A VM as good as fresh. May refuse the machine: TARGET_SKIPPED. */
	enum target_status (*reset)(struct target *t, const struct machine *machine);
	/* Runs one op. Appends events; fills *out (OUT_ANY where it cannot tell). */
	enum target_status (*step)(struct target *t, const struct op *op, struct outcome *out);
	/*
	 * Runs a group, interleaved as @by picks: one event stream, divided by
	 * EV_OP_*; out[i] is what came of ops[i]. Needs CAP_SCHEDULES.
	 */
	enum target_status (*group)(struct target *t, const struct op *ops, unsigned nr,
				    struct scheduler *by, struct outcome *out);
	/* Names of the points at which an op can be left, NULL-terminated. With CAP_SCHEDULES. */
	const char *const *points;
	/* Writes up to @max present leaves, returns how many there are. Needs CAP_SPTES. */
	size_t (*snapshot)(struct target *t, struct leaf *leaves, size_t max);
	/* Needs CAP_REGS. */
	struct target_regs (*regs)(struct target *t, unsigned vcpu);
	void (*close)(struct target *t);
	/*
	 * Optional, for `zaplock bench`: what the code under test itself takes
	 * @vcpu's MTRRs to say of each of @nr gfns. False if it has no such function.
	 */
	bool (*guest_memtypes)(struct target *t, unsigned vcpu, const uint64_t *gfns, size_t nr,
			       uint8_t *types);
	/* Optional: prints what `zaplock targets` shows of this host's instances, one ARG a line via @emit. */
	void (*list)(void (*emit)(const char *arg, const char *note, void *ctx), void *ctx);
};

/* Embedded first in each target's own struct. */
struct target {
	const struct target_ops *ops;
	char name[64];			/* "model:linux-6.1" */
	uint32_t caps;			/* enum target_cap; constant from open() on */
	enum profile profile;		/* PROFILE_NONE: the program or --profile must say */
	char profile_why[96];		/* the fact that decided it */
	enum spte_layout layout;	/* valid after reset() */
	char why[256];			/* for every status but TARGET_OK */
	char note[128];			/* how the last op failed ("#GP(0x0) at ..."), or "" */
	struct event *events;		/* of the current op; the engine empties it */
	size_t nr_events, max_events;
	struct target_warning warnings[MAX_WARNINGS];	/* likewise; from reset() too */
	unsigned nr_warnings;
	bool want_stacks;		/* somebody will read them: symbolizing takes time */
};

/* Room for one more event; NULL never: aborts when memory is out. Cleared. */
struct event *target_event_slow(struct target *t);

static inline struct event *target_event(struct target *t, enum event_kind kind)
{
	struct event *ev = t->nr_events < t->max_events ? &t->events[t->nr_events++]
							: target_event_slow(t);

	*ev = (struct event){ .kind = kind };
	return ev;
}

/*
 * The record of a warning in @function, cleared but for that and @fatal; the
 * first one of an op stands for all, so NULL if it is there or there is no room.
 */
struct target_warning *target_warn(struct target *t, const char *function, bool fatal);

/* The targets that this build has, NULL-terminated; filled in by the command line. */
extern const struct target_ops *const target_table[];

/* Opens "NAME:ARG". NULL on error, with one sentence and what to do in @error, and errno as open() sets it. */
struct target *target_open(const char *spec, char *error, size_t size);
void target_close(struct target *t);

#endif
