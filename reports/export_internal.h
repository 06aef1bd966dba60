/* SPDX-License-Identifier: GPL-2.0-only */
/* What the forms of a reproducer share. */
#ifndef ZAPLOCK_REPORTS_EXPORT_INTERNAL_H
#define ZAPLOCK_REPORTS_EXPORT_INTERNAL_H

#include <inttypes.h>

#include "reports/export.h"

struct exporter {
	FILE *out;
	const char *name;
	const struct program *program;
	const struct result *result;
	char *left_out;
	size_t size, used;
	unsigned nr_left_out;
	bool hashes;		/* comments are lines that begin with # */
	unsigned step;		/* being written */
	uint64_t shift;		/* selftest: added to every guest-physical address */
};

#define put(x, ...) fprintf((x)->out, __VA_ARGS__)

/* Says that the op has no such form, in the output and to the caller. */
void leave_out(struct exporter *x, const struct op *op, const char *why);
/* The comment at the head: what it is, what it shows, the program. @how: lines on how to build and run it. */
void put_head(struct exporter *x, const char *what, const char *how);
/* @text inside a comment or a string: escaped, without what would end either. */
const char *c_text(const char *text, char *buf, size_t size);
/* Op @i's step number and text as C: 5, "vcpu0 cr0 -cd". */
void put_step(struct exporter *x, unsigned i);

void export_c(struct exporter *x);
void export_selftest(struct exporter *x);
void export_kvm_unit_test(struct exporter *x);
void export_syz(struct exporter *x);

#endif
