#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# trees.sh ZAPLOCK UKVM-BUILD UNPACKED-TREE: what is no kernel tree, or not all
# of one, or too old, or does not compile, is refused by a sentence that names
# the file and what is wrong; and `zaplock' says how a tree is built.
set -u
zaplock=$1 build=$2 tree=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# refuses NAME SOURCE PATTERN...: ukvm-build fails on SOURCE, and says each PATTERN.
refuses() {
	name=$1 source=$2
	shift 2
	if "$build" --out "$work/out" "$source" > "$work/log" 2>&1; then
		echo "FAILED $name: it was built"
		failed=1
		return
	fi
	for pattern in "$@"; do
		grep -qE "$pattern" "$work/log" && continue
		echo "FAILED $name: nothing says \`$pattern':"
		cat "$work/log"
		failed=1
	done
}

# A private copy that costs no room; files are replaced in it, never edited in place.
copy() { cp -al "$tree" "$work/$1"; }
replace() { cp "$1" "$1.new" && sed "$2" "$1.new" > "$1.edited" && rm "$1" "$1.new" && mv "$1.edited" "$1"; }

mkdir "$work/empty"
refuses 'an empty folder' "$work/empty" 'not a whole kernel tree' 'Makefile'
refuses 'no folder' "$work/none" 'no such tree or tarball'
echo junk > "$work/linux-source-6.1.tar.xz"
refuses 'a broken tarball' "$work/linux-source-6.1.tar.xz" 'linux-source-6.1.tar.xz cannot be unpacked'
echo junk > "$work/something.txt"
refuses 'another file' "$work/something.txt" 'not a kernel tarball by its name'
refuses 'a version nobody has' 9.99 'linux-source-9.99'

copy half
rm "$work/half/include/linux/kvm_host.h"
refuses 'half a tree' "$work/half" 'half: not a whole kernel tree' 'include/linux/kvm_host.h is missing'

copy old
replace "$work/old/Makefile" 's/^VERSION = .*/VERSION = 5/; s/^PATCHLEVEL = .*/PATCHLEVEL = 10/'
refuses 'an old tree' "$work/old" 'is Linux 5.10; ukvm knows 6.1 to 7.x'

copy broken
replace "$work/broken/arch/x86/kvm/cpuid.c" '$a int zaplock_test(void) { return no_such_symbol_here; }'
refuses 'a tree that does not compile' "$work/broken" 'cpuid\.c:[0-9]+:[0-9]+: error: .*no_such_symbol_here' \
	'arch/x86/kvm/cpuid.c does not compile' 'build failed'

"$zaplock" run --target "ukvm:$work/half" /dev/null > "$work/log" 2>&1
if [ $? != 2 ] || ! grep -q "is not built; build it: .*ukvm-build .*half" "$work/log"; then
	echo "FAILED a tree that is not built: zaplock does not say how"
	cat "$work/log"
	failed=1
fi
exit $failed
