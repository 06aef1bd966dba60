// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the text parser. Any bytes are refused with a place and a reason,
 * or make a valid program that print, parse, encode and decode all keep.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/program/tests/fuzz.h"

const char *const fuzz_seeds[] = {
	"zaplock 1\n"
	"# CD=1 faults a page in, CD=0 must take it out again\n"
	"machine profile=linux-6.1 vendor=intel vcpus=2 maxphyaddr=39 cpuid-mtrr=on tdp=on\n"
	"quirk cd-nw-cleared off # why\n"
	"slot 0 gpa=0x0 size=0x200000\n"
	"slot 1 gpa=0x40000000 size=4M readonly dirty-log\n"
	"---\n"
	"host dma on\n"
	"vcpu0 wrmsr MTRRphysBase0 0x40000000\n"
	"vcpu0 wrmsr 0x201 0x7fffc00800\n"
	"vcpu0 cr0 +cd -nw\n"
	"vcpu0 write 0x40001000\n"
	"together sched=0@zap-begin,1@cr0-written\n"
	"  vcpu0 cr0 +cd\n"
	"  # behind the other\n"
	"  vcpu1 cr0 +cd\n"
	"end\n"
	"expect missed-zap step=1 gpa=1G target=model:* profile=linux-*\n",
	"zaplock 1\n"
	"machine vcpus=2 start=pae32 selfsnoop=off\n"
	"---\n"
	"vcpu1 cr3 0x1000 noflush\n"
	"vcpu1 cr4 0x20\n"
	"vcpu1 map va=0xffff800000200000 gpa=2M size=2m pat=3\n"
	"vcpu1 read va=0xffff800000200000\n"
	"vcpu0 invpcid type=1 pcid=3 va=0\n"
	"vcpu0 invlpg va=0x1000\n"
	"vcpu1 init\nvcpu1 sipi\nvcpu0 smi\nvcpu0 rsm\nvcpu0 wbinvd\nvcpu0 cpuid 1\n"
	"host quirk slot-zap-all off\n"
	"host sregs vcpu1 cr0=0x80000031 efer=0x500\n"
	"host cpuid vcpu0 cpuid-mtrr=off maxphyaddr=36\n"
	"host slot 3 gpa=0x123 size=0x10 readonly\n"
	"host slot 3 delete\n"
	"host backing 1G 2M mmio\n"
	"host invalidate 0 4K\n"
	"host prefault vcpu1 1G 4K\n"
	"host setmsr vcpu1 PAT 0x0007040600070406\n"
	"host split 1\nhost collapse 1\n"
	"expect clean\n",
	NULL,
};

static struct program first, second;
static char text[PROGRAM_MAX_TEXT + 1], again[PROGRAM_MAX_TEXT + 1];
static uint8_t bytes[PROGRAM_MAX_TEXT];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_error error;
	size_t length;

	if (program_parse(&first, (const char *)data, size, "fuzz", &error)) {
		must(*error.expected && (error.line || size > PROGRAM_MAX_TEXT));
		must(!first.nr_ops);
		return 0;
	}
	must_be_valid(&first);

	length = program_print(&first, text, sizeof(text));
	must(length < sizeof(text));
	must(!program_parse(&second, text, length, "printed", &error));
	must(program_equal(&first, &second));
	program_print(&second, again, sizeof(again));
	must(!strcmp(text, again));

	length = program_encode(&first, bytes, sizeof(bytes));
	must(length <= sizeof(bytes));
	program_decode(&second, bytes, length);
	must(program_equal(&first, &second));
	return 0;
}
