; The first storage system of a journal group: it answers reads of its journal, frees what the second has restored, and gives
; the group away when all is there. A link that goes changes nothing: hosts go on, and the journal fills.
role data

frame reading: volume=r0 size=r1 after=r2 after_low=r2 after_high=r3 x=r4 buffer=r5 trunk=r5 number=r6 number_low=r6 number_high=r7 journal=r8 entry=r9 place=r10 sum=r12 count=r13 other=r14 y=r14 z=r15
frame chunk: reading + peer=r9 result=r10 none=r10 sent=r10 epoch=r11 span=r12 flags=r14 data=r15

; "The data and update information to be stored in said third storage area are read from said first storage system at given
; time intervals." With its question the second says what it has restored, and is told how much waits.
on READ_JOURNAL using chunk
    mov   sum, x                     ; lag
    ldi   result, #REFUSED
    ld    x, system.volumes
    br.ge volume, x, refuse
    ld    journal, volume.journal[volume]
    br.neg journal, refuse
    ld    x, volume.pair[volume]
    br.neg x, refuse
    ld    x, pair.trunk[x]
    br.ne x, trunk, refuse           ; it is a pair with another array
    call  yields
    ldi   result, #REFUSED
    call  serves_reads
    br.eq x, #0, refuse
    ld64  other, journal.last[journal]
    cmp64 x, after, other
    br.eq x, #2, unknown
known:
    sub64 number, after, sum
    ld64  other, journal.last[journal]
    cmp64 x, number, other           ; what another array says is checked
    br.eq x, #2, refuse
    ld64  other, journal.restored[journal]
    cmp64 x, number, other
    br.ne x, #2, as_before
    st64  journal.handed[journal], number  ; its own entries are in a further pair's journal already
    st64  journal.restored[journal], number
as_before:
    call  take_buffer
next:
    call  gather
    br.eq count, #0, sent
    call  send_chunk
    br.ne result, #OK, over
    call  serves_reads
    br.eq x, #0, closed
    br.ne size, #0, next
    br    done
sent:
    mov   after_low, number_low      ; all up to here does not exist
    mov   after_high, number_high
done:
    ldi   result, #OK
    br    over
closed:
    ldi   result, #LINK_DOWN
    br    over
unknown:                             ; numbers that were given by a memory which was lost here: these go on behind them, when
    ld64  number, journal.freed[journal]  ; what is here is marked; the other side asks again
    cmp64 x, number, other
    br.ne x, #1, mark
    st64  journal.restored[journal], after
    st64  journal.handed[journal], after
    st64  journal.freed[journal], after
    st64  journal.drop[journal], after
    st64  journal.noted[journal], after
    st64  journal.last[journal], after  ; last: until then power on takes the others back (recover/journal.uc)
    br    known
mark:
    call  suspends
    br    refuse
over:
    ld    count, journaling.buffer[journal]  ; its load: does a read wait for a buffer?
    call  give_buffer
    ld64  number, journal.last[journal]
    diff64 size, number, after       ; entries that wait
    ld64  other, journal.freed[journal]
    diff64 x, number, other          ; entries that are kept
    call  presses
    br.eq count, #0, calm
    or    y, y, #2
calm:
    reply (result, size, x, after_low, after_high, y)
    br.ne result, #OK, refused
    mov   volume, journal            ; as `free_to` and `settled_group` have it
    call  freed
refused:
    end
refuse:
    reply (result)
    end

; x = 1 if this side is source of the volume's pair in a session.
sub serves_reads using reading
    ld    y, volume.pair[volume]
    ldi   x, #0
    br.neg y, no
    ld    z, session.open[y]
    br.eq z, #0, no
    ldi   x, #1
no:
    ret

; The oldest entries behind `after`, as many as go at once: their update information and their data, side by side in the
; buffer. count = 0: there is none before `number`.
sub gather using reading
    ldi   count, #0
    ldi   sum, #0
    ld64  number, journal.freed[journal]
    ld64  other, journal.drop[journal]  ; what becomes marks is not sent
    cmp64 x, number, other
    br.ne x, #0, kept
    ld64  number, journal.drop[journal]
kept:
    cmp64 x, number, after
    br.ne x, #0, next
    mov   number_low, after_low
    mov   number_high, after_high
next:
    br.eq size, #0, full
    br.ge count, #ENTRIES_AT_ONCE, full
    ld64  other, journal.last[journal]
    cmp64 x, number, other
    br.ne x, #0, full
    add64 number, number, #1
    jnl.find entry, journal, number
    ld64  other, update.number[entry]
    cmp64 x, other, number
    br.ne x, #1, void
    ld    x, update.flags[entry]
    br.any x, #SHIP_ZERO, tell
    ld    y, update.span[entry]
    shr   y, y, #16
    add   y, sum, y
    geom  x
    br.lt x, y, back                 ; its data go with the next ones
    ld64  place, update.place[entry]
    jnl.at x, journal, place
    br.neg x, drive
    ld    y, update.span[entry]
    add   z, buffer, sum
    add   z, z, #INFORMATION_SECTORS
    copy  z, x, y
added:
    ld    y, update.span[entry]
    shr   y, y, #16
    add   sum, sum, y
tell:
    jnl.tell entry, buffer, count
    add   count, count, #1
void:
    sub   size, size, #1
    br    next
drive:                               ; memory does not have it any more
    ld    x, update.span[entry]
    shr   x, x, #16
    jnl.drive other, journal, place
    add   entry, buffer, sum
    add   entry, entry, #INFORMATION_SECTORS
    send  LIST_READ (y, z, x, entry)
    wait  LISTED (x)
    jnl.find entry, journal, number
    br.ne x, #OK, unreadable
    ld64  other, update.number[entry]
    cmp64 x, other, number           ; restored and freed meanwhile
    br.eq x, #1, added
    br    void
unreadable:                          ; the journal volume has lost it: the whole group is brought by marks
    call  suspends
back:
    ldi   x, #1
    sub64 number, number, x
full:
    ret

; As when the journal is full, but now: PAIR is left first, and what is kept becomes marks.
sub suspends using reading
    ldi   x, #1
    st    journaling.broken[journal], x
    ld    x, journaling.timing[journal]
    br.ne x, #0, soon
    ldi   x, #1
    st    journaling.timing[journal], x
    post  FULL (journal)
soon:
    ret

; The data first. Both name the entry that they come behind: the second takes them in this order, whichever link was faster.
sub send_chunk using chunk
    ld    x, volume.pair[volume]
    ld    epoch, pair.epoch[x]
    ld    peer, pair.peer[x]
    ldi   none, #0
    ldi   data, #0
    br.eq sum, #0, information
    shl   span, sum, #16
    add   x, buffer, #INFORMATION_SECTORS
    ldi   flags, #SHIP_DATA
    send  SHIP (peer, none, span, x, epoch, after_low, flags)
    ldi   data, #SHIP_DATA
information:
    shl   flags, count, #8
    or    flags, flags, #SHIP_INFORMATION
    or    flags, flags, data
    add   span, count, #7
    shr   span, span, #3
    shl   span, span, #16
    send  SHIP (peer, none, span, buffer, epoch, after_low, flags)
    sub   x, count, #1
    jnl.peek number, buffer, x       ; the last of them
    ldi   x, #1
    br.eq data, #0, one
    ldi   x, #2
one:
    ld64  sent, journaling.sent[journal]
    cmp64 y, number, sent
    br.ne y, #2, shipped
    st64  journaling.sent[journal], number
shipped:
    waitn SHIPPED (x, result)
    br.ne result, #OK, failed
    mov   after_low, number_low
    mov   after_high, number_high
failed:
    ret

; One of the group's buffers: for update information, and a track's length of data behind it.
sub take_buffer using reading
    holds journal_buffer "its bit in `journaling.buffers_taken` says so"
again:
    ld    y, journaling.buffers_taken[journal]
    ldi   x, #0
    ldi   z, #1
look:
    ld    entry, journaling.buffers[journal]
    br.ge x, entry, none
    and   entry, y, z
    br.eq entry, #0, free
    add   x, x, #1
    add   z, z, z
    br    look
none:
    park  journaling.buffer[journal]
    br    again
free:
    or    y, y, z
    st    journaling.buffers_taken[journal], y
    call  nth_buffer
    mov   buffer, entry
    ret

sub give_buffer using reading
    gives journal_buffer "its bit goes"
    ldi   x, #0
    ldi   z, #1
look:
    call  nth_buffer
    br.eq entry, buffer, found
    add   x, x, #1
    add   z, z, z
    br    look
found:
    ld    y, journaling.buffers_taken[journal]
    sub   y, y, z
    st    journaling.buffers_taken[journal], y
    wake  journaling.buffer[journal]
    ret

; entry = address of buffer x.
sub nth_buffer using reading
    geom  entry
    add   entry, entry, #INFORMATION_SECTORS
    mul   entry, entry, x
    ld    y, journaling.buffers_at[journal]
    add   entry, entry, y
    ld    y, journaling.buffers_taken[journal]
    ret

frame ended: freeing + each=r9 here=r12 volumes=r13

; What the second has restored is freed, and pairs that waited for that may become PAIR.
sub freed using ended
    ld64  limit, journal.restored[journal]
    call  free_to
    mov   here, journal
    ldi   volume, #0
    ld    volumes, system.volumes
each:
    br.ge volume, volumes, done
    ld    x, volume.journal[volume]
    br.ne x, here, next
    ld    x, volume.settling[volume]
    br.eq x, #0, next
    ld64  number, volume.settle[volume]
    ld64  other, journal.restored[here]
    cmp64 x, other, number
    br.eq x, #0, next
    ld    x, volume.home[volume]
    br.eq x, volume, offers
    ld    entry, pair.role[x]        ; as `settle` has it
    br.ne entry, #TARGET, offers
    ld    entry, pair.state[x]
    br.ne entry, #PAIR, next
offers:
    ld    pair, volume.pair[volume]
    ld    x, session.open[pair]
    br.eq x, #0, next
    ld    x, session.offering[pair]
    br.ne x, #0, next
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
next:
    add   volume, volume, #1
    br    each
done:
    ret

; Nothing is owed by marks. What the copy brought may be newer than entries that are still under way: PAIR, which promises
; a prefix, when all that were written until now are restored.
hook settle using write
    use   journal=r12 restored=r10
    ldi   result, #STALE
    ld    journal, volume.journal[volume]
    ld    x, volume.settling[volume]
    br.ne x, #0, known
    ld64  now, journal.last[journal]
    st64  volume.settle[volume], now
    ldi   x, #1
    st    volume.settling[volume], x
known:
    ld    x, volume.home[volume]
    br.eq x, volume, own
    ld    y, pair.state[pair]
    br.eq y, #PAIR, own              ; nothing but entries came meanwhile
    ld    y, pair.role[x]            ; what comes from another array is a prefix when that pair is PAIR: it offers again then
    br.ne y, #TARGET, own
    ld    y, pair.state[x]
    br.ne y, #PAIR, wait
own:
    ld64  restored, journal.freed[journal]
    ld64  now, journal.drop[journal]
    cmp64 x, restored, now
    br.eq x, #0, wait
    ld64  restored, journal.restored[journal]
    ld64  now, volume.settle[volume]
    cmp64 x, restored, now
    br.eq x, #0, wait
    ldi   x, #0
    st    volume.settling[volume], x
    ldi   result, #OK
wait:
    ret

; Sessions end, states stay: what hosts write is in the journal, or marked.
hook sever using peer
    use   journal=r8
    ld    journal, volume.journal[volume]
    ld    x, journaling.yielding[journal]
    br.eq x, #0, goes_on
    call  keep
goes_on:
    ld    x, session.open[pair]
    ld    y, session.taking[pair]
    or    x, x, y
    br.eq x, #0, done
    ldi   x, #0
    st    session.open[pair], x
    st    session.taking[pair], x
    now64 now
    st64  pair.heard[pair], now
    wake.all journaling.turn[journal]
    wake.all journaling.room[journal]
done:
    ret

frame keeping: journal=r8 each=r9 z=r10 y=r11

; Whoever asked for the group will not get it, as it left PAIR meanwhile: hosts go on.
sub yields using keeping
    ld    z, journaling.yielding[journal]
    br.eq z, #0, no
    ldi   each, #0
look:
    ld    z, system.volumes
    br.ge each, z, no
    ld    z, volume.journal[each]
    br.ne z, journal, next
    ld    z, volume.pair[each]
    br.neg z, next
    ld    y, pair.state[z]
    br.ne y, #PAIR, left
    ld    y, session.open[z]
    br.eq y, #0, left
next:
    add   each, each, #1
    br    look
left:
    call  keep
no:
    ret

sub keep using keeping
    ldi   each, #0
look:
    ld    z, system.volumes
    br.ge each, z, all
    ld    z, volume.journal[each]
    br.ne z, journal, next
    ld    z, volume.pair[each]
    br.neg z, next
    ld    y, pair.role[z]
    br.ne y, #SOURCE, next
    ldi   y, #1
    st    session.agreed[z], y
next:
    add   each, each, #1
    br    look
all:
    ldi   z, #0
    st    journaling.yielding[journal], z
    ret

; ASK_LIST: not before all entries that the other side lacks are marks. ASK_YIELD: hosts are stopped first, and the group is
; given away, all of it, when the other side has restored everything.
hook assent using ask
    use   journal=r15 each=r14
    ld    journal, volume.journal[volume]
    br.eq what, #ASK_LIST, listed
    ld    x, volume.home[volume]     ; not of a further pair: this volume is of another one, too
    br.ne x, volume, refused
listed:
    ld64  now, journal.freed[journal]
    ld64  x, journal.drop[journal]
    cmp64 t, now, x
    br.eq t, #0, later
    br.eq what, #ASK_LIST, granted
    ldi   each, #0
look:
    ld    x, system.volumes
    br.ge each, x, whole
    call  member
    br.neg x, other
    ld    y, pair.state[x]
    br.ne y, #PAIR, refused
    ld    y, session.open[x]
    br.eq y, #0, refused
other:
    add   each, each, #1
    br    look
whole:
    ldi   y, #1
    st    journaling.yielding[journal], y
    ldi   each, #0
stop:
    ld    x, system.volumes
    br.ge each, x, stopped
    call  member
    br.neg x, on
    ldi   y, #0
    st    session.agreed[x], y
on:
    add   each, each, #1
    br    stop
stopped:
    ldi   result, #STALE
    ld64  now, journal.last[journal]
    ld64  x, journal.restored[journal]
    cmp64 each, now, x
    br.ne each, #1, wait
    ldi   each, #0
give:
    ld    x, system.volumes
    br.ge each, x, given
    call  member
    br.neg x, kept
    br.eq each, volume, kept         ; `answer` gives this one itself
    ld    y, pair.epoch[x]
    add   y, y, #1
    st    pair.epoch[x], y
    ldi   y, #TARGET
    st    pair.role[x], y
    ldi   y, #COPY
    st    pair.state[x], y
    ldi   y, #0
    st    session.open[x], y
kept:
    add   each, each, #1
    br    give
given:
    st64  journaling.taken[journal], now  ; its own entries are not restored here, nor handed on
    st64  journal.handed[journal], now
    ldi   y, #0
    st    journaling.yielding[journal], y
granted:
    ldi   result, #OK
wait:
    ret
later:
refused:
    ldi   result, #REFUSED
    ret

; x = pair of volume `each` if this side is its source, in this group; -1: it is none of those.
sub member using ask
    use   journal=r15 each=r14
    ld    x, volume.journal[each]
    br.ne x, journal, no
    ld    x, volume.pair[each]
    br.neg x, no
    ld    y, pair.role[x]
    br.eq y, #SOURCE, yes
no:
    ldi   x, #-1
yes:
    ret
