/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Non-coherent DMA for a VM: a VFIO device that the user names, through the
 * kvm-vfio device as a VMM does it; or, in disposable hosts, a small module that
 * calls KVM's own register function (ncdma=DEVICE: ioctl(fd, 'N' << 8 | 1, vm_fd)
 * registers, 2 unregisters).
 */
#ifndef ZAPLOCK_KVM_DMA_H
#define ZAPLOCK_KVM_DMA_H

#include <stdbool.h>
#include <stddef.h>

struct dma {
	enum { DMA_NONE, DMA_VFIO, DMA_MODULE } kind;
	int container, group;		/* VFIO */
	int module;
	int device;			/* kvm-vfio, of the present VM; -1: none */
	int vm_fd;			/* where it counts now; -1: nowhere */
	unsigned count;
};

void dma_init(struct dma *dma);

/*
 * Takes the VFIO device @bdf ("0000:03:00.0") into use. It must be bound to
 * vfio-pci, free, and without enforced coherency. 0, or -1 with one sentence and
 * what to do in @error, everything released.
 */
int dma_open_vfio(struct dma *dma, const char *bdf, char *error, size_t size);
int dma_open_device(struct dma *dma, const char *path, char *error, size_t size);

/* One count more or less. 0, an errno that KVM answered, or -1 if it cannot be done (@why). */
int dma_switch(struct dma *dma, int vm_fd, bool on, char *why, size_t size);

/* Before the VM goes: no count is left. */
void dma_detach(struct dma *dma);
void dma_close(struct dma *dma);

#endif
