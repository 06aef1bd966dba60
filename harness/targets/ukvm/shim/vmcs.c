// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCSs. How a processor lays fields out in the VMCS's page is its own affair
 * (SDM 24.2): here one value of 64 bits a field, behind the revision and abort
 * words, by groups of width and type. VMREAD and VMWRITE are what KVM executes
 * most, so insn.S does them without a call.
 */
#include <linux/kvm_host.h>

#include "host.h"
#include "pages.h"
#include "shim.h"
#include "vmcs.h"

/*
 * Where a group begins, in units of 16 values; by bits 14 (width), 13 (width),
 * 12 (0), 11 and 10 (type: control, read-only, guest state, host state) of the
 * encoding (SDM appendix B). Bits 9 to 1 are the index in the group.
 */
const u8 ukvm_vmcs_groups[32] = {
	[0x00] = 1, [0x01] = 2, [0x02] = 3, [0x03] = 4,			/* 16 bits */
	[0x08] = 5, [0x09] = 9, [0x0a] = 10, [0x0b] = 12,		/* 64 bits */
	[0x10] = 14, [0x11] = 16, [0x12] = 17, [0x13] = 19,		/* 32 bits */
	[0x18] = 20, [0x19] = 22, [0x1a] = 23, [0x1b] = 25,		/* natural width */
};

u64 *ukvm_current_vmcs;

static u64 *field(u64 encoding)
{
	BUG_ON(!ukvm_current_vmcs);
	return ukvm_current_vmcs + ukvm_vmcs_groups[encoding >> 10 & 31] * 16 + (encoding >> 1 & 63);
}

u64 ukvm_vmread(u64 encoding)
{
	return *field(encoding);
}

void ukvm_vmwrite(u64 encoding, u64 value)
{
	*field(encoding) = value;
}

void ukvm_vmptrld(u64 pa)
{
	ukvm_current_vmcs = __va(pa);
}

/* The contents stay in memory (SDM 24.11.3). */
void ukvm_vmclear(u64 pa)
{
	if (ukvm_current_vmcs == __va(pa))
		ukvm_current_vmcs = NULL;
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
