; The link's coming and going. Both sides greet each other, with the credits that they give; after that the pair's session
; is the data role's affair.
role remote

frame link: x=r8 y=r9

on LINK_UP
    st    link.wire, wire
    call  greet
    end

on ENABLE using link
    ldi   x, #1
    st    link.enabled, x
    call  greet
    end

sub greet using link
    ld    y, link.wire
    br.eq y, #0, no
    ld    x, link.enabled
    br.eq x, #0, no
    post  HELLO (y)                  ; the port adds how many receive buffers are free: so many writes may come
    ldi   x, #1
    st    link.greeted, x
    call  agreed
no:
    ret

on HELLO
    use   x=r8
    st    link.credits, credits
    ldi   x, #1
    st    link.heard, x
    call  agreed
    end

sub agreed using link
    ld    x, link.greeted
    br.eq x, #0, no
    ld    x, link.heard
    br.eq x, #0, no
    ldi   x, #1
    st    link.up, x
    ld    y, link.wire
    post  PEER_UP (y)
no:
    ret

; Everything that waits for the other side ends here, and sees it.
on LINK_DOWN using link
    ldi   x, #0
    ld    y, link.up
    st    link.wire, x
    st    link.greeted, x
    st    link.heard, x
    st    link.up, x
    st    link.credits, x
    cancel FAR_APPLIED ()
    cancel FAR_ANSWER ()
    wake.all link.waiting
    br.eq y, #0, done
    post  PEER_DOWN ()
done:
    end

; A slot that was written for the other side is clean: its credit goes back, if it came over this wire.
on CREDIT
    use   x=r2
    ld    x, link.wire
    br.ne x, session, void
    ld    x, link.greeted
    br.eq x, #0, void
    post  FAR_CREDIT (count)
void:
    end

; A credit goes to who waits longest for one; so no send overtakes another here.
on FAR_CREDIT
    use   x=r2
each:
    ld    x, link.waiting
    br.eq x, #0, keep
    wake  link.waiting
    br    next
keep:
    inc   link.credits
next:
    sub   count, count, #1
    br.ne count, #0, each
    end
