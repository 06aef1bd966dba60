// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCSs. A processor keeps a VMCS's contents where software cannot see them,
 * and so does this: one value per field, in a block that belongs to the VMCS's
 * physical address. VMCLEAR ends it.
 */
#include <linux/kvm_host.h>

#include "host.h"
#include "pages.h"
#include "shim.h"
#include "vmcs.h"

/* Field encodings (SDM appendix B): width 14:13, type 11:10, index 9:1. All indices are below 64. */
#define FIELD(encoding)	(((encoding) >> 13 & 3) << 8 | ((encoding) >> 10 & 3) << 6 | \
			 ((encoding) >> 1 & 63))
#define NR_FIELDS	1024

struct contents {
	u64 field[NR_FIELDS];
	struct contents *next_free;
};

static struct contents *of_page[ARENA_SIZE >> PAGE_SHIFT];
static struct contents *free_contents;
static struct contents *current_vmcs;

u64 ukvm_vmread(u64 encoding)
{
	BUG_ON(!current_vmcs);
	return current_vmcs->field[FIELD(encoding)];
}

void ukvm_vmwrite(u64 encoding, u64 value)
{
	BUG_ON(!current_vmcs);
	current_vmcs->field[FIELD(encoding)] = value;
}

void ukvm_vmptrld(u64 pa)
{
	struct contents **contents = &of_page[pa >> PAGE_SHIFT];

	if (!*contents) {
		if (free_contents) {
			*contents = free_contents;
			free_contents = free_contents->next_free;
			memset(*contents, 0, sizeof(**contents));
		} else {
			*contents = ukvm_host_keep(ukvm_host_alloc(sizeof(**contents), 64, 1));
		}
	}
	current_vmcs = *contents;
}

void ukvm_vmclear(u64 pa)
{
	struct contents *contents = of_page[pa >> PAGE_SHIFT];

	if (!contents)
		return;
	if (current_vmcs == contents)
		current_vmcs = NULL;
	of_page[pa >> PAGE_SHIFT] = NULL;
	contents->next_free = free_contents;
	free_contents = contents;
}

/*
 * INVEPT and INVVPID act on the processor that the vCPU being loaded or entered
 * runs on. INVEPT drops guest-physical and combined translations, which is all
 * of them; INVVPID the linear and combined ones (SDM 28.3.3.1). Single-context
 * INVEPT counts as all contexts, which can only hide, never invent, a missing
 * flush.
 */
void ukvm_invept(u64 type)
{
	ukvm_event_range(UKVM_EV_FLUSH, 0, ~0ul);
	ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 2);
}

void ukvm_invvpid(u64 type)
{
	/* Types: 0 one address, 1 one VPID, 2 all, 3 one VPID but globals. */
	if (type == 1 || type == 2)
		ukvm_event(UKVM_EV_GUEST_FLUSH, ukvm_guest.id, 2);
}
