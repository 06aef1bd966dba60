// SPDX-License-Identifier: GPL-2.0-only
/* Instructions as text, by Capstone where the build has it. */
#include <stdio.h>

#include "harness/targets/guest/guest.h"

#ifdef HAVE_CAPSTONE
#include <capstone/capstone.h>

size_t guest_disassemble(const uint8_t *bytes, size_t size, uint64_t rip, char *text, size_t text_size)
{
	cs_insn *insn;
	csh handle;
	size_t length = 0;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK)
		return 0;
	if (cs_disasm(handle, bytes, size, rip, 1, &insn)) {
		snprintf(text, text_size, "%s%s%s", insn->mnemonic, insn->op_str[0] ? " " : "", insn->op_str);
		length = insn->size;
		cs_free(insn, 1);
	}
	cs_close(&handle);
	return length;
}

bool guest_can_disassemble(void)
{
	return true;
}
#else
size_t guest_disassemble(const uint8_t *bytes, size_t size, uint64_t rip, char *text, size_t text_size)
{
	if (size < 3)
		return 0;
	snprintf(text, text_size, "bytes %02x %02x %02x", bytes[0], bytes[1], bytes[2]);
	return 1;
}

bool guest_can_disassemble(void)
{
	return false;
}
#endif
