; Point-in-time mode: status at once. What is owed goes by itself, as long as a session is open: one offer runs at a time,
; and it looks at the list once more in the same run in which it ends.
role data

hook ack using write
    needs commit flag.set #M2_INV "status comes before the other side has the write: commit must mark its track as owed"
    needs offer flag.next #M2_INV "it asks for an offer of what is owed"
    call  bring_owed
    ret

; What is owed by marks goes in an offer, if one can.
sub bring_owed using write
    ld    x, session.open[pair]
    br.eq x, #0, done                ; whoever opens one brings all that is owed
    ld    x, session.offering[pair]
    br.ne x, #0, done
    ldi   x, #SAME_SESSION
    st    session.offering[pair], x
    post  OFFER (volume)
done:
    ret
