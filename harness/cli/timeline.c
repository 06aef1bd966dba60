// SPDX-License-Identifier: GPL-2.0-only
/*
 * A group's events as a table: a column a thread, a row an event, time goes
 * down. Rows between two switches belong to the one thread that runs.
 */
#include <string.h>

#include "harness/cli/timeline.h"
#include "harness/lockstep/key.h"
#include "harness/lockstep/schedule.h"

#define PAGE_WIDTH	104u
#define MIN_COLUMN	24u

struct table {
	FILE *out;
	unsigned column[SCHED_THREADS];	/* of each thread */
	unsigned nr, width;
};

static void row(const struct table *t, unsigned thread, const char *text)
{
	unsigned column = t->column[thread];

	fputs("  ", t->out);
	for (unsigned i = 0; i < column; i++)
		fprintf(t->out, "%-*s| ", (int)t->width, "");
	fprintf(t->out, "%.*s\n", (int)(column + 1 < t->nr ? t->width : PAGE_WIDTH), text);
}

static void head(const struct table *t)
{
	fputs("  ", t->out);
	for (unsigned i = 0; i < t->nr; i++) {
		char name[16] = "host";

		for (unsigned thread = 0; thread < MAX_VCPUS; thread++) {
			if (t->column[thread] == i)
				snprintf(name, sizeof(name), "vcpu%u", thread);
		}
		if (i + 1 < t->nr)
			fprintf(t->out, "%-*s| ", (int)t->width, name);
		else
			fprintf(t->out, "%s\n", name);
	}
}

/* "installs", "zaps" or "changes" and which leaf; false: not worth a row. */
static bool spte_text(const struct target *target, const struct event *ev, char *buf, size_t size)
{
	static const char *const sizes[] = { "?", "4K", "2M", "1G" };
	struct spte_view old = spte_view(target->layout, ev->old_spte, ev->level);
	struct spte_view new = spte_view(target->layout, ev->new_spte, ev->level);
	struct spte_view view = new.leaf ? new : old;
	uint64_t nr = ev->end > ev->gfn ? (ev->end - ev->gfn) / level_pages(ev->level) : 1;
	char mt[MT_TEXT_MAX], count[32] = "";

	if (ev->level > LEVEL_1G || (!old.leaf && !new.leaf))
		return false;
	if (nr > 1)
		snprintf(count, sizeof(count), "%llu x ", (unsigned long long)nr);
	snprintf(buf, size, "%s %s%s at 0x%llx, %s", new.leaf ? (old.leaf ? "changes" : "maps") : "zaps",
		 count, sizes[ev->level], (unsigned long long)ev->gfn << PAGE_SHIFT,
		 mt_text((struct mt){ .type = view.type, .ipat = view.ipat }, mt));
	return true;
}

static bool event_text(const struct target *target, const struct op *ops, const struct event *ev,
		       unsigned thread, char *buf, size_t size)
{
	switch (ev->kind) {
	case EV_OP_BEGIN:
		op_print(&ops[ev->gfn], buf, size);
		return true;
	case EV_OP_LEAVE:
		snprintf(buf, size, ev->level ? "... must wait (behind %s)" : "... is left at %s",
			 schedule_point_name(target, ev->root));
		return true;
	case EV_OP_RESUME:
		snprintf(buf, size, "... goes on");
		return true;
	case EV_OP_END:
		snprintf(buf, size, "end");
		return true;
	case EV_SPTE:
		return spte_text(target, ev, buf, size);
	case EV_ZAP_RANGE:
		snprintf(buf, size, "zaps from gfn 0x%llx to 0x%llx", (unsigned long long)ev->gfn,
			 (unsigned long long)ev->end);
		return true;
	case EV_FLUSH:
		snprintf(buf, size, "flushes its TLB");
		return ev->vcpu == thread;
	case EV_FILL:
		snprintf(buf, size, "translates 0x%llx", (unsigned long long)ev->gfn << PAGE_SHIFT);
		return true;
	case EV_ENTER:
		snprintf(buf, size, "enters the guest");
		return true;
	case EV_MMIO_SPTE:
		snprintf(buf, size, "MMIO SPTE at 0x%llx", (unsigned long long)ev->gfn << PAGE_SHIFT);
		return true;
	}
	return false;
}

static void print_group(struct group_watch *watch, const struct op *ops, unsigned nr,
			const struct target *target)
{
	struct timeline *timeline = (struct timeline *)watch;
	struct table t = { .out = timeline->out };
	unsigned thread = 0;

	memset(t.column, 0xff, sizeof(t.column));
	for (unsigned i = 0; i < nr; i++) {
		if (t.column[op_thread(&ops[i])] >= SCHED_THREADS)
			t.column[op_thread(&ops[i])] = t.nr++;
	}
	t.width = PAGE_WIDTH / t.nr > MIN_COLUMN ? PAGE_WIDTH / t.nr : MIN_COLUMN;
	head(&t);
	for (size_t i = 0; i < target->nr_events; i++) {
		const struct event *ev = &target->events[i];
		char text[160];

		if (ev->kind >= EV_OP_BEGIN && ev->kind <= EV_OP_END)
			thread = ev->vcpu;
		if (event_text(target, ops, ev, thread, text, sizeof(text)))
			row(&t, thread, text);
	}
}

void timeline_init(struct timeline *timeline, FILE *out)
{
	*timeline = (struct timeline){ .watch = { print_group }, .out = out };
}
