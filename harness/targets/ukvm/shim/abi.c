// SPDX-License-Identifier: GPL-2.0-only
/* The library's one exported symbol (../abi.h), and boot. */
#include <linux/kvm_host.h>
#include <linux/radix-tree.h>
#include <linux/version.h>
#include <generated/utsrelease.h>

#include "host.h"
#include "host_mm.h"
#include "mmu.h"
#include "pages.h"
#include "shim.h"
#include "vm.h"

/* Statics of the tree, made global by objcopy. */
extern int vmx_init(void), svm_init(void);
extern bool enable_ept, npt_enabled, tdp_mmu_enabled, eager_page_split;
extern unsigned long host_idt_base;

static gate_desc idt[256];

static const char *start(const struct ukvm_config *config)
{
	int ret;

	ukvm_config = *config;
	ukvm_host_start(config);
	ukvm_pages_start();
	ukvm_cpu_start();
	ukvm_mm_start();
	ukvm_pages_shims();
	ukvm_tasks_start();
	radix_tree_init();
	/* Module parameters. */
	enable_ept = npt_enabled = config->tdp;
	tdp_mmu_enabled = config->tdp_mmu;
	eager_page_split = config->eager_split;
	/* module_init() of kvm.ko, then of the vendor's module. */
	kvm_mmu_x86_module_init();
	ret = config->amd ? svm_init() : vmx_init();
	if (ret) {
		static char failed[48];

		snprintf(failed, sizeof(failed), "%s_init() returned %d",
			 config->amd ? "svm" : "vmx", ret);
		return failed;
	}
	host_idt_base = (unsigned long)idt;
	ukvm_quiesce();
	ukvm_pages_mark();
	ukvm_host_booted();
	ukvm_images_start();
	return NULL;
}

static int create(const struct ukvm_machine *machine, const char **what)
{
	int ret;

	if (ukvm_images()) {
		ukvm_mm_reset();
		if (ukvm_image_restore(machine))
			return 0;
	}
	ukvm_vm_destroy();
	if (ukvm_images())
		ukvm_image_boot();
	ret = ukvm_vm_create(machine, what);
	if (!ret && ukvm_images())
		ukvm_image_take(machine);
	return ret;
}

static unsigned long walk(struct ukvm_leaf *leaves, unsigned long max)
{
	return ukvm_walk_all(ukvm_vm(), leaves, max);
}

__attribute__((visibility("default"))) const struct ukvm_api ukvm_api = {
	.version	= UKVM_ABI_VERSION,
	.release	= UTS_RELEASE,
	.profile	= UKVM_PROFILE,
	.profile_why	= UKVM_PROFILE_WHY,
	.start		= start,
	.create		= create,
	.destroy	= ukvm_vm_destroy,
	.run		= ukvm_run,
	.dma		= ukvm_dma,
	.quirk		= ukvm_quirk,
	.slot		= ukvm_slot,
	.slot_flags	= ukvm_slot_flags,
	.backing	= ukvm_backing,
	.invalidate	= ukvm_invalidate,
	.set_msr	= ukvm_set_msr,
	.sregs		= ukvm_sregs,
	.set_cpuid	= ukvm_set_cpuid,
	.prefault	= ukvm_prefault,
	.init		= ukvm_init,
	.sipi		= ukvm_sipi,
	.smi		= ukvm_smi,
	.regs		= ukvm_regs,
	.guest_memtypes	= ukvm_guest_memtypes,
	.walk		= walk,
};
