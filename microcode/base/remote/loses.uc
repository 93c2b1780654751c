; The data director is dead: nobody here speaks for the pairs. What the other array asked is refused, and the link is not
; greeted again; that array hears of it when the service processor takes the link down.
role remote

on REMOTE_LOSES
    use   result=r1 x=r2 trunk=r3
    br.none lost, #LOST_DATA, done
    ldi   x, #0
    ldi   trunk, #0
each:
    st    trunk.lost[trunk], lost
    st    trunk.enabled[trunk], x
    add   trunk, trunk, #1
    br.lt trunk, #TRUNKS_MAX, each
    ldi   result, #REFUSED
    cancel APPLIED (result)
    cancel ASKED (result)
    cancel BROUGHT (result)
    cancel JOURNAL_READ (result)
done:
    end
