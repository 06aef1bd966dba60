// SPDX-License-Identifier: GPL-2.0-only
/* Facts about this host's KVM; see host.h. Rules F.1 (ioctls), B.8, B.9 (profiles). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/targets/kvm/host.h"

const char *const paging_names[] = {
	[PAGING_SHADOW] = "shadow paging", [PAGING_EPT] = "EPT", [PAGING_NPT] = "NPT",
};

bool module_parameter(const char *module, const char *name)
{
	char path[128], value = 'N';
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &value, 1) != 1)
		value = 'N';
	close(fd);
	return value == 'Y' || value == '1';
}

static bool module_there(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

/* Which module runs guests, and how it pages. */
static void find_paging(struct kvm_host *host)
{
	if (module_there("kvm_intel")) {
		strcpy(host->module, "kvm_intel");
		host->paging = module_parameter("kvm_intel", "ept") ? PAGING_EPT : PAGING_SHADOW;
	} else if (module_there("kvm_amd")) {
		strcpy(host->module, "kvm_amd");
		host->paging = module_parameter("kvm_amd", "npt") ? PAGING_NPT : PAGING_SHADOW;
	} else {
		strcpy(host->module, module_there("kvm_pvm") ? "kvm_pvm" : "kvm");
		host->paging = PAGING_SHADOW;
	}
	host->tdp_mmu = host->paging != PAGING_SHADOW && module_parameter("kvm", "tdp_mmu");
}

static const struct kvm_cpuid_entry2 *cpuid_leaf(const struct kvm_host *host, uint32_t function)
{
	for (unsigned i = 0; i < host->cpuid->nent; i++) {
		if (host->cpuid->entries[i].function == function && !host->cpuid->entries[i].index)
			return &host->cpuid->entries[i];
	}
	return NULL;
}

/* What KVM supports of what programs may ask for (SDM vol 2A, CPUID). */
static void read_cpuid(struct kvm_host *host)
{
	const struct kvm_cpuid_entry2 *vendor = cpuid_leaf(host, 0), *one = cpuid_leaf(host, 1);
	const struct kvm_cpuid_entry2 *seven = cpuid_leaf(host, 7), *address = cpuid_leaf(host, 0x80000008);

	/* "AuthenticAMD", "HygonGenuine" */
	host->vendor = vendor && (vendor->ecx == 0x444d4163 || vendor->ecx == 0x656e6975) ? VENDOR_AMD
											 : VENDOR_INTEL;
	host->maxphyaddr = address ? address->eax & 0xff : 36;
	host->cr4 = CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE |
		    CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (one) {
		host->selfsnoop = one->edx >> 27 & 1;
		host->cr4 |= (one->ecx >> 17 & 1 ? CR4_PCIDE : 0) | (one->ecx >> 26 & 1 ? CR4_OSXSAVE : 0);
	}
	if (seven) {
		host->invpcid = seven->ebx >> 10 & 1;
		host->cr4 |= (seven->ebx & 1 ? CR4_FSGSBASE : 0) | (seven->ebx >> 7 & 1 ? CR4_SMEP : 0) |
			     (seven->ebx >> 20 & 1 ? CR4_SMAP : 0) | (seven->ecx >> 2 & 1 ? CR4_UMIP : 0) |
			     (seven->ecx >> 16 & 1 ? CR4_LA57 : 0);
	}
}

static int open_device(char *error, size_t size)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		snprintf(error, size, "this host has no /dev/kvm; modprobe kvm_intel or kvm_amd, or see `zaplock doctor`");
	else if (errno == EACCES || errno == EPERM)
		snprintf(error, size, "no right to open /dev/kvm; run as root, or: adduser $USER kvm, and log in again");
	else
		snprintf(error, size, "/dev/kvm does not open: %s; see `zaplock doctor`", strerror(errno));
	return -1;
}

int kvm_host_open(struct kvm_host *host, char *error, size_t size)
{
	enum { ENTRIES = 256 };
	struct utsname name;
	int run_size, quirks;

	memset(host, 0, sizeof(*host));
	host->fd = open_device(error, size);
	if (host->fd < 0)
		return -1;
	run_size = ioctl(host->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	host->cpuid = calloc(1, sizeof(*host->cpuid) + ENTRIES * sizeof(host->cpuid->entries[0]));
	if (ioctl(host->fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION || run_size <= 0) {
		snprintf(error, size, "/dev/kvm does not answer as KVM does (API version %d)", KVM_API_VERSION);
		goto fail;
	}
	if ((ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS) & 3) != 3) {
		snprintf(error, size, "this KVM has no KVM_CAP_SYNC_REGS (Linux 4.17)");
		goto fail;
	}
	if (!host->cpuid) {
		snprintf(error, size, "out of memory");
		goto fail;
	}
	host->cpuid->nent = ENTRIES;
	if (ioctl(host->fd, KVM_GET_SUPPORTED_CPUID, host->cpuid)) {
		snprintf(error, size, "KVM_GET_SUPPORTED_CPUID: %s", strerror(errno));
		goto fail;
	}
	host->run_size = run_size;
	quirks = ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_DISABLE_QUIRKS2);
	host->quirks = quirks > 0 ? quirks : 0;
	host->smm = ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_X86_SMM) > 0;
	host->prefault = ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_PRE_FAULT_MEMORY) > 0;
	host->readonly_slots = ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_READONLY_MEM) > 0;
	host->sregs2 = ioctl(host->fd, KVM_CHECK_EXTENSION, KVM_CAP_SREGS2) > 0;
	uname(&name);
	snprintf(host->kernel, sizeof(host->kernel), "%.79s", name.release);
	find_paging(host);
	read_cpuid(host);
	return 0;
fail:
	kvm_host_close(host);
	return -1;
}

void kvm_host_close(struct kvm_host *host)
{
	free(host->cpuid);
	if (host->fd >= 0)
		close(host->fd);
	host->cpuid = NULL;
	host->fd = -1;
}

/* --- The profile ---------------------------------------------------------------------- */

enum symbol { SYM_LOOKUP, SYM_HONORS, SYM_KVM, NR_SYMBOLS };

/*
 * Looks the kernel's symbols up, once. False if kallsyms tells nothing of KVM.
 * Inlined functions have none, so only functions with external linkage count.
 */
static bool kernel_symbols(bool has[NR_SYMBOLS])
{
	static const char *const names[NR_SYMBOLS] = {
		/* v4.2 to v6.10: the look-up of guest MTRRs */
		[SYM_LOOKUP] = "kvm_mtrr_check_gfn_range_consistency",
		/* v6.7 to v6.10 */
		[SYM_HONORS] = "__kvm_mmu_honors_guest_mtrrs",
		[SYM_KVM] = "kvm_mtrr_set_msr",
	};
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], symbol[256];

	for (unsigned i = 0; i < NR_SYMBOLS; i++)
		has[i] = false;
	while (file && fgets(line, sizeof(line), file)) {
		if (!strstr(line, "kvm") || sscanf(line, "%*s %*s %255s", symbol) != 1)
			continue;
		for (unsigned i = 0; i < NR_SYMBOLS; i++)
			has[i] |= !strcmp(symbol, names[i]);
	}
	if (file)
		fclose(file);
	return has[SYM_KVM];
}

enum profile kvm_host_profile(const struct kvm_host *host, char *why, size_t size)
{
	/* Quirks get their bits in the order in which they are born. */
	const uint32_t younger = ~(2 * QUIRK_IGNORE_GUEST_PAT - 1), mwait = 1u << 6;
	bool has[NR_SYMBOLS];

	if (host->quirks & QUIRK_IGNORE_GUEST_PAT) {
		snprintf(why, size, "quirk mask 0x%x has IGNORE_GUEST_PAT (1<<9)", host->quirks);
		return PROFILE_LINUX_6_16;
	}
	if (host->quirks & younger) {
		snprintf(why, size, "quirk mask 0x%x has quirks younger than IGNORE_GUEST_PAT (1<<9)", host->quirks);
		return PROFILE_LINUX_6_16;
	}
	if (!kernel_symbols(has)) {
		snprintf(why, size, "quirk mask 0x%x decides nothing and /proc/kallsyms shows no KVM; say --profile",
			 host->quirks);
		return PROFILE_NONE;
	}
	if (has[SYM_HONORS]) {
		snprintf(why, size, "kallsyms has __kvm_mmu_honors_guest_mtrrs");
		return PROFILE_LINUX_6_7;
	}
	if (has[SYM_LOOKUP] && host->quirks & mwait) {
		snprintf(why, size, "kallsyms has kvm_mtrr_check_gfn_range_consistency, quirk mask 0x%x the quirk of v6.0",
			 host->quirks);
		return PROFILE_LINUX_6_1;
	}
	if (has[SYM_LOOKUP]) {
		snprintf(why, size, "kallsyms has kvm_mtrr_check_gfn_range_consistency, quirk mask 0x%x none of v6.0",
			 host->quirks);
		return PROFILE_LINUX_5_15;
	}
	/* v6.16 without self-snoop, or with shadow paging, hides its quirk: v6.11 may be v6.16. */
	if (host->selfsnoop && host->paging != PAGING_SHADOW) {
		snprintf(why, size, "kallsyms has no look-up of MTRRs, quirk mask 0x%x no IGNORE_GUEST_PAT",
			 host->quirks);
		return PROFILE_LINUX_6_11;
	}
	snprintf(why, size, "quirk mask 0x%x and kallsyms fit linux-6.11 and linux-6.16; say --profile",
		 host->quirks);
	return PROFILE_NONE;
}
