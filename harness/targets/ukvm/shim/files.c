// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files: /dev/kvm and the anonymous inodes of VMs and vCPUs. The shims call the
 * real ioctl handlers through the file_operations that KVM registers, as the
 * VFS would, and remember the file behind each object KVM creates.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>

#include "host.h"
#include "shim.h"

static const struct file_operations *dev_kvm;

int ukvm_misc_register(struct miscdevice *device)
{
	dev_kvm = device->fops;
	return 0;
}

static struct ukvm_file last_file;

static void created(const struct file_operations *fops, void *object)
{
	last_file = (struct ukvm_file){ .fops = fops, .object = object };
}

/* The struct file itself is KVM's to set up and drop; only f_op and private_data matter. */
struct file *ukvm_anon_inode_getfile(const char *name, const struct file_operations *fops,
				     void *object, int flags)
{
	static struct file file;

	memset(&file, 0, sizeof(file));
	file.f_op = fops;
	file.private_data = object;
	created(fops, object);
	return &file;
}

int ukvm_anon_inode_getfd(const char *name, const struct file_operations *fops, void *object,
			  int flags)
{
	created(fops, object);
	return 4;
}

/* Descriptor numbers lead nowhere: nothing looks a file up by them. */
int ukvm_get_unused_fd(unsigned int flags)
{
	return 3;
}

static long call(const struct file_operations *fops, void *object, unsigned int cmd, void *arg)
{
	struct file file = { .f_op = fops, .private_data = object };

	ukvm_guest_patience(cmd);
	return fops->unlocked_ioctl(&file, cmd, (unsigned long)arg);
}

long ukvm_dev_ioctl(unsigned int cmd, void *arg, struct ukvm_file *file)
{
	long ret = call(dev_kvm, NULL, cmd, arg);

	if (file && ret >= 0)
		*file = last_file;
	return ret;
}

long ukvm_file_ioctl(const struct ukvm_file *of, unsigned int cmd, void *arg,
		     struct ukvm_file *file)
{
	long ret = call(of->fops, of->object, cmd, arg);

	if (file && ret >= 0)
		*file = last_file;
	return ret;
}

void ukvm_file_close(struct ukvm_file *of)
{
	struct file file = { .f_op = of->fops, .private_data = of->object };

	of->fops->release(NULL, &file);
	of->object = NULL;
}
