; A pair whose list is on the devices too: a write that may begin has the list looked at behind its lock (LOOK). What may begin
; is as for any other pair.
role data

hook admit using write
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
