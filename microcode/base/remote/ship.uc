; Writes and questions to other arrays, and those that come from them. Where a volume is over there begins with the trunk.
role remote

; All writes of a track take one link, so that seldom one overtakes another, unless that link has no credit and another has.
on SHIP
    use   result=r7 link=r8 x=r9 y=r10 alone=r11 trunk=r12 first=r13 wire=r14
    shr   first, volume, #FIRST_LINK_SHIFT
    and   volume, volume, #VOLUME_BITS
look:
    and   link, track, #7
    or    link, link, first
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
    shr   trunk, first, #3           ; LINKS_MAX
    ld    x, trunk.up[trunk]
    br.eq x, #0, down
    mov   y, first
next:
    ld    link, route.link[y]
    ld    x, link.credits[link]
    br.ne x, #0, take
    add   y, y, #1
    and   x, y, #7
    br.ne x, #0, next
    ld    alone, trunk.alone[trunk]
    park  trunk.waiting[trunk]       ; woken with a credit of some link in hand, or because one came, or all went
    ld    x, trunk.alone[trunk]
    br.ne x, alone, down
    mov   y, first
mine:
    ld    link, route.link[y]
    ld    x, link.reserved[link]
    br.ne x, #0, reserved
    add   y, y, #1
    and   x, y, #7
    br.ne x, #0, mine
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
    use   result=r6 link=r7 wire=r14 first=r15
    shr   first, volume, #FIRST_LINK_SHIFT
    and   volume, volume, #VOLUME_BITS
again:
    shr   link, first, #3            ; LINKS_MAX
    ld    link, trunk.up[link]
    br.eq link, #0, down
    and   link, volume, #7
    or    link, link, first
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
    use   result=r8 trunk=r6
    send  APPLY (volume, track, span, at, gen, epoch, flags, wire)  ; as the two words of a generation stand
    wait  APPLIED (result)
    br.any flags, #SHIP_ZERO, bare
    post  RECEIVED (at)
bare:
    br.eq result, #OK, applied       ; the slot holds the credit until it is clean
    br.ne result, #ON_DRIVE, refused
    ldi   result, #OK
refused:
    shr   trunk, wire, #TRUNK_SHIFT
    inc   trunk.room[trunk]
    call  give
applied:
    reply (result)
    end

on FAR_CALL
    use   result=r7 x=r14 trunk=r15
    zero  r8 r9 r10 r11 r12 r13
    shr   x, wire, #FIRST_LINK_SHIFT
    and   trunk, wire, #7
    or    x, x, trunk
    ld    x, link.heard[x]           ; a link that was refused asks nothing
    br.eq x, #0, lost
    shr   trunk, wire, #TRUNK_SHIFT
    ld    x, trunk.lost[trunk]
    br.ne x, #0, lost
    br.eq what, #ASK_BACK, bring
    br.eq what, #ASK_JOURNAL, journal
    send  ASK (what, volume, a, b, c, d, trunk)
    wait  ASKED (result, r8, r9, r10, r11, r12, r13)
    reply (result, r8, r9, r10, r11, r12, r13)
    end
bring:                               ; a: epoch, b: track, c: generation
    send  BRING (volume, b, a, c, trunk)
    wait  BROUGHT (result)
    reply (result)
    end
journal:                             ; a, b: number, c: how far behind it is what was restored there, d: entries at most
    send  READ_JOURNAL (volume, d, a, b, c, trunk)
    wait  JOURNAL_READ (result, r8, r9, r10, r11, r12)
    ld    r13, trunk.up[trunk]       ; of the management information, how many links there are
    reply (result, r8, r9, r10, r11, r12, r13)
    end
lost:
    ldi   result, #REFUSED
    reply (result)
    end
