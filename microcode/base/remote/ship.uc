; Writes and questions to the other array, and those that come from it.
role remote

; All writes of a track take one link, so that seldom one overtakes another, unless that link has no credit and another has.
on SHIP
    use   result=r7 link=r8 x=r9 y=r10 alone=r11 wire=r14
look:
    and   link, track, #7
    ld    link, route.link[link]
    ld    x, link.credits[link]      ; none while the link is down
    br.eq x, #0, other
take:
    dec   link.credits[link]
go:
    ld    wire, link.wire[link]
    send  FAR_APPLY (volume, track, span, at, epoch, gen, flags, wire)
    wait  FAR_APPLIED (result)
    brt   lost
    reply (result)
    end
lost:
    br.eq result, #OK, look          ; only that link is gone. Twice does no harm: the generation is the same
    br    down
other:
    ld    x, trunk.up
    br.eq x, #0, down
    ldi   y, #0
next:
    ld    link, route.link[y]
    ld    x, link.credits[link]
    br.ne x, #0, take
    add   y, y, #1
    br.lt y, #LINKS_MAX, next
    ld    alone, trunk.alone
    park  trunk.waiting              ; woken with a credit of some link in hand, or because one came, or all went
    ld    x, trunk.alone
    br.ne x, alone, down
    ldi   y, #0
mine:
    ld    link, route.link[y]
    ld    x, link.reserved[link]
    br.ne x, #0, reserved
    add   y, y, #1
    br.lt y, #LINKS_MAX, mine
    br    look
reserved:
    dec   link.reserved[link]
    br    go
down:
    ldi   result, #LINK_DOWN
    reply (result)
    end

; A question may be asked twice, if its link goes before the answer comes.
on CALL
    use   result=r6 link=r7 wire=r14
again:
    ld    link, trunk.up
    br.eq link, #0, down
    and   link, volume, #7
    ld    link, route.link[link]
    ld    wire, link.wire[link]
    send  FAR_CALL (what, volume, a, b, c, d, wire)
    wait  FAR_ANSWER (result, r8, r9, r10, r11, r12, r13)
    brt   lost
    reply (result, r8, r9, r10, r11, r12, r13)
    end
lost:
    br.eq result, #OK, again         ; only that link is gone
down:
    ldi   result, #LINK_DOWN
    reply (result)
    end

on FAR_APPLY
    use   result=r8 x=r9
    send  APPLY (volume, track, span, at, epoch, gen, flags, wire)
    wait  APPLIED (result)
    br.any flags, #SHIP_ZERO, bare
    post  RECEIVED (at)
bare:
    br.eq result, #OK, applied       ; the slot holds the credit until it is clean
    br.ne result, #ON_DRIVE, refused
    ldi   result, #OK
refused:
    inc   trunk.room
    call  give
applied:
    reply (result)
    end

on FAR_CALL
    use   result=r7 x=r14
    ld    x, trunk.lost
    br.ne x, #0, lost
    and   x, wire, #7
    ld    x, link.heard[x]           ; a link that was refused asks nothing
    br.eq x, #0, lost
    br.eq what, #ASK_BACK, bring
    br.eq what, #ASK_JOURNAL, journal
    send  ASK (what, volume, a, b, c, d)
    wait  ASKED (result, r8, r9, r10, r11, r12, r13)
    reply (result, r8, r9, r10, r11, r12, r13)
    end
bring:                               ; a: epoch, b: track, c: generation
    send  BRING (volume, b, a, c)
    wait  BROUGHT (result)
    reply (result)
    end
journal:                             ; a, b: number, c: how far behind it is what was restored there, d: entries at most
    send  READ_JOURNAL (volume, d, a, b, c)
    wait  JOURNAL_READ (result, r8, r9, r10, r11, r12)
    reply (result, r8, r9, r10, r11, r12)
    end
lost:
    ldi   result, #REFUSED
    reply (result)
    end
