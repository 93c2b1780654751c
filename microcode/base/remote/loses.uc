; The data director is dead: nobody here speaks for the pairs. What the other array asked is refused, and the link is not
; greeted again; that array hears of it when the service processor takes the link down.
role remote

on REMOTE_LOSES
    use   result=r1 x=r2
    br.none lost, #LOST_DATA, done
    st    link.lost, lost
    ldi   x, #0
    st    link.enabled, x
    ldi   result, #REFUSED
    cancel APPLIED (result)
    cancel ASKED (result)
    cancel BROUGHT (result)
done:
    end
