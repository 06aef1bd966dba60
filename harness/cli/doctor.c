// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock doctor: what this host can and cannot check, and the command that
 * would change that. Looks only; opens /dev/kvm but creates no VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "reports/json.h"

/* Newer than Debian 12's headers (rules F.1). */
#ifndef KVM_CAP_DISABLE_QUIRKS2
#define KVM_CAP_DISABLE_QUIRKS2 213
#endif

#define MAX_CHECKS 16

/* One thing looked at. */
struct check {
	const char *name;	/* "kvm" */
	bool ok;
	char found[160];	/* what is there */
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

static void check_kvm(struct checks *checks)
{
	struct check *check = add(checks, "kvm", "a `kvm` target: this host's own KVM");
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), version, quirks;

	if (fd < 0) {
		snprintf(check->found, sizeof(check->found), "/dev/kvm: %s", strerror(errno));
		check->change = errno == ENOENT ? "modprobe kvm_intel (or kvm_amd)" :
				errno == EACCES ? "adduser $USER kvm, then log in again" :
				"modprobe kvm_intel (or kvm_amd); the device is there but nothing answers";
		return;
	}
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	quirks = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_DISABLE_QUIRKS2);
	close(fd);
	check->ok = version == KVM_API_VERSION;
	snprintf(check->found, sizeof(check->found), "/dev/kvm: API version %d, quirks that can be disabled 0x%x",
		 version, quirks > 0 ? quirks : 0);
	if (!check->ok)
		check->change = "a kernel whose KVM speaks API version 12 (any since 2007)";
}

static void check_tracefs(struct checks *checks)
{
	struct check *check = add(checks, "tracefs", "a trace of SPTEs and zaps for `zaplock audit`");
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/instances", roots[i]);
		if (!access(path, F_OK)) {
			snprintf(path, sizeof(path), "%s/events/kvmmmu", roots[i]);
			check->ok = !access(roots[i], W_OK | X_OK) && !access(path, F_OK);
			snprintf(check->found, sizeof(check->found), "%s, %s, kvmmmu events %s", roots[i],
				 access(roots[i], W_OK) ? "not writable" : "writable",
				 access(path, F_OK) ? "absent" : "present");
			check->change = access(roots[i], W_OK) ? "run as root" :
					access(path, F_OK) ? "modprobe kvm (its events appear with it)" : NULL;
			return;
		}
	}
	snprintf(check->found, sizeof(check->found), "not mounted, or not readable");
	check->change = "as root: mount -t tracefs nodev /sys/kernel/tracing";
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
		       "Nothing is changed and no VM is created. The targets that would use /dev/kvm are not part of "
		       "this build unless `zaplock targets` lists them.\n\n"
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
	check_tool(&checks, "trace-cmd", "recordings that `zaplock audit` reads", "apt-get install trace-cmd");
	check_tool(&checks, "afl-clang-fast", "the AFL++ build of fuzz/", "apt-get install afl++");
	return cli_simple(&args, argc, argv, print_doctor, &checks);
}
