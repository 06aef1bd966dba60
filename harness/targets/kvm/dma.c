// SPDX-License-Identifier: GPL-2.0-only
/*
 * Non-coherent DMA; see dma.h. Linux's Documentation/driver-api/vfio.rst and
 * virt/kvm/devices/vfio.rst; rules B.1: a group counts as non-coherent when its
 * container does not answer VFIO_DMA_CC_IOMMU with 1.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/targets/kvm/dma.h"

void dma_init(struct dma *dma)
{
	*dma = (struct dma){ .container = -1, .group = -1, .module = -1, .device = -1, .vm_fd = -1 };
}

/* "0000:03:00.0" */
static bool bdf_valid(const char *bdf)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i = 0;

	for (; form[i] && bdf[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)bdf[i]) : bdf[i] != form[i])
			return false;
	}
	return !form[i] && !bdf[i];
}

/* The last part of the symbolic link @name of PCI device @bdf, "" if there is none. */
static const char *pci_link(const char *bdf, const char *name, char *target, size_t size)
{
	char path[128];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", bdf, name);
	n = readlink(path, target, size - 1);
	target[n > 0 ? n : 0] = 0;
	slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

static int open_group(struct dma *dma, const char *bdf, const char *group, char *error, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%.20s", group);
	dma->group = open(path, O_RDWR | O_CLOEXEC);
	if (dma->group < 0 && errno == ENOENT) {
		/* VFIO without an IOMMU calls its groups otherwise. */
		snprintf(path, sizeof(path), "/dev/vfio/noiommu-%.20s", group);
		dma->group = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dma->group < 0) {
		snprintf(error, size, errno == EBUSY ? "--vfio %s: %s is in use by another process; end that first" :
			 errno == EACCES || errno == EPERM ? "--vfio %s: no right to open %s; run as root" :
			 "--vfio %s: %s does not open; is the device bound to vfio-pci?", bdf, path);
		return -1;
	}
	return 0;
}

static int open_container(struct dma *dma, const char *bdf, char *error, size_t size)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	static const long types[] = { VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU, VFIO_NOIOMMU_IOMMU };
	bool set = false;

	dma->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (dma->container < 0) {
		snprintf(error, size, "--vfio %s: /dev/vfio/vfio: %s; modprobe vfio-pci", bdf, strerror(errno));
		return -1;
	}
	if (ioctl(dma->group, VFIO_GROUP_GET_STATUS, &status) || !(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		snprintf(error, size, "--vfio %s: other devices of its IOMMU group belong to host drivers; bind them to vfio-pci, too",
			 bdf);
		return -1;
	}
	if (ioctl(dma->group, VFIO_GROUP_SET_CONTAINER, &dma->container)) {
		snprintf(error, size, "--vfio %s: the group is in use: %s", bdf, strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !set; i++)
		set = !ioctl(dma->container, VFIO_SET_IOMMU, types[i]);
	if (!set) {
		snprintf(error, size, "--vfio %s: the container takes no IOMMU: %s", bdf, strerror(errno));
		return -1;
	}
	if (ioctl(dma->container, VFIO_CHECK_EXTENSION, VFIO_DMA_CC_IOMMU) > 0) {
		snprintf(error, size, "--vfio %s: its DMA is coherent (the IOMMU enforces snooping), so it changes no memory type; another device or IOMMU is needed",
			 bdf);
		return -1;
	}
	return 0;
}

int dma_open_vfio(struct dma *dma, const char *bdf, char *error, size_t size)
{
	char path[128], driver[256], group[256];
	const char *name;

	if (!bdf_valid(bdf)) {
		snprintf(error, size, "--vfio wants a PCI address such as 0000:03:00.0, not `%.40s`", bdf);
		return -1;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	if (access(path, F_OK)) {
		snprintf(error, size, "--vfio %s: this host has no such PCI device; lspci -D lists them", bdf);
		return -1;
	}
	name = pci_link(bdf, "driver", driver, sizeof(driver));
	if (strcmp(name, "vfio-pci")) {
		snprintf(error, size, "--vfio %s: bound to %.40s, not to vfio-pci; driverctl set-override %s vfio-pci",
			 bdf, *name ? name : "no driver", bdf);
		return -1;
	}
	name = pci_link(bdf, "iommu_group", group, sizeof(group));
	if (!*name) {
		snprintf(error, size, "--vfio %s: in no IOMMU group; boot with intel_iommu=on or amd_iommu=on", bdf);
		return -1;
	}
	if (open_group(dma, bdf, name, error, size) || open_container(dma, bdf, error, size)) {
		dma_close(dma);
		return -1;
	}
	dma->kind = DMA_VFIO;
	return 0;
}

int dma_open_device(struct dma *dma, const char *path, char *error, size_t size)
{
	dma->module = open(path, O_RDWR | O_CLOEXEC);
	if (dma->module < 0) {
		snprintf(error, size, "ncdma=%.100s: %s", path, strerror(errno));
		return -1;
	}
	dma->kind = DMA_MODULE;
	return 0;
}

static int vfio_device(struct dma *dma, int vm_fd)
{
	struct kvm_create_device create = { .type = KVM_DEV_TYPE_VFIO };

	if (dma->device < 0 && !ioctl(vm_fd, KVM_CREATE_DEVICE, &create))
		dma->device = create.fd;
	return dma->device;
}

static int switch_vfio(struct dma *dma, int vm_fd, bool on)
{
	int32_t group = dma->group;
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP, .attr = on ? KVM_DEV_VFIO_GROUP_ADD : KVM_DEV_VFIO_GROUP_DEL,
		.addr = (uint64_t)&group,
	};

	if (vfio_device(dma, vm_fd) < 0)
		return errno;
	return ioctl(dma->device, KVM_SET_DEVICE_ATTR, &attr) ? errno : 0;
}

static int switch_module(struct dma *dma, int vm_fd, bool on)
{
	/* The module counts below zero: what a VMM is refused, it does not ask. */
	if (!on && !dma->count)
		return ENOENT;
	return ioctl(dma->module, 'N' << 8 | (on ? 1 : 2), (unsigned long)vm_fd) ? errno : 0;
}

int dma_switch(struct dma *dma, int vm_fd, bool on, char *why, size_t size)
{
	int error;

	if (dma->kind == DMA_NONE) {
		snprintf(why, size, "non-coherent DMA needs a VFIO device: --vfio BDF");
		return -1;
	}
	if (dma->kind == DMA_VFIO && on && dma->count) {
		snprintf(why, size, "one VFIO device makes one count of non-coherent DMA, and KVM takes one kvm-vfio device");
		return -1;
	}
	error = dma->kind == DMA_VFIO ? switch_vfio(dma, vm_fd, on) : switch_module(dma, vm_fd, on);
	if (!error) {
		dma->count += on ? 1 : -1;
		dma->vm_fd = vm_fd;
	}
	return error;
}

void dma_detach(struct dma *dma)
{
	char why[64];

	while (dma->count && !dma_switch(dma, dma->vm_fd, false, why, sizeof(why)))
		;
	if (dma->device >= 0)
		close(dma->device);
	dma->device = dma->vm_fd = -1;
	dma->count = 0;
}

void dma_close(struct dma *dma)
{
	int *fds[] = { &dma->group, &dma->container, &dma->module };

	dma_detach(dma);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	dma->kind = DMA_NONE;
}
