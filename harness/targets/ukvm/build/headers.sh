#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# headers.sh TREE OUT: the headers that a kernel build generates before it
# compiles anything, made from TREE's own scripts and lists without running
# its Kbuild. OUT is in the build directory: what lands there derives from the
# kernel and is never committed.
set -eu
tree=$1 out=$2
arch=$tree/arch/x86/include

mkdir -p "$out/asm" "$out/uapi/asm" "$out/linux" "$out/generated/uapi/linux"

# Kbuild's asm-generic wrappers: headers that x86 takes over unchanged.
wrappers() { # ARCH_DIR GENERIC_DIR OUT_DIR
	{ sed -n 's/^generic-y *+= *//p' "$1/Kbuild"
	  sed -n 's/^mandatory-y *+= *//p' "$2/Kbuild"
	} | sort -u | while read -r header; do
		[ -e "$1/$header" ] || echo "#include <asm-generic/$header>" > "$3/$header"
	done
}
wrappers "$arch/asm" "$tree/include/asm-generic" "$out/asm"
wrappers "$arch/uapi/asm" "$tree/include/uapi/asm-generic" "$out/uapi/asm"

# System call numbers, through the tree's own generator.
calls=$tree/arch/x86/entry/syscalls
number() { sh "$tree/scripts/syscallhdr.sh" "$@"; }
number --abis common,64 --emit-nr "$calls/syscall_64.tbl" "$out/uapi/asm/unistd_64.h"
number --abis i386 --emit-nr "$calls/syscall_32.tbl" "$out/uapi/asm/unistd_32.h"
number --abis common,x32 --emit-nr --offset __X32_SYSCALL_BIT "$calls/syscall_64.tbl" \
	"$out/uapi/asm/unistd_x32.h"
number --abis i386 --prefix ia32_ --emit-nr "$calls/syscall_32.tbl" "$out/asm/unistd_32_ia32.h"
number --abis x32 --prefix x32_ --emit-nr "$calls/syscall_64.tbl" "$out/asm/unistd_64_x32.h"

field() { sed -n "s/^$1 *= *//p" "$tree/Makefile" | head -1; }
version=$(field VERSION) patch=$(field PATCHLEVEL) sub=$(field SUBLEVEL)
# LINUX_VERSION_CODE has a byte for the sublevel; the kernel clamps likewise.
byte=$sub; [ "${byte:-0}" -le 255 ] || byte=255
cat > "$out/linux/version.h" <<END
#define LINUX_VERSION_CODE $((version * 65536 + patch * 256 + ${byte:-0}))
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
END
cp "$out/linux/version.h" "$out/generated/uapi/linux/version.h"
echo "#define UTS_RELEASE \"$version.$patch.${sub:-0}\"" > "$out/generated/utsrelease.h"

# Structure sizes that Kbuild measures with a compiler. Only page->flags' layout
# depends on them, and that is private to the page shims.
cat > "$out/generated/bounds.h" <<END
#define NR_PAGEFLAGS 25
#define MAX_NR_ZONES 4
#define SPINLOCK_SIZE 0
#define LRU_GEN_WIDTH 0
#define __LRU_REFS_WIDTH 0
END
: > "$out/generated/asm-offsets.h"
: > "$out/asm/xen-hypercalls.h"

# HZ=250 conversions; the tree computes them with bc.
if ! command -v bc > /dev/null; then
	echo "ukvm: bc is missing: apt install bc" >&2
	exit 1
fi
echo 250 | bc -q "$tree/kernel/time/timeconst.bc" > "$out/generated/timeconst.h"

# The one header that is edited on the way: moves from and to control registers
# become loads and stores of variables (shim/cpu.c), since ring 3 has no CRs.
sed -e 's/mov %%cr\([0-9]\), *%0/mov ukvm_cr\1(%%rip),%0/' \
    -e 's/mov %0, *%%cr\([0-9]\)/mov %0,ukvm_cr\1(%%rip)/' \
	"$arch/asm/special_insns.h" > "$out/asm/special_insns.h"
if ! grep -q 'ukvm_cr0' "$out/asm/special_insns.h"; then
	echo "ukvm: $arch/asm/special_insns.h: no move from CR0 found; build/headers.sh must learn its form" >&2
	exit 1
fi
