; The links' coming and going. The number of a wire holds that of its link in its lowest three bits. Both sides greet each
; other on each wire, with the credits that they give; the first link that is up makes the other array known to the data
; role, and the loss of the last one ends that. What was under way on one of several goes again over another.
role remote

frame links: wire=r0 link=r8 x=r9 y=r10 z=r11 now=r12 gone=r14

on LINK_UP using links
    and   link, wire, #7
    st    link.wire[link], wire
    call  greet
    end

on ENABLE
    use   link=r8 x=r9 now=r12
    st    trunk.own, identity
    now64 now
    st    trunk.alone, now
    ldi   x, #1
    st    trunk.enabled, x
    ldi   link, #0
each:
    call  greet
    add   link, link, #1
    br.lt link, #LINKS_MAX, each
    end

sub greet using links
    ld    y, link.wire[link]
    br.eq y, #0, no
    ld    x, trunk.enabled
    br.eq x, #0, no
    ld    x, trunk.room
    ld    z, trunk.own
    ld    now, trunk.alone
    post  HELLO (y, x, z, now)       ; so many writes may come: all that no other link was given
    ldi   x, #0
    st    trunk.room, x
    ldi   x, #1
    st    link.greeted[link], x
    call  agreed
no:
    ret

; All links lead to one memory. One that leads to another is refused as long as there are others. An array that was without
; any link has closed its sessions; if that was not noticed here, where a link may look alive for a while, its greeting says so.
on HELLO
    use   link=r8 x=r9
    and   link, wire, #7
    ld    x, trunk.heard
    br.eq x, #0, first
    ld    x, trunk.other
    br.ne x, identity, stranger
    ld    x, trunk.theirs
    br.eq x, alone, known
    ld    x, trunk.up
    br.eq x, #0, first
    post  PEER_DOWN ()
    post  PEER_UP (wire)
first:
    st    trunk.other, identity
    st    trunk.theirs, alone
known:
    inc   trunk.heard
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
    inc   trunk.up
    call  routes
    call  give
    wake.all trunk.waiting           ; here are credits of the new link
    ld    x, trunk.up
    br.ne x, #1, no
    ld    y, link.wire[link]
    post  PEER_UP (y)
no:
    ret

; Tracks are spread over the links that are up, eight parts of them. There is one.
sub routes using links
    use   n=r12 each=r13
    ldi   n, #0
    ldi   each, #0
look:
    ld    x, link.up[each]
    br.eq x, #0, next
    st    route.link[n], each
    add   n, n, #1
    br.ge n, #LINKS_MAX, done
next:
    add   each, each, #1
    and   each, each, #7
    br    look
done:
    ret

; What waits for an answer over this wire sees it go, and looks for another.
on LINK_DOWN using links
    and   link, wire, #7
    mov   gone, wire
    ld    x, link.heard[link]
    br.eq x, #0, unheard
    dec   trunk.heard
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
    dec   trunk.up
    ld    x, trunk.up
    ldi   z, #LINK_DOWN
    br.eq x, #0, last
    call  routes
    ldi   z, #OK                     ; it is sent again
last:
    cancel FAR_APPLIED (z), gone
    cancel FAR_ANSWER (z), gone
    ld    x, trunk.up
    br.ne x, #0, done
    wake.all trunk.waiting
    inc   trunk.alone
    post  PEER_DOWN ()
done:
    end

; Every credit of this side is in one place: with a link (given, and not used), with a write that came (until its slot is
; clean, or it is refused), or in trunk.room. Here it comes back to the room, and goes out over the links in turn.
on CREDIT
    use   x=r9
    ld    x, trunk.room
    add   x, x, count
    st    trunk.room, x
    call  give
    end

; What was given to a wire that is gone, and did not come back as a write.
on UNSPENT
    use   x=r9
    ld    x, trunk.room
    add   x, x, count
    st    trunk.room, x
    call  give
    end

sub give using links
    ld    x, trunk.room
    br.eq x, #0, no
    ld    y, trunk.up
    br.eq y, #0, no
    ld    y, trunk.turn
    add   y, y, #1
    and   y, y, #7
    st    trunk.turn, y
    ld    y, route.link[y]
    ld    y, link.wire[y]
    post  FAR_CREDIT (x, y)
    ldi   x, #0
    st    trunk.room, x
no:
    ret

; A credit goes to who waits longest for one.
on FAR_CREDIT
    use   link=r8 x=r9
    and   link, wire, #7
    ld    x, link.up[link]
    br.eq x, #0, keep
each:
    ld    x, trunk.waiting
    br.eq x, #0, keep
    inc   link.reserved[link]
    wake  trunk.waiting
    sub   count, count, #1
    br.ne count, #0, each
    end
keep:
    ld    x, link.credits[link]
    add   x, x, count
    st    link.credits[link], x
    end
