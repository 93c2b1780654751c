; What concerns all volumes of a journal group at once: entries that become marks, suspension, takeover.
role data

; Hosts wait for room. If none came within the time, or the journal volume has lost entries, the recipe says what then.
on FULL using freeing
    use   spilled=r12 now=r14
again:
    ld64  limit, journal.freed[journal]
    ld64  spilled, journal.spilled[journal]
    ld    x, journaling.broken[journal]
    br.ne x, #0, broken
    ld    x, journaling.inflow_us[journal]
    sleep x
    ld    x, journaling.broken[journal]
    br.ne x, #0, broken
    ld    x, journaling.room[journal]
    br.eq x, #0, done                ; nobody waits
    ld64  now, journal.freed[journal]
    cmp64 x, limit, now
    br.ne x, #1, again
    ld64  now, journal.spilled[journal]
    cmp64 x, spilled, now
    br.ne x, #1, again
broken:
    ldi   x, #0
    st    journaling.broken[journal], x
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, done
    ld    x, volume.journal[volume]
    br.ne x, journal, next
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, next
    call.hook overflow, pair
    br    done
next:
    add   volume, volume, #1
    br    each
done:
    ldi   x, #0
    st    journaling.timing[journal], x
    end

; Entries up to `journal.drop` become marks, oldest first; each is freed when its mark is there, so power may go at any point.
; Then what hosts wait for is there, and what is marked may go.
on DROP using freeing
    use   here=r12 now=r14
    br    boot
soon:
    ldi   x, #1000
    sleep x
boot:
    ld    x, system.ready
    br.eq x, #0, soon
next:
    ld64  number, journal.freed[journal]
    ld64  other, journal.drop[journal]
    cmp64 x, number, other
    br.ne x, #0, all
    add64 number, number, #1
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, void
    ld    volume, update.volume[entry]
    ld    pair, volume.pair[volume]
    ld    x, pair.state[pair]
    br.eq x, #SMPL, void
    ld    t, volume.track_base[volume]
    ld    x, update.track[entry]
    add   t, t, x
    flag.set t, volume, #M2_INV
void:
    call  free
    and   x, number, #15
    br.ne x, #0, next
    yield
    br    next
all:
    ldi   x, #0
    st    journaling.dropping[journal], x
    wake.all journaling.room[journal]
    mov   here, journal
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, done
    ld    x, volume.journal[volume]
    br.ne x, here, other
    ld    pair, volume.pair[volume]
    br.neg pair, other
    ld    x, pair.role[pair]
    br.eq x, #TARGET, target
    br.ne x, #SOURCE, other
    ld    x, pair.state[pair]
    br.ne x, #PSUE, other
    call  kick_member
other:
    add   volume, volume, #1
    br    each
target:                              ; nothing of its own is left: the other side's numbers follow
    ld64  now, journal.restored[here]
    ld64  number, journal.drop[here]
    cmp64 x, now, number
    br.ne x, #0, other               ; so it was before: what is left came from there
    ld64  now, journal.last[here]
    st64  journal.restored[here], now
    st64  journal.handed[here], now
    st64  journaling.taken[here], now
    br    other
done:
    end

sub kick_member using freeing
    ld    x, session.offering[pair]
    br.ne x, #0, again
    ldi   x, #NEW_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
    ret
again:
    st    session.again[pair], x
    ret

; Entries that were not sent become marks from now on. Called when no new ones come.
sub drop using freeing
    ld64  number, journal.last[journal]
    st64  journal.drop[journal], number
    ld    x, journaling.dropping[journal]
    br.ne x, #0, runs
    ldi   x, #1
    st    journaling.dropping[journal], x
    post  DROP (journal)
runs:
    wake.all journaling.room[journal]
    ret

; An operator suspended or resumed a pair: so are the others of its group.
hook members using operate
    keeps pair "it is read again, of the same volume"
    use   journal=r12 self=r13 wanted=r14
    ld    journal, volume.journal[volume]
    ld    wanted, pair.state[pair]
    mov   self, volume
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, all
    br.eq volume, self, next
    ld    x, volume.journal[volume]
    br.ne x, journal, next
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, pair.role[pair]
    br.ne x, #SOURCE, next
    ld    x, pair.state[pair]
    br.eq wanted, #PSUS, suspend
    br.ne x, #PSUS, next
    st    pair.state[pair], wanted
    call  kick
    br    next
suspend:
    br.eq x, #PAIR, stop
    br.ne x, #COPY, next
stop:
    st    pair.state[pair], wanted
    ldi   x, #0
    st    session.open[pair], x
next:
    add   volume, volume, #1
    br    each
all:
    br.ne wanted, #PSUS, told
    mov   wanted, self               ; `drop` has other names: volume and pair come back from here
    mov   volume, journal
    call  drop
    mov   self, wanted
    ldi   volume, #0
tell:
    ld    x, system.volumes
    br.ge volume, x, told
    br.eq volume, self, more
    ld    x, volume.journal[volume]
    br.ne x, journal, more
    ld    pair, volume.pair[volume]
    br.neg pair, more
    ld    x, pair.state[pair]
    br.ne x, #PSUS, more
    ldi   z, #PSUS
    ldi   x, #ASK_STATE
    call  ask_other
more:
    add   volume, volume, #1
    br    tell
told:
    mov   volume, self
    ld    pair, volume.pair[volume]
    ldi   result, #OK
    ret

; "Drain what arrived, then open": nothing more is taken in, all that came is restored, and all volumes of the group are
; taken over. Numbers that this side gives begin behind all that the other one may have given: their high word is greater
; than it and than every epoch was, when somebody took over last.
hook takeover using operate
    keeps pair "it is read again, of the same volume"
    use   self=r1 kept=r10 journal=r12 number=r14 number_low=r14 number_high=r15  ; force is not needed any more
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serves
    ld    journal, volume.journal[volume]
    ldi   x, #1
    st    journaling.closing[journal], x
    wake.all journaling.turn[journal]
    wake.all journaling.room[journal]
drain:
    ld    x, journaling.dropping[journal]
    br.ne x, #0, drops
    ld64  number, journal.last[journal]
    ld64  now, journal.restored[journal]
    cmp64 x, now, number
    br.eq x, #1, hand
    ld64  now, journal.given[journal]
    cmp64 x, now, number
    br.ne x, #0, own
    ld    x, journaling.restoring[journal]
    br.ne x, #0, wait
    inc   journaling.restoring[journal]
    post  RESTORE (journal)
wait:
    park  journaling.drained[journal]
    br    drain
own:                                 ; from when it was the source: the other side lacks them
    mov   kept, volume
    mov   volume, journal            ; as `drop` has it
    call  drop
    mov   volume, kept
drops:
    ldi   x, #1000
    sleep x
    br    drain
hand:                                ; a third storage system gets all of it, too, or marks instead
    ld    x, journaling.further[journal]
    br.eq x, #0, drained
    ld64  now, journal.handed[journal]
    cmp64 x, now, number
    br.eq x, #1, drained
    ld    x, journaling.handing[journal]
    br.ne x, #0, wait
    ldi   x, #1
    st    journaling.handing[journal], x
    post  HAND (journal)
    br    wait
drained:
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serves         ; meanwhile it became so
    mov   kept, volume
    ldi   volume, #0
epochs:                              ; of the last session, which the other side may have gone on in without being read
    ld    x, system.volumes
    br.ge volume, x, behind
    ld    x, volume.journal[volume]
    br.ne x, journal, another
    ld    x, volume.pair[volume]
    br.neg x, another
    ld    x, pair.epoch[x]
    br.ge number_high, x, another
    mov   number_high, x
another:
    add   volume, volume, #1
    br    epochs
behind:
    mov   volume, kept
    ldi   number_low, #0
    add   number_high, number_high, #1
    st64  journal.restored[journal], number
    st64  journal.handed[journal], number
    st64  journal.freed[journal], number
    st64  journal.drop[journal], number
    st64  journal.noted[journal], number
    st64  journaling.taken[journal], number
    st64  journal.last[journal], number  ; last: until then power on takes the others back (recover/journal.uc)
    ld64  number, journal.tail[journal]
    st64  journal.head[journal], number
    mov   self, volume
    ldi   volume, #0
each:
    ld    x, system.volumes
    br.ge volume, x, all
    br.eq volume, self, next
    ld    x, volume.journal[volume]
    br.ne x, journal, next
    ld    pair, volume.pair[volume]
    br.neg pair, next
    ld    x, pair.role[pair]
    br.ne x, #TARGET, next
    call  take
next:
    add   volume, volume, #1
    br    each
all:
    mov   volume, self
    ld    pair, volume.pair[volume]
    ldi   x, #0
    st    journaling.landed_any[journal], x  ; data whose update information will not come any more
    st    journaling.closing[journal], x
    wake.all journaling.turn[journal]  ; a session may have begun meanwhile, and is over now
    wake.all journaling.room[journal]
serves:
    ldi   result, #OK
    ret
