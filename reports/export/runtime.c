/*
 * A small virtual machine on /dev/kvm: it runs one instruction of a guest op at
 * a time in 64-bit mode and prints what came of it; what KVM did to its page
 * tables comes from a private tracefs instance. Steps are lines that begin with
 * '#', the rest is a trace, so that all of the output can be given to
 * `zaplock audit`.
 */
#define IMAGE_SIZE	0x10000
#define ROOT		0x1000			/* offsets into the image */
#define IDT		0x7000
#define STACKS		0x9000
#define HANDLERS	0x800
#define WINDOW		0x8000000000ULL		/* where an access sees its page: a page for each vCPU */
#define PORT_DONE	0xf0
#define PORT_FAULT	0x80

static int kvm, vm, trace_marker = -1;
static char trace_dir[128];
static char *image;
static struct { int fd; struct kvm_run *run; } vcpus[NR_VCPUS];
static struct { uint64_t gpa, size; char *memory; } slots[16];
static unsigned long steps_failed;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(4);
}

static void say(const char *format, ...)
{
	va_list ap;

	printf("#   ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

static void host(int ret)
{
	if (ret < 0)
		say("%s", strerror(errno));
	steps_failed += ret < 0;
}

/* --- The trace ---------------------------------------------------------------------- */

static int trace_write(const char *file, const char *text)
{
	char path[300];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", trace_dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ret = fd < 0 ? -1 : (int)write(fd, text, strlen(text));
	if (fd >= 0)
		close(fd);
	return ret;
}

static void trace_begin(void)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[200];

	for (int i = 0; i < 2; i++) {
		snprintf(trace_dir, sizeof(trace_dir), "%s/instances/zaplock-%d", roots[i], (int)getpid());
		if (!mkdir(trace_dir, 0700))
			break;
		trace_dir[0] = 0;
	}
	if (!trace_dir[0]) {
		printf("# no trace: tracefs is not mounted, or this is not root: what KVM did to its page tables is not shown\n");
		return;
	}
	snprintf(path, sizeof(path), "%d", (int)getpid());
	trace_write("set_event_pid", path);
	trace_write("events/kvm/kvm_msr/enable", "1");
	trace_write("events/kvm/kvm_cr/enable", "1");
	trace_write("events/kvm/kvm_entry/enable", "1");
	trace_write("events/kvmmmu/enable", "1");
	snprintf(path, sizeof(path), "%s/trace_marker", trace_dir);
	trace_marker = open(path, O_WRONLY | O_CLOEXEC);
}

static void trace_end(void)
{
	char path[200], buf[4096];
	ssize_t n;
	int fd;

	if (!trace_dir[0])
		return;
	trace_write("tracing_on", "0");
	snprintf(path, sizeof(path), "%s/trace", trace_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	fflush(stdout);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, n) < 0)
			break;
	if (fd >= 0)
		close(fd);
	close(trace_marker);
	trace_write("events/enable", "0");
	rmdir(trace_dir);
}

static void step(unsigned number, const char *text)
{
	printf("# step %u: %s\n", number, text);
	if (trace_marker >= 0)
		dprintf(trace_marker, "@%u %s\n", number, text);
}

/* --- Memory --------------------------------------------------------------------------- */

static int set_slot(unsigned id, uint64_t gpa, uint64_t size, unsigned flags, void *memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = id, .flags = flags, .guest_phys_addr = gpa, .memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
}

/* Host memory for @size bytes at @gpa, at the same place within 1G, so that it can be mapped with huge pages. */
static char *host_memory(uint64_t gpa, uint64_t size)
{
	const uint64_t gig = 1ULL << 30;
	char *at = mmap(NULL, size + gig, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		die("mmap of a memslot");
	at += (gpa - (uintptr_t)at) & (gig - 1);
	madvise(at, size, MADV_HUGEPAGE);
	return at;
}

static void slot(unsigned id, uint64_t gpa, uint64_t size, unsigned flags)
{
	char *memory = slots[id].memory;

	if (size && (!memory || size != slots[id].size))
		memory = host_memory(gpa, size);
	if (set_slot(id, gpa, size, flags, memory) < 0) {
		host(-1);
		return;
	}
	slots[id].gpa = gpa;
	slots[id].size = size;
	slots[id].memory = size ? memory : NULL;
}

/* Where the host sees @gpa; NULL outside every memslot. */
static char *host_address(uint64_t gpa)
{
	for (int id = 0; id < 16; id++)
		if (gpa >= slots[id].gpa && gpa - slots[id].gpa < slots[id].size)
			return slots[id].memory + (gpa - slots[id].gpa);
	return NULL;
}

/* Calls madvise() on the part of each memslot that lies in [gpa, gpa + size). */
static inline void advise(uint64_t gpa, uint64_t size, int advice)
{
	for (int id = 0; id < 16; id++) {
		uint64_t start = gpa > slots[id].gpa ? gpa : slots[id].gpa;
		uint64_t end = gpa + size < slots[id].gpa + slots[id].size ? gpa + size :
			       slots[id].gpa + slots[id].size;

		if (slots[id].size && start < end)
			host(madvise(slots[id].memory + (start - slots[id].gpa), end - start, advice));
	}
}

static inline void backing(uint64_t gpa, uint64_t size, int huge)
{
	advise(gpa, size, MADV_DONTNEED);
	advise(gpa, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

static inline void dirty_log(unsigned id, int on)
{
	host(set_slot(id, slots[id].gpa, slots[id].size, on ? KVM_MEM_LOG_DIRTY_PAGES : 0, slots[id].memory));
}

/* --- The guest ---------------------------------------------------------------------------- */

static void put64(unsigned offset, uint64_t value)
{
	memcpy(image + offset, &value, sizeof(value));
}

static void make_image(void)
{
	uint64_t at = IMAGE_GPA, handler;

	image = host_memory(IMAGE_GPA, IMAGE_SIZE);
	madvise(image, IMAGE_SIZE, MADV_NOHUGEPAGE);
	put64(ROOT, (at + 0x2000) | 3);				/* the image, where it is */
	put64(0x2000 + 8 * (at >> 30), (at + 0x3000) | 3);
	put64(0x3000 + 8 * (at >> 21 & 511), (at & ~0x1fffffULL) | 0x83);
	put64(ROOT + 8, (at + 0x4000) | 3);			/* the window */
	put64(0x4000, (at + 0x5000) | 3);
	put64(0x5000, (at + 0x6000) | 3);
	for (int vector = 0; vector < 32; vector++) {
		char code[2] = { (char)0xe6, PORT_FAULT + vector };	/* out %al, $port */

		handler = at + HANDLERS + 16 * vector;
		memcpy(image + HANDLERS + 16 * vector, code, sizeof(code));
		put64(IDT + 16 * vector, (handler & 0xffff) | 8 << 16 | 0x8e0000000000ULL |
		      (handler >> 16 & 0xffff) << 48);
		put64(IDT + 16 * vector + 8, handler >> 32);
	}
	put64(0x8008, 0x00af9b000000ffffULL);			/* GDT: 64-bit code, data */
	put64(0x8010, 0x00cf93000000ffffULL);
	if (set_slot(31, IMAGE_GPA, IMAGE_SIZE, 0, image) < 0)
		die("KVM_SET_USER_MEMORY_REGION");
}

static void long_mode(int fd)
{
	struct kvm_segment code = { .base = 0, .limit = 0xffffffff, .selector = 8, .type = 11, .present = 1,
				    .s = 1, .l = 1, .g = 1 };
	struct kvm_segment data = { .base = 0, .limit = 0xffffffff, .selector = 16, .type = 3, .present = 1,
				    .s = 1, .db = 1, .g = 1 };
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_SREGS, &s) < 0)
		die("KVM_GET_SREGS");
	s.cs = code;
	s.ds = s.es = s.fs = s.gs = s.ss = data;
	s.tr.selector = 24;
	s.tr.base = IMAGE_GPA + 0xf000;
	s.tr.limit = 0x67;
	s.tr.type = 11;
	s.tr.present = 1;
	s.gdt.base = IMAGE_GPA + 0x8000;
	s.gdt.limit = 0x1f;
	s.idt.base = IMAGE_GPA + IDT;
	s.idt.limit = 0x1ff;
	s.cr0 = 0x80000031;
	s.cr3 = IMAGE_GPA + ROOT;
	s.cr4 = 0x20;
	s.efer = 0x500;
	if (ioctl(fd, KVM_SET_SREGS, &s) < 0)
		die("KVM_SET_SREGS");
}

static void set_cpuid(unsigned v, int mtrr, unsigned maxphyaddr)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid = { .head.nent = 256 };

	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) < 0)
		die("KVM_GET_SUPPORTED_CPUID");
	for (unsigned i = 0; i < cpuid.head.nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid.head.entries[i];

		if (e->function == 1)
			e->edx = mtrr ? e->edx | 1u << 12 : e->edx & ~(1u << 12);
		if (e->function == 0x80000008 && maxphyaddr <= (e->eax & 0xff))
			e->eax = (e->eax & ~0xffu) | maxphyaddr;
		else if (e->function == 0x80000008)
			say("this host has %u physical address bits, not %u", e->eax & 0xff, maxphyaddr);
	}
	host(ioctl(vcpus[v].fd, KVM_SET_CPUID2, &cpuid));
}

static int module_parameter(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	char value = 0;

	if (fd < 0 || read(fd, &value, 1) != 1)
		value = 0;
	if (fd >= 0)
		close(fd);
	return value == 'Y' || value == '1';
}

/* What a trace cannot tell, for `zaplock audit'. */
static void print_host(void)
{
	printf("# zaplock-trace ");
	if (!access("/sys/module/kvm_intel", F_OK))
		printf("host=kvm_intel ept=%d ", module_parameter("/sys/module/kvm_intel/parameters/ept"));
	else if (!access("/sys/module/kvm_amd", F_OK))
		printf("host=kvm_amd npt=%d ", module_parameter("/sys/module/kvm_amd/parameters/npt"));
	if (!access("/sys/module/kvm/parameters/tdp_mmu", F_OK))
		printf("tdp_mmu=%d ", module_parameter("/sys/module/kvm/parameters/tdp_mmu"));
	printf("start=running vcpus=%d maxphyaddr=%d cpuid-mtrr=%d pid=%d\n", NR_VCPUS, MAXPHYADDR, CPUID_MTRR,
	       (int)getpid());
}

static void machine(void)
{
	int size;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		die("/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	print_host();
	trace_begin();
	make_image();
	size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	for (int v = 0; v < NR_VCPUS; v++) {
		vcpus[v].fd = ioctl(vm, KVM_CREATE_VCPU, v);
		if (vcpus[v].fd < 0)
			die("KVM_CREATE_VCPU");
		vcpus[v].run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpus[v].fd, 0);
		if (vcpus[v].run == MAP_FAILED)
			die("mmap of a vCPU");
		set_cpuid(v, CPUID_MTRR, MAXPHYADDR);
		long_mode(vcpus[v].fd);
	}
}

/* Has KVM finish what the guest left to us. */
static void complete(unsigned v)
{
	vcpus[v].run->immediate_exit = 1;
	ioctl(vcpus[v].fd, KVM_RUN, 0);
	vcpus[v].run->immediate_exit = 0;
}

/* Runs @code on vCPU @v with @regs, says how it ended, and leaves the registers there. False unless it was done. */
static int run(unsigned v, const char *code, size_t size, struct kvm_regs *regs)
{
	struct kvm_run *r = vcpus[v].run;
	char *at = image + 0x100 * v;

	memcpy(at, code, size);
	memcpy(at + size, "\xe6\xf0\xf4", 3);		/* out %al, $0xf0; hlt */
	regs->rip = IMAGE_GPA + 0x100 * v;
	regs->rsp = IMAGE_GPA + STACKS + 0x800 * (v + 1);
	regs->rflags = 2;
	if (ioctl(vcpus[v].fd, KVM_SET_REGS, regs) < 0)
		die("KVM_SET_REGS");
	if (ioctl(vcpus[v].fd, KVM_RUN, 0) < 0) {
		say("KVM_RUN: %s", strerror(errno));
		steps_failed++;
		return 0;
	}
	ioctl(vcpus[v].fd, KVM_GET_REGS, regs);
	if (r->exit_reason == KVM_EXIT_IO && r->io.port == PORT_DONE) {
		complete(v);
		return 1;
	}
	if (r->exit_reason == KVM_EXIT_IO && r->io.port >= PORT_FAULT && r->io.port < PORT_FAULT + 32)
		say("exception %d%s", r->io.port - PORT_FAULT, r->io.port == PORT_FAULT + 13 ? " (#GP)" :
		    r->io.port == PORT_FAULT + 6 ? " (#UD)" : r->io.port == PORT_FAULT + 14 ? " (#PF)" : "");
	else if (r->exit_reason == KVM_EXIT_MMIO)
		say("KVM_EXIT_MMIO at 0x%llx", (unsigned long long)r->mmio.phys_addr);
	else
		say("exit reason %u", r->exit_reason);
	complete(v);
	return 0;
}

#define RUN(v, code, regs) run(v, code, sizeof(code) - 1, regs)

static inline void wrmsr(unsigned v, uint32_t msr, uint64_t value)
{
	struct kvm_regs regs = { .rcx = msr, .rax = (uint32_t)value, .rdx = value >> 32 };

	if (RUN(v, "\x0f\x30", &regs))
		say("done");
}

static inline void rdmsr(unsigned v, uint32_t msr)
{
	struct kvm_regs regs = { .rcx = msr };

	if (RUN(v, "\x0f\x32", &regs))
		say("0x%llx", (unsigned long long)((regs.rdx << 32) | (uint32_t)regs.rax));
}

/* MOV to CR0, CR3 or CR4: its value, or with @delta the present one with bits @set and without @clear. */
static inline void cr(unsigned v, int which, int delta, uint64_t set, uint64_t clear)
{
	struct kvm_regs regs = { 0 };
	struct kvm_sregs s;
	uint64_t now;
	int done;

	if (ioctl(vcpus[v].fd, KVM_GET_SREGS, &s) < 0)
		die("KVM_GET_SREGS");
	now = which == 0 ? s.cr0 : which == 3 ? s.cr3 : s.cr4;
	regs.rax = delta ? (now | set) & ~clear : set;
	if (which == 3) {
		char *root = host_address(set & 0xffffffffff000ULL);

		if (!root) {
			say("not done: there is no memory for page tables there");
			return;
		}
		memcpy(root, image + ROOT, 4096);
	}
	done = which == 0 ? RUN(v, "\x0f\x22\xc0", &regs) : which == 3 ? RUN(v, "\x0f\x22\xd8", &regs) :
	       RUN(v, "\x0f\x22\xe0", &regs);
	ioctl(vcpus[v].fd, KVM_GET_SREGS, &s);
	if (done)
		say("CR%d is 0x%llx", which, (unsigned long long)(which == 0 ? s.cr0 : which == 3 ? s.cr3 : s.cr4));
}

/* An access of one byte to @gpa, through PAT entry 0. */
static inline void access_gpa(unsigned v, char how, uint64_t gpa)
{
	struct kvm_regs regs = { .rbx = WINDOW + 4096 * v + (gpa & 4095), .rax = 0x5a };
	char *page = host_address(gpa);
	int done;

	put64(0x6000 + 8 * v, (gpa & ~4095ULL) | 3);
	if (how == 'x' && page)
		*page = (char)0xc3;			/* ret */
	done = how == 'r' ? RUN(v, "\x0f\x01\x3b\x8a\x03", &regs) :	/* invlpg (%rbx); mov (%rbx), %al */
	       how == 'w' ? RUN(v, "\x0f\x01\x3b\x88\x03", &regs) :
	       RUN(v, "\x0f\x01\x3b\xff\xd3", &regs);			/* invlpg (%rbx); call *%rbx */
	if (done)
		say("done");
}

static inline void instruction(unsigned v, const char *code, size_t size, uint64_t rax, uint64_t rbx, uint64_t rcx)
{
	struct kvm_regs regs = { .rax = rax, .rbx = rbx, .rcx = rcx };

	if (run(v, code, size, &regs))
		say("done");
}

/* --- The host ---------------------------------------------------------------------------------- */

static inline void setmsr(unsigned v, uint32_t msr, uint64_t value)
{
	struct { struct kvm_msrs head; struct kvm_msr_entry entry; } one = {
		.head.nmsrs = 1, .entry = { .index = msr, .data = value },
	};

	if (ioctl(vcpus[v].fd, KVM_SET_MSRS, &one) != 1)
		say("KVM_SET_MSRS refuses it");
}

/* @mask: which of CR0, CR3, CR4, EFER (bits 0 to 3) to set. */
static inline void sregs(unsigned v, unsigned mask, uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	struct kvm_sregs s;

	if (ioctl(vcpus[v].fd, KVM_GET_SREGS, &s) < 0)
		die("KVM_GET_SREGS");
	s.cr0 = mask & 1 ? cr0 : s.cr0;
	s.cr3 = mask & 2 ? cr3 : s.cr3;
	s.cr4 = mask & 4 ? cr4 : s.cr4;
	s.efer = mask & 8 ? efer : s.efer;
	host(ioctl(vcpus[v].fd, KVM_SET_SREGS, &s));
}

static inline void disable_quirks(uint64_t mask)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_DISABLE_QUIRKS2, .args = { mask } };

	host(ioctl(vm, KVM_ENABLE_CAP, &cap));
}

/*
 * Non-coherent DMA: only a VFIO device brings it. VFIO_GROUP=/dev/vfio/N names the group of one
 * whose IOMMU does not enforce snooping; it is attached to the VM while DMA is on.
 */
static inline void dma(int on)
{
	const char *path = getenv("VFIO_GROUP");
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	static int vfio = -1, group = -1, container = -1;
	struct kvm_device_attr attr = { .group = KVM_DEV_VFIO_GROUP, .addr = (uintptr_t)&group };

	if (!path) {
		say("not done: VFIO_GROUP=/dev/vfio/N names no device; without non-coherent DMA KVM may behave otherwise");
		return;
	}
	if (vfio < 0) {
		container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
		group = open(path, O_RDWR | O_CLOEXEC);
		if (container < 0 || group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
		    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
			die(path);
		if (ioctl(vm, KVM_CREATE_DEVICE, &device) < 0)
			die("KVM_CREATE_DEVICE");
		vfio = device.fd;
	}
	attr.attr = on ? KVM_DEV_VFIO_GROUP_ADD : KVM_DEV_VFIO_GROUP_DEL;
	host(ioctl(vfio, KVM_SET_DEVICE_ATTR, &attr));
	if (trace_marker >= 0)
		dprintf(trace_marker, "@0 %s\n", on ? "vadd" : "vdel");	/* the trace shows no DMA by itself */
}

/* KVM_PRE_FAULT_MEMORY, since Linux 6.11. */
static inline void prefault(unsigned v, uint64_t gpa, uint64_t size)
{
	struct { uint64_t gpa, size, flags, padding[5]; } range = { .gpa = gpa, .size = size };

	host(ioctl(vcpus[v].fd, _IOWR(KVMIO, 0xd5, range), &range));
}
