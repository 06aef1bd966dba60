#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad input: a clear error that names the place, exit 2, bounded memory, nothing written.
. "$(dirname "$0")/lib.sh"

head='zaplock 1
slot 0 gpa=0x0 size=0x400000
---'
# NAME|LINE|what the message must name: a bad last line of a program.
while IFS='|' read -r name line regex; do
	printf '%s\n%s\n' "$head" "$line" >"$name.zap"
	for command in run explain minimize gate; do
		expect 2 "$zaplock" "$command" "$name.zap" && says .err "$name\.zap:4:[0-9]+: .*$regex"
		[ "$command" = gate ] || [ ! -s .out ] || [ "$command" = run ] || fail "$command $name.zap wrote output"
	done
done <<'TABLE'
op|vcpu0 frobnicate 1|frobnicate
msr|vcpu0 wrmsr MTRRphysBose0 0|MTRRphysBose0
value|vcpu0 wrmsr PAT 0x123456789012345678|0x123456789012345678
vcpu|vcpu1 read 0|vcpu1
missing|vcpu0 wrmsr PAT|.
beyond|vcpu0 read 0x10000000000000|0x10000000000000
maxphyaddr|vcpu0 write 0x10000000000|0x10000000000
crbit|vcpu0 cr0 +xyzzy|xyzzy
expect|expect everything|everything
quirk|host quirk no-such on|no-such
control|vcpu0 \x1b[31m|.
TABLE
printf 'zaplock 1\n---\nvcpu0 \x1b]0;pwned\x07\n' >escape.zap
expect 2 "$zaplock" run escape.zap && LC_ALL=C says_not .err $'\x1b'
printf 'zaplock 99\n---\n' >version.zap
expect 2 "$zaplock" run version.zap && says .err 'version.zap:1:'
printf 'zaplock 1\nmachine profile=linux-9.9\n---\n' >profile.zap
expect 2 "$zaplock" run profile.zap && says .err 'profile.zap:2:.*linux-9\.9'
: >empty.zap
expect 2 "$zaplock" run empty.zap && says .err 'empty.zap'
printf 'zaplock 1\n---\nvcpu0 re' >cut.zap
expect 2 "$zaplock" run cut.zap && says .err 'cut.zap:3:'

# A binary program that was cut anywhere, or whose bytes changed in length, is refused; noise of the
# right size decodes to some program, as every byte string must.
printf '%s\nvcpu0 write 0x1000\nvcpu0 read 0x2000\n' "$head" >good.zap
expect 0 "$zaplock" corpus convert --to binary -o good.bin good.zap
size=$(wc -c <good.bin)
[ "$size" -gt 16 ] || fail 'a binary program of no size'
for ((i = 0; i < size; i++)); do
	head -c "$i" good.bin >"cut-$i.bin"
	expect 2 "$zaplock" run "cut-$i.bin" && one_sentence && says .err "cut-$i\.bin"
done
{ cat good.bin; echo more; } >longer.bin
expect 2 "$zaplock" run longer.bin && one_sentence
for ((i = 0; i < 40; i++)); do
	{ head -c 12 good.bin; head -c $((size - 12)) /dev/urandom; } >"noise-$i.bin"
	expect 0 "$zaplock" corpus check "noise-$i.bin"
	timeout 60 "$zaplock" run "noise-$i.bin" >.out 2>.err
	case $? in 0 | 1 | 4) ;; *) fail "run of noise, base64 $(base64 -w0 "noise-$i.bin")" ;; esac
done
head -c 4096 /dev/urandom >noise.zap
expect 2 "$zaplock" run noise.zap && says .err 'noise.zap'

# Files that are none.
expect 2 "$zaplock" run absent.zap && says .err 'absent.zap.*No such file'
mkdir dir empty-dir
cp good.zap dir/
expect 2 "$zaplock" run empty-dir && one_sentence && says .err 'no program'
for command in explain minimize audit; do
	expect 2 "$zaplock" "$command" dir && one_sentence && says .err 'dir.*directory'
done
expect 0 "$zaplock" run dir
cp good.zap unreadable.zap && chmod 0 unreadable.zap
if [ "$(id -u)" != 0 ]; then
	expect 2 "$zaplock" run unreadable.zap && says .err 'unreadable.zap.*Permission denied'
fi

# 100 MB: refused with little memory, whatever it holds.
{ cat good.zap; head -c 100000000 /dev/zero | tr '\0' '#'; } >huge.zap
head -c 100000000 /dev/zero >zeros.zap
yes 'vcpu0 read 0x1000' | head -c 100000000 | cat good.zap - >long.zap
limit=$((256 * 1024))
case $("$zaplock" --version; nm "$zaplock" 2>/dev/null | grep -c __asan_init) in *$'\n'0) ;; *) limit=unlimited ;; esac
for file in huge.zap zeros.zap long.zap; do
	for command in run explain minimize gate "corpus check"; do
		# shellcheck disable=SC2086
		expect 2 bash -c "ulimit -v $limit; exec \"$zaplock\" $command $file" && says .err "$file"
	done
done
expect 2 bash -c "ulimit -v $limit; exec \"$zaplock\" run - <huge.zap"
expect 2 "$zaplock" audit good.zap && says .err 'good.zap'
expect 2 bash -c "ulimit -v $limit; exec \"$zaplock\" audit huge.zap"
rm -f huge.zap zeros.zap long.zap

# More steps than a program may have.
{ cat good.zap; yes 'vcpu0 read 0x1000' | head -n 5000; } >steps.zap
expect 2 "$zaplock" run steps.zap && says .err 'steps.zap:[0-9]+:'

# explain's own.
expect 2 "$zaplock" explain good.zap --step 3 && one_sentence && says .err 'no step 3'
expect 2 "$zaplock" explain good.zap --gpa 0x10000000000 && one_sentence && says .err 'MAXPHYADDR'
expect 2 "$zaplock" explain good.zap --gpa here && one_sentence
cat >holes.zap <<'ZAP'
zaplock 1
machine profile=linux-6.1 maxphyaddr=52
---
host dma on
vcpu0 wrmsr MTRRphysMask0 0x5555555555800
vcpu0 wrmsr MTRRdefType 0x806
ZAP
expect 2 "$zaplock" explain holes.zap && one_sentence && says .err '65536.*--gpa' && [ ! -s .out ] || fail 'a partial map'
expect 0 "$zaplock" explain holes.zap --gpa 0x1000

# minimize without a finding, and with another key.
expect 2 "$zaplock" minimize good.zap && one_sentence && says .err 'no finding'
finding_program >finding.zap
expect 2 "$zaplock" minimize --key no/such/key finding.zap && one_sentence && says .err 'no/such/key'

# Output that cannot be written: exit 3, and no half file.
if [ -w /dev/full ]; then
	for command in rules targets profiles --help "run good.zap" "explain good.zap --format json"; do
		# shellcheck disable=SC2086
		expect 3 bash -c "exec \"$zaplock\" $command >/dev/full" && says .err 'stdout'
	done
fi
# shellcheck disable=SC2086
expect 3 bash -c "exec \"$zaplock\" rules >&-" && says .err 'stdout'
expect 3 "$zaplock" run --out /proc/no-such good.zap && says .err '/proc/no-such'
: >file
expect 3 "$zaplock" run --out file good.zap && says .err 'file'
expect 2 "$zaplock" run --out out bad-name.zap
[ ! -e out/run.txt ] || fail 'a report of nothing'
! ls -A | grep -q 'XXXXXX\|\.zap\.' || fail 'a temporary file stays'

done_testing
