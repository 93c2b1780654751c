; Writes and questions to the other array, and those that come from it.
role remote

on SHIP
    use   result=r7 x=r8 session=r9
    ld    x, link.up
    br.eq x, #0, down
    ld    session, link.session
    ld    x, link.credits
    br.eq x, #0, queue
    dec   link.credits
    br    go
queue:
    park  link.waiting               ; woken with a credit in hand, or because the link went
    ld    x, link.up
    br.eq x, #0, down
    ld    x, link.session
    br.ne x, session, down
go:
    send  FAR_APPLY (volume, track, span, at, epoch, gen, flags)
    wait  FAR_APPLIED (result)
    brt   down
    reply (result)
    end
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
    use   session=r7 result=r8 one=r9 x=r10
    ld    session, link.session
    send  APPLY (volume, track, span, at, epoch, gen, flags, session)
    wait  APPLIED (result)
    br.any flags, #SHIP_ZERO, bare
    post  RECEIVED (at)
bare:
    br.eq result, #OK, applied       ; the slot holds the credit until it is clean
    ld    x, link.session
    br.ne x, session, applied
    ldi   one, #1
    post  FAR_CREDIT (one)
applied:
    reply (result)
    end

on FAR_CALL
    use   result=r6
    send  ASK (what, volume, a, b, c, d)
    wait  ASKED (result, r8, r9, r10, r11, r12, r13)
    reply (result, r8, r9, r10, r11, r12, r13)
    end
