; What an operator asks of a pair.
role data

frame operate: volume=r0 force=r1 pair=r2 x=r3 y=r4 z=r5 now=r6 now_high=r7 result=r8 epoch=r9 own=r10 known=r11

; Take over: this side shall serve hosts. B cannot tell a dead A from a cut link, so without force it is granted only when
; the other side can be asked and has brought everything.
on FAILOVER using operate
    ldi   result, #NOT_READY
    ld    x, system.lost
    br.any x, #LOST_CACHE, local
    ldi   result, #REFUSED
    ld    pair, volume.pair[volume]
    br.neg pair, local
    ldi   result, #WRONG_STATE
    ld    x, pair.state[pair]
    br.eq x, #SMPL, local
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serving
    ldi   result, #LINK_DOWN
    ld    x, system.lost
    br.any x, #LOST_REMOTE, told
ask:
    ldi   x, #ASK_YIELD
    ld    y, pair.peer[pair]
    ld    epoch, pair.epoch[pair]
    ld    z, pair.stale[pair]
    ld    own, battery.identity
    ld    known, pair.known[pair]
    send  CALL (x, y, epoch, z, own, known)
    wait  ANSWER (result)
told:
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serving        ; meanwhile it became so
    br.eq result, #OK, take
    br.ne force, #0, take
    br.eq result, #STALE, soon
    br.ne result, #LINK_DOWN, answer
    ldi   result, #UNKNOWN
    br    answer
soon:                                ; the other side has stopped its hosts, and brings what is still to come
    ldi   x, #1000
    sleep x
    br    ask
take:
    ldi   result, #OK
    call.hook takeover, pair
    br.ne result, #OK, answer
    call  take
    call  labelled                   ; what was decided outlives the battery
    br    answer
serving:                             ; it came back and waits for the other side's word
    ldi   result, #FOREIGN           ; or has it: the other side's data are of a lost source
    ld    x, session.foreign[pair]
    br.eq x, #0, waits
    br.ne force, #0, take            ; what this side has shall replace them
    br    answer
waits:
    ldi   result, #OK
    ld    x, session.agreed[pair]
    br.ne x, #0, answer
    ldi   result, #UNKNOWN
    br.eq force, #0, answer
    call  written
    call  readable
    ldi   x, #1
    st    session.agreed[pair], x
    ldi   result, #OK
    ld    x, pair.state[pair]
    br.eq x, #PSUS, answer           ; what an operator suspended stays so
    ldi   x, #PSUE
    st    pair.state[pair], x
answer:
    ld64  now, pair.heard[pair]
    reply (result, now, now_high)
    end
local:
    reply (result)
    end

; This side is the source from now on, in SSWS.
sub take using operate
    ; power may go at any point: the role comes last, when all that a source in SSWS must know is kept
    ldi   y, #0
    st    session.taking[pair], y
    wake.all session.storing[pair]
    st    session.foreign[pair], y
    call  written
    ldi   x, #1
    st    pair.union[pair], x
    ld    epoch, pair.epoch[pair]
    add   epoch, epoch, #1
    st    pair.epoch[pair], epoch
    st    session.since[pair], epoch
    ldi   y, #SSWS
    st    pair.state[pair], y
    ldi   y, #SOURCE
    st    pair.role[pair], y
    ldi   y, #0                      ; what it has is right from now on
    st    pair.stale[pair], y
    st    session.agreed[pair], x
    call  readable
    ldi   result, #OK
    call  kick
    ret

; Hosts may write here before the other side has agreed: this side is as formatted no more.
sub written using operate
    ld    x, pair.known[pair]
    br.ne x, #0, done
    ld    x, battery.identity
    st    pair.known[pair], x
done:
    ret

; What this volume holds is what hosts may read: an operator or the other side said so.
sub readable using write
    ld    x, volume.state[volume]
    br.eq x, #VOLUME_UNKNOWN, give
    br.ne x, #VOLUME_RESTORING, done
give:
    ldi   x, #VOLUME_READY
    st    volume.state[volume], x
    call  watch
done:
    ret
