; Writes and questions to the other array, and those that come from it.
role remote

on SHIP
    use   result=r7 x=r8 wire=r9
    ld    x, link.credits            ; none while the link is down
    br.eq x, #0, queue
    dec   link.credits
go:
    send  FAR_APPLY (volume, track, span, at, epoch, gen, flags)
    wait  FAR_APPLIED (result)
    brt   down
    reply (result)
    end
queue:
    ld    x, link.up
    br.eq x, #0, down
    ld    wire, link.wire
    park  link.waiting               ; woken with a credit in hand, or because the link went
    ld    x, link.wire
    br.eq x, wire, go
down:
    ldi   result, #LINK_DOWN
    reply (result)
    end

on CALL
    use   result=r6 x=r7
    ld    x, link.up
    br.eq x, #0, down
    send  FAR_CALL (what, volume, a, b, c, d)
    wait  FAR_ANSWER (result, r8, r9, r10, r11, r12, r13)
    brt   down
    reply (result, r8, r9, r10, r11, r12, r13)
    end
down:
    ldi   result, #LINK_DOWN
    reply (result)
    end

on FAR_APPLY
    use   result=r8 one=r9 x=r10
    send  APPLY (volume, track, span, at, epoch, gen, flags, wire)
    wait  APPLIED (result)
    ld    x, link.wire
    br.any flags, #SHIP_ZERO, bare
    post  RECEIVED (at)
    br.ne x, wire, late
bare:
    br.eq result, #OK, applied       ; the slot holds the credit until it is clean
    br.ne result, #ON_DRIVE, refused
    ldi   result, #OK
refused:
    br.ne x, wire, applied
credit:
    ldi   one, #1
    post  FAR_CREDIT (one)
applied:
    reply (result)
    end
late:                                ; a new wire was greeted with the buffers that were free, and now one more is
    ld    x, link.greeted
    br.ne x, #0, credit
    br    applied

on FAR_CALL
    use   result=r6 x=r7
    ld    x, link.lost
    br.ne x, #0, lost
    br.eq what, #ASK_BACK, bring
    send  ASK (what, volume, a, b, c, d)
    wait  ASKED (result, r8, r9, r10, r11, r12, r13)
    reply (result, r8, r9, r10, r11, r12, r13)
    end
bring:                               ; a: epoch, b: track, c: generation
    send  BRING (volume, b, a, c)
    wait  BROUGHT (result)
    reply (result)
    end
lost:
    ldi   result, #REFUSED
    reply (result)
    end
