# SPDX-License-Identifier: GPL-2.0-only
# The targets `kvm` and `unicorn` from the command line: what the corpus says of
# them, and what they answer when the host lacks something. Programs that the
# host cannot run are skipped (4), each with its reason.
. "${ZAPLOCK_SOURCE_DIR:?}/harness/tests/lib.sh"
corpus=$top/corpus
printf 'zaplock 1\nslot 0 gpa=0 size=1M\n---\nvcpu0 read 0x1000\nvcpu0 wrmsr MTRRcap 0\n' >a.zap

if "$zaplock" targets | grep -q '^unicorn.*not in this build'; then
	echo 'unicorn: not in this build; nothing was tested of it'
else
	expect 4 "$zaplock" gate --target unicorn "$corpus/regressions" "$corpus/errata"
	says .out ' 0 failed'
	expect 0 "$zaplock" run --target unicorn --profile linux-6.1 --format json a.zap
	says .out '"unseen": *\["faults"'
	expect 2 "$zaplock" run --target unicorn:fast a.zap
fi

# Bad options, the same with and without a KVM's help: one sentence each.
expect 2 "$zaplock" run --vfio 0000:03:00.0 a.zap && says .err 'goes with --target kvm'
if [ ! -w /dev/kvm ]; then
	expect 3 "$zaplock" run --target kvm a.zap && says .err '/dev/kvm' && one_sentence
	echo 'kvm: no /dev/kvm that we may open; nothing more was tested of it'
	done_testing
fi
for bdf in nonsense 0000:03 fffe:1f:1f.7; do
	expect 3 "$zaplock" run --target kvm --vfio "$bdf" a.zap && says .err "vfio.*$bdf|vfio wants" && one_sentence
done
expect 2 "$zaplock" run --target kvm:speed=9 a.zap && says .err 'unknown option'
expect 3 "$zaplock" run --target kvm:kvm_none a.zap && says .err "this host's guests are run by"
expect 0 "$zaplock" doctor && says .out '^yes kvm'

# Without the device, and without the right to it.
hidden='mount -t tmpfs none /dev && exec "$@"'
if unshare -m sh -c "$hidden" sh true 2>/dev/null; then
	expect 3 unshare -m sh -c "$hidden" sh "$zaplock" run --target kvm a.zap
	says .err 'no /dev/kvm' && one_sentence
fi
other='setpriv --reuid 65534 --regid 65534 --clear-groups'
if $other true 2>/dev/null && ! $other test -w /dev/kvm; then
	chmod 755 . && expect 3 $other "$zaplock" run --target kvm a.zap && says .err 'no right to open /dev/kvm'
fi

# The corpus: as expected wherever it can run. A host's kernel decides the profile.
if "$zaplock" doctor | grep -q '^yes profile'; then
	expect 4 "$zaplock" gate --target kvm "$corpus/regressions" "$corpus/errata"
	says .out ' 0 failed'
fi
done_testing
