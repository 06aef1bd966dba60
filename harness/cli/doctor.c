// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock doctor: what this host can and cannot check, and the command that
 * would change that. Looks only: opens /dev/kvm but creates no VM, and makes a
 * tracing instance of its own that goes at once.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/targets/kvm/host.h"
#include "harness/targets/kvm/trace.h"
#include "reports/json.h"

#define MAX_CHECKS 16

/* One thing looked at. */
struct check {
	const char *name;	/* "kvm" */
	bool ok;
	char found[200];	/* what is there */
	const char *means;	/* what can be checked with it */
	const char *change;	/* what would make it ok, or NULL */
};

struct checks {
	struct check check[MAX_CHECKS];
	unsigned nr;
};

static struct check *add(struct checks *checks, const char *name, const char *means)
{
	struct check *check = &checks->check[checks->nr++];

	*check = (struct check){ .name = name, .means = means };
	return check;
}

/* Does the first `KEY : VALUE` line of /proc/cpuinfo named @key hold the word @word? Fills @value. */
static bool cpuinfo(const char *key, const char *word, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[8192], *colon, *at;
	bool found = false;

	value[0] = 0;
	while (file && fgets(line, sizeof(line), file)) {
		colon = strchr(line, ':');
		if (!colon || strncmp(line, key, strlen(key)))
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(value, size, "%s", colon[1] == ' ' ? colon + 2 : colon + 1);
		for (at = colon; word && (at = strstr(at, word)); at++)
			found |= at[-1] == ' ' && (at[strlen(word)] == ' ' || !at[strlen(word)]);
		break;
	}
	if (file)
		fclose(file);
	return found;
}

static void check_cpu(struct checks *checks)
{
	struct check *check = add(checks, "cpu", "whose memory types the `kvm` target would meet: EPT or NPT");
	char vendor[64], model[96], flags[64];
	bool ept, npt, snoop;

	cpuinfo("vendor_id", NULL, vendor, sizeof(vendor));
	cpuinfo("model name", NULL, model, sizeof(model));
	ept = cpuinfo("vmx flags", "ept", flags, sizeof(flags)) || cpuinfo("flags", "ept", flags, sizeof(flags));
	npt = cpuinfo("flags", "npt", flags, sizeof(flags));
	snoop = cpuinfo("flags", "ss", flags, sizeof(flags));
	check->ok = ept || npt;
	snprintf(check->found, sizeof(check->found), "%.20s, %.60s; %s, self-snoop %s",
		 vendor[0] ? vendor : "unknown", model, ept ? "EPT" : npt ? "NPT" :
		 "no virtualization with nested page tables", snoop ? "yes" : "no");
	if (!check->ok)
		check->change = "enable VT-x or SVM in the firmware, or nested virtualization for this guest";
}

/* The first fact that KVM's own answers decide, and those that hang on it. */
static void check_kvm(struct checks *checks)
{
	struct check *check = add(checks, "kvm", "the target `kvm`: MSR, CR, fault and memslot rules on this host's own KVM");
	char error[256], why[160];
	struct kvm_host host;
	enum profile profile;

	if (kvm_host_open(&host, error, sizeof(error))) {
		snprintf(check->found, sizeof(check->found), "%.150s", error);
		check->change = access("/dev/kvm", F_OK) ? "modprobe kvm_intel (or kvm_amd)" :
				access("/dev/kvm", R_OK | W_OK) ? "adduser $USER kvm, then log in again" :
				"a kernel whose KVM answers; the device is there";
		return;
	}
	check->ok = true;
	snprintf(check->found, sizeof(check->found), "%s, %s, tdp_mmu %s, quirks that can be disabled 0x%x, KVM_PRE_FAULT_MEMORY %s",
		 host.module, paging_names[host.paging], host.tdp_mmu ? "on" : "off", host.quirks,
		 host.prefault ? "yes" : "no");

	check = add(checks, "memtypes", "SPTE memory types that a guest decides: kvm_intel with EPT only");
	check->ok = host.paging == PAGING_EPT;
	snprintf(check->found, sizeof(check->found), "%s: %s", paging_names[host.paging],
		 host.paging == PAGING_EPT ? "leaves carry a memory type" : "leaves are WB whatever the guest says");
	if (!check->ok)
		check->change = strcmp(host.module, "kvm_intel") ? "an Intel host with VT-x and EPT, or one emulated by Bochs" :
				"modprobe -r kvm_intel && modprobe kvm_intel ept=1";

	check = add(checks, "profile", "whose rules judge this kernel, without --profile");
	profile = kvm_host_profile(&host, why, sizeof(why));
	check->ok = profile != PROFILE_NONE;
	snprintf(check->found, sizeof(check->found), "%s (%.110s)", check->ok ? profile_table[profile].name : "undecided", why);
	if (!check->ok)
		check->change = "name it: --profile; as root /proc/kallsyms tells more";

	check = add(checks, "smm", "the ops smi and rsm; the guest has no SMM handler yet, so both are skipped");
	snprintf(check->found, sizeof(check->found), "this KVM has %sSMM", host.smm ? "" : "no ");
	if (!host.smm)
		check->change = "a kernel with CONFIG_KVM_SMM";
	kvm_host_close(&host);
}

static void check_tracefs(struct checks *checks)
{
	struct check *check = add(checks, "tracefs", "SPTEs and zaps of the target `kvm`, and traces for `zaplock audit`");
	char error[256];
	struct trace *trace = trace_open(module_parameter("kvm", "tdp_mmu"), error, sizeof(error));

	check->ok = trace;
	snprintf(check->found, sizeof(check->found), "%.150s", trace ? "a private instance traces kvmmmu events" : error);
	if (!trace)
		check->change = geteuid() ? "run as root" : "modprobe kvm; a kernel with CONFIG_FTRACE";
	trace_close(trace);
}

/* Devices that vfio-pci holds; the first one's address into @first. */
static unsigned vfio_devices(char *first, size_t size)
{
	DIR *dir = opendir("/sys/bus/pci/drivers/vfio-pci");
	struct dirent *entry;
	unsigned nr = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (!nr++)
			snprintf(first, size, "%.12s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return nr;
}

static void check_vfio(struct checks *checks)
{
	struct check *check = add(checks, "vfio", "non-coherent DMA, without which no guest decides a memory type (`host dma on`)");
	char first[16] = "";
	unsigned nr = vfio_devices(first, sizeof(first));

	check->ok = nr && !access("/dev/vfio/vfio", R_OK | W_OK);
	if (nr)
		snprintf(check->found, sizeof(check->found), "%u devices bound to vfio-pci, the first is %s; --vfio says whether its DMA is coherent",
			 nr, first);
	else
		snprintf(check->found, sizeof(check->found), "%s, no device bound to vfio-pci",
			 access("/dev/vfio/vfio", F_OK) ? "no /dev/vfio/vfio" : "/dev/vfio/vfio");
	if (!check->ok)
		check->change = "boot with intel_iommu=on (or amd_iommu=on), modprobe vfio-pci, driverctl set-override BDF vfio-pci";
}

static void check_huge_pages(struct checks *checks)
{
	struct check *check = add(checks, "huge-pages", "2M leaves on the target `kvm`, and rules that hold for them");
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char line[80] = "not in this kernel";

	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = 0;
	if (file)
		fclose(file);
	check->ok = file && !strstr(line, "[never]");
	snprintf(check->found, sizeof(check->found), "transparent huge pages: %.60s", line);
	if (!check->ok)
		check->change = "as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
}

static void check_unicorn(struct checks *checks)
{
	struct check *check = add(checks, "unicorn", "the target `unicorn`: the guest's code where there is no KVM");
	char error[256];
	struct target *target = target_open("unicorn", error, sizeof(error));

	check->ok = target;
	snprintf(check->found, sizeof(check->found), "%.150s", target ? "built in" : error);
	if (!target)
		check->change = "apt-get install libunicorn-dev, then build again";
	target_close(target);
}

static void check_kernel(struct checks *checks)
{
	struct check *check = add(checks, "kernel", "for your information; a profile is never chosen by version");
	struct utsname name;

	check->ok = true;
	uname(&name);
	snprintf(check->found, sizeof(check->found), "%s %.60s %.20s", name.sysname, name.release, name.machine);
}

/* A program in PATH. */
static void check_tool(struct checks *checks, const char *tool, const char *means, const char *change)
{
	struct check *check = add(checks, tool, means);
	const char *path = getenv("PATH");
	char dirs[4096], file[4352], *save = NULL;

	snprintf(dirs, sizeof(dirs), "%s", path ? path : "/usr/bin:/bin");
	for (char *dir = strtok_r(dirs, ":", &save); dir && !check->ok; dir = strtok_r(NULL, ":", &save)) {
		snprintf(file, sizeof(file), "%s/%s", dir, tool);
		check->ok = !access(file, X_OK);
	}
	snprintf(check->found, sizeof(check->found), "%.120s", check->ok ? file : "not in PATH");
	if (!check->ok)
		check->change = change;
}

static void check_model(struct checks *checks)
{
	struct check *check = add(checks, "model", "everything that `zaplock targets` lists under it, on any host");

	check->ok = true;
	snprintf(check->found, sizeof(check->found), "built in");
}

static int print_doctor(struct cli *cli, FILE *out, void *arg)
{
	const struct checks *checks = arg;
	json_t *list = json_array();
	char shown[400];

	for (unsigned i = 0; i < checks->nr; i++) {
		const struct check *c = &checks->check[i];

		escape_text(c->found, shown, sizeof(shown));
		if (cli->format == FORMAT_TEXT) {
			fprintf(out, "%-3s %-14s %s\n                   %s: %s\n", c->ok ? "yes" : "no", c->name,
				shown, c->ok ? "gives" : "would give", c->means);
			if (c->change)
				fprintf(out, "                   to change that: %s\n", c->change);
		}
		json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s, s:s?}", "name", c->name, "ok", c->ok,
				      "found", shown, "means", c->means, "change", c->change));
	}
	if (cli->format == FORMAT_JSON)
		json_print(list, out, true);
	else
		json_decref(list);
	return EXIT_CLEAN;
}

int cmd_doctor(int argc, char **argv)
{
	const struct command_args args = {
		.doc = "Say what this host can and cannot check, and what would change that.\v"
		       "Nothing is changed and no VM is created.\n\n"
		       "Examples:\n"
		       "  zaplock doctor\n"
		       "  zaplock doctor --format json | jq '.[] | select(.ok | not)'",
		.formats = FORMATS_TABLE,
	};
	struct checks checks = { .nr = 0 };

	check_model(&checks);
	check_cpu(&checks);
	check_kernel(&checks);
	check_kvm(&checks);
	check_tracefs(&checks);
	check_vfio(&checks);
	check_huge_pages(&checks);
	check_unicorn(&checks);
	check_tool(&checks, "trace-cmd", "recordings that `zaplock audit` reads", "apt-get install trace-cmd");
	check_tool(&checks, "afl-clang-fast", "the AFL++ build of fuzz/", "apt-get install afl++");
	return cli_simple(&args, argc, argv, print_doctor, &checks);
}
