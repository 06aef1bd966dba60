#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What is installed: man pages that say all that --help says, bash completion, a Debian package. $1 is the build directory.
build=$1
. "$(dirname "$0")/lib.sh"

# Man pages: each command has one, with every option of its --help.
for command in $("$zaplock" --help | sed -n '/^Options/q; s/^  \([a-z][a-z-]*\) .*/\1/p'); do
	page=$build/man/zaplock-$command.1.gz
	checks=$((checks + 1))
	[ -s "$page" ] || { fail "no man page of $command"; continue; }
	zcat "$page" | sed 's/\\-/-/g' >page
	for option in $("$zaplock" "$command" --help | grep -oE -- '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
		grep -q -- "^\.B .*$option" page || fail "zaplock-$command(1) has no $option"
	done
	if command -v groff >/dev/null; then
		expect 0 groff -man -Tutf8 -ww -z <(zcat "$page") && [ ! -s .err ] || fail "zaplock-$command(1) is no clean roff"
	fi
done
zcat "$build/man/zaplock.1.gz" >page && grep -q 'zaplock\\-minimize(1)' page || fail 'zaplock(1) does not name the others'

# Completion: commands, their options, names of profiles and formats.
complete_line() {
	"${BASH:-bash}" -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zaplock; printf "%s\n" "${COMPREPLY[@]}"' - \
		"$top/docs/completion.bash" "$zaplock" "$@" >.out
}
complete_line mi && says .out '^minimize$'
complete_line run --adv && says .out '^--advisories$'
complete_line run --profile = linux-6.1 && says .out '^linux-6\.16$'
complete_line run --format sa && says .out '^sarif$'
complete_line run --target model:linux-6 && says .out '^linux-6\.1$'

# cmake --install, and the package.
command -v cmake >/dev/null || { echo 'skipped: no cmake'; done_testing; }
expect 0 cmake --install "$build" --prefix "$work/usr"
expect 0 "$work/usr/bin/zaplock" gate "$work/usr/share/zaplock/corpus/regressions"
[ -s usr/share/man/man1/zaplock-run.1.gz ] && [ -s usr/share/bash-completion/completions/zaplock ] && [ -s usr/share/zaplock/schema/run-1.json ] ||
	fail 'something is not installed'
if ! command -v dpkg-shlibdeps >/dev/null || ! command -v cpack >/dev/null; then
	echo 'skipped: no package was built for want of dpkg-dev'
elif nm -a "$zaplock" 2>/dev/null | grep -q __asan_init; then
	echo 'skipped: no package of a build with ASan'
else
	expect 0 cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/package"
	deb=$(ls package/zaplock_*.deb)
	expect 0 dpkg -c "$deb" && says .out ' \./usr/bin/zaplock$' && says .out 'root/root.* \./usr/share/man/man1/zaplock\.1\.gz$' &&
		says .out ' \./usr/share/doc/zaplock/copyright$' && says_not .out '/home|/tmp'
	expect 0 dpkg -I "$deb" && says .out '^ Package: zaplock$' && says .out '^ Depends: .*libc6.*libjansson4' && says .out '^ Maintainer: .+ <.+@.+>$'
	expect 0 dpkg -x "$deb" root && expect 0 root/usr/bin/zaplock --version && says .out '^zaplock [0-9]'
fi

done_testing
