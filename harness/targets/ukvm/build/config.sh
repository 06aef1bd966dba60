#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# config.sh TREE VALUES: prints autoconf.h: what the tree's own Kconfig files
# select without condition for x86-64 and KVM, and the choices of VALUES.
set -eu
tree=$1 values=$2

selects() { # FILE SYMBOL_REGEX: unconditional selects of the matching symbols
	[ ! -e "$1" ] || awk -v want="^($2)\$" '
		/^(menu|endmenu|choice|endchoice|source)/ { on = 0 }
		/^(config|menuconfig) / { on = $2 ~ want }
		on && /^[ \t]+select / && NF == 2 { print $2 }' "$1"
}

{
	selects "$tree/arch/x86/Kconfig" 'X86|X86_64'
	selects "$tree/arch/x86/kvm/Kconfig" 'KVM|KVM_X86|KVM_INTEL|KVM_AMD'
	selects "$tree/virt/kvm/Kconfig" 'KVM_GENERIC_MMU_NOTIFIER|KVM_COMMON'
} | awk -v values="$values" '
	BEGIN {
		while ((getline line < values) > 0) {
			if (line ~ /^(#|$)/)
				continue
			split(line, word, /[ \t]+/)
			if (word[2] == "n")
				off[word[1]] = 1
			else
				set[word[1]] = word[2] == "y" ? "1" : word[2]
		}
	}
	!($1 in set) { set[$1] = "1" }
	END {
		for (name in set)
			if (!(name in off))
				print "#define CONFIG_" name " " set[name] | "sort"
	}'
