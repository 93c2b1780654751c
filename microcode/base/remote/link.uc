; The links' coming and going. The number of a wire holds that of its link in its lowest three bits, and in its highest that
; of the trunk: all links to one other array. Both sides greet each other on each wire, with the credits that they give; the
; first link of a trunk that is up makes the other array known to the data role, and the loss of the last one ends that. What
; was under way on one of several goes again over another.
role remote

frame links: wire=r0 trunk=r6 first=r7 link=r8 x=r9 y=r10 z=r11 now=r12 gone=r14

on LINK_UP using links
    call  which
    st    link.wire[link], wire
    call  greet
    end

; trunk, first, link: those of a wire. Records of a trunk's links and routes begin at `first`.
sub which using links
    shr   trunk, wire, #TRUNK_SHIFT
    shr   first, wire, #FIRST_LINK_SHIFT
    and   link, wire, #7
    or    link, link, first
    ret

on ENABLE using links
    use   identity=r0
    ldi   trunk, #0
    now64 now
trunks:
    st    trunk.own[trunk], identity
    st    trunk.alone[trunk], now
    ldi   x, #1
    st    trunk.enabled[trunk], x
    add   trunk, trunk, #1
    br.lt trunk, #TRUNKS_MAX, trunks
    ldi   trunk, #0
    ldi   link, #0
each:
    call  greet
    add   link, link, #1
    and   x, link, #7
    br.ne x, #0, each
    add   trunk, trunk, #1
    br.lt trunk, #TRUNKS_MAX, each
    end

sub greet using links
    ld    y, link.wire[link]
    br.eq y, #0, no
    ld    x, trunk.enabled[trunk]
    br.eq x, #0, no
    ld    x, trunk.room[trunk]
    ld    z, trunk.own[trunk]
    ld    now, trunk.alone[trunk]
    post  HELLO (y, x, z, now)       ; so many writes may come: all that no other link was given
    ldi   x, #0
    st    trunk.room[trunk], x
    ldi   x, #1
    st    link.greeted[link], x
    call  agreed
no:
    ret

; All links of a trunk lead to one memory. One that leads to another is refused as long as there are others. An array that was
; without any link has closed its sessions; if that was not noticed here, where a link may look alive for a while, its
; greeting says so.
on HELLO using links
    use   credits=r1 identity=r2 alone=r3
    call  which
    ld    x, trunk.heard[trunk]
    br.eq x, #0, first_heard
    ld    x, trunk.other[trunk]
    br.ne x, identity, stranger
    ld    x, trunk.theirs[trunk]
    br.eq x, alone, known
    ld    x, trunk.up[trunk]
    br.eq x, #0, first_heard
    post  PEER_DOWN (trunk)
    post  PEER_UP (wire)
first_heard:
    st    trunk.other[trunk], identity
    st    trunk.theirs[trunk], alone
known:
    inc   trunk.heard[trunk]
    st    link.credits[link], credits
    ldi   x, #1
    st    link.heard[link], x
    call  agreed
    end
stranger:
    post  HANG_UP (wire)
    end

sub agreed using links
    ld    x, link.greeted[link]
    br.eq x, #0, no
    ld    x, link.heard[link]
    br.eq x, #0, no
    ldi   x, #1
    st    link.up[link], x
    inc   trunk.up[trunk]
    call  routes
    call  give
    wake.all trunk.waiting[trunk]    ; here are credits of the new link
    ld    x, trunk.up[trunk]
    br.ne x, #1, no
    ld    y, link.wire[link]
    post  PEER_UP (y)
no:
    ret

; Tracks are spread over the trunk's links that are up, eight parts of them. There is one.
sub routes using links
    use   n=r12 each=r13
    shl   first, trunk, #3           ; LINKS_MAX
    ldi   n, #0
    mov   each, first
look:
    ld    x, link.up[each]
    br.eq x, #0, next
    or    x, n, first
    st    route.link[x], each
    add   n, n, #1
    br.ge n, #LINKS_MAX, done
next:
    add   each, each, #1
    and   each, each, #7
    or    each, each, first
    br    look
done:
    ret

; What waits for an answer over this wire sees it go, and looks for another.
on LINK_DOWN using links
    call  which
    mov   gone, wire
    ld    x, link.heard[link]
    br.eq x, #0, unheard
    dec   trunk.heard[trunk]
unheard:
    ld    y, link.up[link]
    ldi   x, #0
    st    link.wire[link], x
    st    link.greeted[link], x
    st    link.heard[link], x
    st    link.up[link], x
    st    link.credits[link], x
    st    link.reserved[link], x
    br.eq y, #0, done
    dec   trunk.up[trunk]
    ld    x, trunk.up[trunk]
    ldi   z, #LINK_DOWN
    br.eq x, #0, last
    call  routes
    ldi   z, #OK                     ; it is sent again
last:
    cancel FAR_APPLIED (z), gone
    cancel FAR_ANSWER (z), gone
    ld    x, trunk.up[trunk]
    br.ne x, #0, done
    wake.all trunk.waiting[trunk]
    inc   trunk.alone[trunk]
    post  PEER_DOWN (trunk)
done:
    end

; Every credit of this side is in one place: with a link (given, and not used), with a write that came (until its slot is
; clean, or it is refused), or in the room of its trunk. Here it comes back to the room, and goes out over the links in turn.
on CREDIT using links
    use   count=r0 of=r1
    mov   trunk, of
    call  returned
    end

; What was given to a wire that is gone, and did not come back as a write.
on UNSPENT using links
    use   count=r0 of=r1
    mov   trunk, of
    call  returned
    end

sub returned using links
    use   count=r0
    ld    x, trunk.room[trunk]
    add   x, x, count
    st    trunk.room[trunk], x
    call  give
    ret

sub give using links
    ld    x, trunk.room[trunk]
    br.eq x, #0, no
    ld    y, trunk.up[trunk]
    br.eq y, #0, no
    ld    y, trunk.turn[trunk]
    add   y, y, #1
    and   y, y, #7
    st    trunk.turn[trunk], y
    shl   first, trunk, #3           ; LINKS_MAX
    or    y, y, first
    ld    y, route.link[y]
    ld    y, link.wire[y]
    post  FAR_CREDIT (x, y)
    ldi   x, #0
    st    trunk.room[trunk], x
no:
    ret

; A credit goes to who waits longest for one.
on FAR_CREDIT
    use   trunk=r6 link=r8 x=r9
    shr   trunk, wire, #TRUNK_SHIFT
    shr   x, wire, #FIRST_LINK_SHIFT
    and   link, wire, #7
    or    link, link, x
    ld    x, link.up[link]
    br.eq x, #0, keep
each:
    ld    x, trunk.waiting[trunk]
    br.eq x, #0, keep
    inc   link.reserved[link]
    wake  trunk.waiting[trunk]
    sub   count, count, #1
    br.ne count, #0, each
    end
keep:
    ld    x, link.credits[link]
    add   x, x, count
    st    link.credits[link], x
    end
