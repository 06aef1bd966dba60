# SPDX-License-Identifier: GPL-2.0-only
# What explore says: the schedule of a known race, its timeline, deadlock, samples, and bad input.
. "${ZAPLOCK_SOURCE_DIR:?}/harness/tests/lib.sh"

race() {
	cat <<'ZAP'
zaplock 1
machine vcpus=2
slot 0 gpa=0x40000000 size=1G
---
vcpu0 wrmsr MTRRphysBase0 0x40000001
vcpu0 wrmsr MTRRphysMask0 0xffffe00800
vcpu0 wrmsr MTRRdefType 0x806
together
  vcpu0 read 0x40000000
  host dma on
end
ZAP
}

# rules E.24: a range zap that does not bump the invalidate sequence.
race >race.zap
expect 1 "$zaplock" explore --target model:linux-6.7,defect=no-seq race.zap
says .out '^zap-race/dma:first-on/mixed/type, step 4: ' && says .out '^race.zap: [0-9]+ schedules run, [0-9]+ pruned .*; all with up to 2 preemptions; [0-9]+ show a finding, 1 keys'
cat >golden <<'EOT'
together sched=0@fault-pfn
  vcpu0 read 0x40000000
  host dma on
end
expect zap-race step=4 target=model:linux-6.7,defect=no-seq

  vcpu0                                               | host
  vcpu0 read 0x40000000
  enters the guest
  ... is left at fault-pfn
                                                      | host dma on
                                                      | zaps from gfn 0x0 to 0xfffffffffffff
                                                      | end
  ... goes on
  maps 1G at 0x40000000, WC
  enters the guest
  translates 0x40000000
  end
EOT
sed -n '/^together/,/^  end/p' .out | diff golden - || fail 'another schedule or timeline'

# What was printed replays, and is expected.
sed -n '/^zaplock 1/,/^expect/p' .out >found.zap
expect 0 "$zaplock" run --target model:linux-6.7,defect=no-seq found.zap && says .out ': known '
expect 0 "$zaplock" minimize --target model:linux-6.7,defect=no-seq found.zap && says .out '^together sched=0@fault-pfn$'
# With the sequence bumped the same schedule is clean.
sed '/^expect/d' found.zap >fixed.zap
expect 0 "$zaplock" run --target model:linux-6.7 fixed.zap && says .out ': clean '

# Samples: the same seed, the same samples.
expect 1 "$zaplock" explore --preemptions 0 --pct 300 --seed 9 --target model:linux-6.7 race.zap
says .out '300 of them samples \(PCT, seed 9\)' && cp .out first
expect 1 "$zaplock" explore --preemptions 0 --pct 300 --seed 9 --target model:linux-6.7 race.zap
diff first .out || fail 'one seed, two outputs'

# A deadlock ends, with its waiters named.
race | sed 's/^  vcpu0 read.*/  host prefault vcpu0 0x40000000 0x1000/; s/^  host dma on/  host slot 0 delete/' >dead.zap
expect 1 "$zaplock" explore --target model:linux-6.16 dead.zap
says .out '^hang/slot:delete/.*deadlock: vcpu0 waits for gfn 0x40000: its memslot is invalid; host waits for vcpu0'
says .out 'must wait \(behind '

# A bug that needs no schedule, none at all, a bound that is not reached.
race | sed 's/^  vcpu0 read.*/  vcpu1 read 0x40000000/; s/^together/vcpu0 read 0x40000000\n&/' >serial.zap
expect 1 "$zaplock" explore --target model:linux-6.1 serial.zap && says .out 'needs no schedule'
expect 0 "$zaplock" explore --target model:linux-6.16 race.zap && says .out '; 0 show a finding, 0 keys'
expect 0 "$zaplock" explore --max-schedules 3 --target model:linux-6.16 race.zap && says .out 'stopped at --max-schedules'

# Bad input.
race | sed '/^together/d; /^end/d' >alone.zap
expect 2 "$zaplock" explore alone.zap && one_sentence && says .err 'no `together` group'
race | sed 's/^together/& sched=1@enter/' >unfit.zap
expect 2 "$zaplock" explore unfit.zap && one_sentence && says .err 'unfit.zap:8:16: `1@enter`: expected a vCPU, or host, that has an op in this group'
race | sed 's/^together/& sched=2@enter/' >nobody.zap
expect 2 "$zaplock" run nobody.zap && one_sentence && says .err 'nobody.zap:8:16: `2`: '
expect 2 "$zaplock" explore --preemptions many race.zap && says .err 'preemptions wants a number'
expect 2 "$zaplock" explore --target model:no-such race.zap && one_sentence
expect 2 "$zaplock" explore race.zap serial.zap

done_testing
