; A pair whose list is on the devices too: a write that may begin has the list looked at behind its lock (LOOK). What may begin
; is as for any other pair.
role data

hook admit using write
    includes "commit/domino"
    needs recover st session.agreed "after power on session.agreed is 0, and hosts are refused: of a pair that nobody made yet it is set there"
    needs recall st heat.hot "the list on the drive is read at power on, before it is looked at"
    ld    x, session.agreed[pair]
    br.eq x, #0, refused
    ld    x, pair.mode[pair]
    br.none x, #DOMINO, free
    call  paired
    br.ne result, #OK, done
free:
    br.eq span, #0, done             ; INQUIRE: no write
    ldi   result, #LOOK
done:
    ret
refused:
    ldi   result, #WRITE_PROTECTED
    ret
