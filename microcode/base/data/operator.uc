; What an operator asks of a pair.
role data

frame operate: volume=r0 force=r1 pair=r2 x=r3 y=r4 z=r5 now=r6 now_high=r7 result=r8 epoch=r9

; Take over: this side shall serve hosts. B cannot tell a dead A from a cut link, so without force it is granted only when
; the other side can be asked and has brought everything.
on FAILOVER using operate
    ldi   result, #REFUSED
    ld    pair, volume.pair[volume]
    br.neg pair, local
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serving
    ldi   x, #ASK_YIELD
    ld    y, pair.peer[pair]
    ld    epoch, pair.epoch[pair]
    send  CALL (x, y, epoch)
    wait  ANSWER (result)
    ld    x, pair.role[pair]
    br.eq x, #SOURCE, serving        ; meanwhile it became so
    br.eq result, #OK, take
    br.ne force, #0, take
    br.ne result, #LINK_DOWN, answer
    ldi   result, #UNKNOWN
    br    answer
take:
    ; power may go at any point: the role comes last, when all that a source in SSWS must know is kept
    ldi   y, #0
    st    session.taking[pair], y
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
    st    session.agreed[pair], x
    ldi   result, #OK
    call  kick
    br    answer
serving:                             ; it came back and waits for the other side's word
    ldi   result, #OK
    ld    x, session.agreed[pair]
    br.ne x, #0, answer
    ldi   result, #UNKNOWN
    br.eq force, #0, answer
    ldi   x, #1
    st    session.agreed[pair], x
    ldi   x, #PSUE
    st    pair.state[pair], x
    ldi   result, #OK
answer:
    ld64  now, pair.heard[pair]
    reply (result, now, now_high)
    end
local:
    reply (result)
    end

; Make the pair of a simplex volume: everything that it holds is owed.
on CREATE using operate
    ldi   result, #REFUSED
    ld    pair, volume.pair[volume]
    br.neg pair, answer
    ld    x, pair.state[pair]
    br.ne x, #SMPL, answer
    flag.all volume, #M2_INV
    ldi   x, #SOURCE
    st    pair.role[pair], x
    ldi   x, #COPY
    st    pair.state[pair], x
    ldi   x, #1
    st    session.agreed[pair], x
    ldi   result, #OK
    call  kick
answer:
    reply (result)
    end
