/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program and its finding as a stand-alone reproducer: C on /dev/kvm, a KVM
 * selftest, a kvm-unit-test, a syzkaller program.
 */
#ifndef ZAPLOCK_REPORTS_EXPORT_H
#define ZAPLOCK_REPORTS_EXPORT_H

#include "reports/reports.h"

enum export_form { EXPORT_C, EXPORT_SELFTEST, EXPORT_KVM_UNIT_TEST, EXPORT_SYZ, NR_EXPORTS };
extern const char *const export_form_names[NR_EXPORTS];

/*
 * Writes @program to @out as @form. @result: what it shows, for the comment at
 * its head. Ops that the form does not have are left out, each with a comment
 * in the output and a line in @left_out (bytes @size): their number is returned.
 */
unsigned export_program(enum export_form form, const char *name, const struct program *program,
			const struct result *result, FILE *out, char *left_out, size_t size);

#endif
