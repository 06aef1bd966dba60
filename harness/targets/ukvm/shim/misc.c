// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rest of the kernel around KVM that does something: the VMM's task, calls
 * to other CPUs, the FPU, user copies, messages. What does nothing, or is only
 * a value, stands in build/symbols.table.
 */
#include <linux/cpuhotplug.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/perf_event.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/shrinker.h>
#include <linux/smp.h>
#include <linux/version.h>
#include <asm/cpu_entry_area.h>
#include <asm/fpu/api.h>

#include "host.h"
#include "shim.h"

/* --- Tasks: one VMM thread, in the host's only process --------------------------------- */

extern struct task_struct ukvm_task;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
struct pcpu_hot pcpu_hot;
#else
struct task_struct *current_task;
int __preempt_count;
#endif

static struct pid vmm_pid;

void ukvm_tasks_start(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	pcpu_hot.current_task = &ukvm_task;
#else
	current_task = &ukvm_task;
#endif
	ukvm_task.thread_pid = &vmm_pid;
}

struct pid *ukvm_get_task_pid(struct task_struct *task, enum pid_type type)
{
	return &vmm_pid;
}

/* Worker threads (NX huge page recovery): they exist and never get the CPU. */
struct task_struct *ukvm_kthread_create(void)
{
	static struct task_struct worker;

	return &worker;
}

/* --- Other CPUs: there are none, so calls to all of them run here, interrupts off --------- */

int ukvm_call_cpu(int cpu, smp_call_func_t func, void *info, int wait)
{
	unsigned long flags;

	local_irq_save(flags);
	func(info);
	local_irq_restore(flags);
	return 0;
}

void ukvm_call_cpus(smp_cond_func_t cond, smp_call_func_t func, void *info, bool wait,
		    const struct cpumask *mask)
{
	ukvm_call_cpu(0, func, info, wait);
}

/* A CPU hotplug callback: the one CPU is online already. */
int ukvm_cpuhp_setup(enum cpuhp_state state, const char *name, bool invoke,
		     int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu),
		     bool multi)
{
	return invoke && startup ? startup(0) : 0;
}

/* --- The guest's FPU state: allocated, never loaded, since programs compute nothing -------- */

bool ukvm_fpu_alloc(struct fpu_guest *guest)
{
	guest->fpstate = ukvm_host_alloc(sizeof(struct fpstate) + PAGE_SIZE, 64, 1);
	return guest->fpstate;
}

void ukvm_fpu_free(struct fpu_guest *guest)
{
	ukvm_host_free(guest->fpstate);
	guest->fpstate = NULL;
}

/* x87, SSE, AVX, as XCR0 says. */
u64 ukvm_fpu_permissions(void)
{
	return 7;
}

/* Host state that only has an address: nothing here reads or writes it. */
struct cpu_entry_area *ukvm_cpu_entry_area(int cpu)
{
	return (struct cpu_entry_area *)CPU_ENTRY_AREA_PER_CPU;
}

/* --- User copies: user pointers are the shims' own buffers and the VMM's mapped memory ------ */

unsigned long ukvm_user_copy(void *to, const void *from, unsigned long size)
{
	memcpy(to, from, size);
	return 0;
}

void *ukvm_memdup_user(const void *from, unsigned long size)
{
	void *to = ukvm_host_alloc(size, 0, 0);

	return to ? memcpy(to, from, size) : ERR_PTR(-ENOMEM);
}


/* --- Warnings that are functions --------------------------------------------------------------- */

void ukvm_refcount_warn(refcount_t *ref, enum refcount_saturation_type type)
{
	static const char *const texts[] = {
		[REFCOUNT_ADD_NOT_ZERO_OVF] = "refcount saturated", [REFCOUNT_ADD_OVF] = "refcount saturated",
		[REFCOUNT_ADD_UAF] = "refcount taken of a freed object", [REFCOUNT_SUB_UAF] = "refcount underflow",
		[REFCOUNT_DEC_LEAK] = "refcount decremented to 0",
	};

	ukvm_warn(type < ARRAY_SIZE(texts) ? texts[type] : "refcount", __func__,
		  "include/linux/refcount.h", 0);
}

void vmread_error_trampoline(unsigned long field, bool fault)
{
	ukvm_bug("VMREAD failed", "vmread_error", "arch/x86/kvm/vmx/vmx.c", field);
}

ktime_t ktime_add_safe(const ktime_t a, const ktime_t b)
{
	return ktime_add(a, b);
}

/* HZ is 250. */
unsigned long ukvm_msecs_to_jiffies(unsigned int msecs)
{
	return (msecs + 3) / 4;
}

/* --- Small answers ------------------------------------------------------------------------------- */

ssize_t ukvm_strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	if (!size)
		return -E2BIG;
	memcpy(to, from, min(length, size - 1));
	to[min(length, size - 1)] = 0;
	return length < size ? length : -E2BIG;
}

/* As snprintf(), returning what was written. */
int ukvm_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = ukvm_host_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n < size ? n : size ? size - 1 : 0;
}

unsigned int ukvm_x86_family(unsigned int signature)
{
	return boot_cpu_data.x86;
}

unsigned int ukvm_x86_model(unsigned int signature)
{
	return boot_cpu_data.x86_model;
}

extern unsigned long ukvm_cr4;

unsigned long ukvm_read_cr4(void)
{
	return ukvm_cr4;
}

void *ukvm_shrinker_alloc(void)
{
	static struct shrinker shrinker;

	return &shrinker;
}

void ukvm_no_pmu(struct x86_pmu_capability *capability)
{
	memset(capability, 0, sizeof(*capability));
}
