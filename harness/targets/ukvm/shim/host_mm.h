/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's address space, as far as it holds guest memory.
 *
 * Each memslot id has a window of WINDOW_SIZE; a slot's memory begins in it at
 * the offset of its gpa within 1 GiB, so that 1 GiB pages line up. What the
 * host maps there is said by gpa: 1 GiB pages, unless op `backing` or
 * `invalidate` said otherwise.
 */
#ifndef UKVM_HOST_MM_H
#define UKVM_HOST_MM_H

#include "../abi.h"

void ukvm_mm_start(void);
/* Back to 1 GiB pages that never moved, no slots. */
void ukvm_mm_reset(void);

/* Where slot @id's memory lies when created at @gpa. */
unsigned long ukvm_mm_slot_hva(unsigned int id, unsigned long gpa);
/* Where the memory of the VMM's own slot (UKVM_PRIVATE_GPA) lies; it never moves. */
unsigned long ukvm_mm_private_hva(void);
/* Slot @id now maps [gpa, gpa + size) from @hva on; size 0 = it is gone. */
void ukvm_mm_set_slot(unsigned int id, unsigned long gpa, unsigned long hva, unsigned long size);

/*
 * The host maps other pages of @kind at [gpa, gpa + size) and tells KVM through
 * its MMU notifier, before and after, as mm/ does when it unmaps pages.
 */
void ukvm_mm_set_backing(unsigned long gpa, unsigned long size, enum ukvm_backing kind);
/* As above, keeping the kind where pages move as a whole. */
void ukvm_mm_move(unsigned long gpa, unsigned long size);

#endif
