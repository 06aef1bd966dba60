# SPDX-License-Identifier: GPL-2.0-only
#
# Compiles the KVM of one kernel tree into one shared object.
#
#   make -f ukvm.mk TREE=dir OUT=dir SO=file CC=clang [SANITIZE=flags]
#
# OUT keeps headers and objects, so that an edit in TREE recompiles what depends
# on it and no more. ukvm-build calls this; it knows where TREE comes from.

UKVM := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
GEN := $(OUT)/include
.DELETE_ON_ERROR:
.SUFFIXES:
all: $(SO)
.PHONY: all objects

# --- What there is to compile -------------------------------------------------

# KVM's objects, as the tree's own Makefile lists them. vmenter.S holds the
# world switch itself; cpu_vmx.c and cpu_svm.c stand in its place.
$(OUT)/objects.mk: $(GEN)/generated/autoconf.h $(TREE)/arch/x86/kvm/Makefile $(UKVM)/build/ukvm.mk
	@{ echo 'srctree := $(TREE)'; echo 'src := $(TREE)/arch/x86/kvm'; echo 'obj := .'; \
	   sed -n 's/^#define \(CONFIG_[A-Z0-9_]*\) 1$$/\1 := y/p' $<; \
	   echo 'include $(TREE)/arch/x86/kvm/Makefile'; \
	   echo 'list: ; @echo $$(filter-out %vmenter.o,$$(kvm-y) $$(kvm-intel-y) $$(kvm-amd-y))'; \
	 } > $(OUT)/list.mk
	@$(MAKE) -s --no-print-directory -f $(OUT)/list.mk list | tr ' ' '\n' | \
		sed -e '/^$$/d' -e 's|^\.\./\.\./\.\./||;t' -e 's|^|arch/x86/kvm/|' | \
		sed -e 's|^\(.*\)\.o$$|KVM_OBJECTS += \1.o|' > $@

# Small pieces of the kernel's library that KVM stands on.
LIB_OBJECTS := $(addprefix lib/,rbtree.o interval_tree.o xarray.o radix-tree.o idr.o \
	find_bit.o bitmap.o hweight.o bsearch.o)

SHIMS := abi cpu cpu_svm cpu_vmx events files heap host_mm image locks misc pages rcu slab vcpu \
	vm vmcs walk

-include $(OUT)/objects.mk
OBJECTS := $(addprefix $(OUT)/kernel/,$(sort $(KVM_OBJECTS) $(LIB_OBJECTS)))
SHIM_OBJECTS := $(addprefix $(OUT)/shim/,$(addsuffix .o,$(SHIMS)) insn.o)

objects: $(OBJECTS)

# --- How ----------------------------------------------------------------------

INCLUDES := -nostdinc -I$(UKVM)/shim/include -I$(GEN) -I$(TREE)/arch/x86/include -I$(TREE)/include \
	-I$(TREE)/arch/x86/include/uapi -I$(GEN)/uapi -I$(TREE)/include/uapi -I$(GEN)/generated/uapi \
	-include $(TREE)/include/linux/compiler-version.h -include $(TREE)/include/linux/kconfig.h \
	-include $(UKVM)/shim/pre.h -include $(TREE)/include/linux/compiler_types.h \
	-I$(TREE)/arch/x86/kvm -I$(TREE)/virt/kvm
# The kernel's own dialect. Its warnings are its own affair (-w); errors are ours.
KERNEL_CFLAGS := -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -fshort-wchar -fno-strict-aliasing \
	-fno-common -funsigned-char -fno-stack-protector -mno-red-zone -fno-strict-overflow \
	-fno-delete-null-pointer-checks -fno-semantic-interposition -D__KERNEL__ \
	-D'KBUILD_MODNAME="kvm"' -D'KBUILD_MODFILE="kvm"' -D'KBUILD_BASENAME="kvm"' \
	-D__KBUILD_MODNAME=kmod_kvm -fmacro-prefix-map=$(TREE)/= $(INCLUDES)
WARN := -Wall -Wno-unused-function -Wno-address-of-packed-member -Wno-gnu-variable-sized-type-not-at-end \
	-Wno-pointer-sign -Wno-unused-but-set-variable -Wno-frame-address -Wno-unknown-warning-option

# Statics that the shims call or read by name; each has its address taken, or
# is a variable, so it exists as a symbol.
GLOBALIZE := $(addprefix --globalize-symbol=,vmx_init svm_init host_idt_base enable_ept npt_enabled tdp_mmu_enabled \
	eager_page_split)
# Functions that libc has with the same meaning, and those that mean something
# else there. All kernel symbols are hidden (pre.h), so that libc's must go by
# another name; stubs.sh leads on to them.
LIBC := memcpy memmove memset memcmp bcmp strlen strcmp strncmp strchr strncasecmp snprintf sprintf \
	strnlen
RENAME := --redefine-sym sigprocmask=ukvm_sigprocmask --redefine-sym bsearch=ukvm_bsearch \
	$(foreach f,$(LIBC),--redefine-sym $(f)=ukvm_libc_$(f))
# Exports are for modules; their table would need relocation.
DROP := --remove-section=.export_symbol --remove-section=.rela.export_symbol
OBJCOPY := objcopy $(RENAME) $(GLOBALIZE) $(DROP)

$(GEN)/generated/autoconf.h: $(UKVM)/build/headers.sh $(UKVM)/build/config.sh $(UKVM)/build/config.values \
		$(TREE)/Makefile $(TREE)/arch/x86/kvm/Kconfig
	@sh $(UKVM)/build/headers.sh $(TREE) $(GEN)
	@sh $(UKVM)/build/config.sh $(TREE) $(UKVM)/build/config.values > $@.new
	@cmp -s $@.new $@ && { rm $@.new; touch $@; } || mv $@.new $@

# Changed flags recompile everything.
FLAGS := $(CC) $(KERNEL_CFLAGS) $(SANITIZE) $(PROFILE) $(OBJCOPY)
ifneq ($(FLAGS),$(file <$(OUT)/flags))
$(shell mkdir -p $(OUT))
$(file >$(OUT)/flags,$(FLAGS))
endif

$(OUT)/kernel/%.o: $(TREE)/%.c $(GEN)/generated/autoconf.h $(OUT)/flags
	@mkdir -p $(@D)
	@$(CC) $(KERNEL_CFLAGS) -w $(SANITIZE) -I$(<D) -MMD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@.tmp || \
		{ echo 'ukvm: $(TREE): $*.c does not compile against the shims; see the error above' >&2; exit 1; }
	@$(OBJCOPY) $@.tmp $@ && rm $@.tmp
	@[ -z "$(PROGRESS)" ] || printf '\rukvm: %d of %d files ' $$(find $(OUT)/kernel -name '*.o' | wc -l) $(words $(OBJECTS))

$(OUT)/shim/%.o: $(UKVM)/shim/%.c $(GEN)/generated/autoconf.h $(OUT)/flags
	@mkdir -p $(@D)
	@$(CC) $(KERNEL_CFLAGS) $(WARN) $(SANITIZE) $(PROFILE) -I$(UKVM) -I$(UKVM)/shim -MMD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@.tmp
	@$(OBJCOPY) $@.tmp $@ && rm $@.tmp

# host.c is the libc side: ordinary headers.
$(OUT)/shim/host.o: $(UKVM)/shim/host.c $(OUT)/flags
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -Wall -Wextra -DUKVM_IMAGES=$(if $(SANITIZE),0,1) $(SANITIZE) -MMD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@

$(OUT)/shim/insn.o: $(UKVM)/shim/insn.S $(OUT)/flags
	@mkdir -p $(@D)
	@$(CC) -fPIC -c $< -o $@

# --- Link ---------------------------------------------------------------------

# What nobody defines: symbols.table says what stands for it, and calls to the
# rest abort with the symbol's name.
$(OUT)/stubs.S: $(UKVM)/build/stubs.sh $(UKVM)/build/symbols.table $(OBJECTS) $(SHIM_OBJECTS) $(OUT)/shim/host.o
	@sh $(UKVM)/build/stubs.sh $(UKVM)/build/symbols.table $(OUT)/shim/host.o $(OBJECTS) $(SHIM_OBJECTS) > $@

$(OUT)/stubs.o: $(OUT)/stubs.S
	@$(CC) -fPIC -c $< -o $@

comma := ,
# Calls across objects that the shims stand before (events.c, vcpu.c).
WRAP := $(addprefix -Wl$(comma)--wrap=,kvm_zap_gfn_range x86_emulate_instruction tdp_iter_start)

$(SO): $(OBJECTS) $(SHIM_OBJECTS) $(OUT)/shim/host.o $(OUT)/stubs.o
	@[ -z "$(PROGRESS)" ] || printf '\rukvm: linking           \n'
	@$(CC) -shared -g $(SANITIZE) -Wl,-Bsymbolic -Wl,-z,noexecstack $(WRAP) $^ -o $@.tmp
	@mv $@.tmp $@

-include $(OBJECTS:.o=.d) $(SHIM_OBJECTS:.o=.d) $(OUT)/shim/host.d
