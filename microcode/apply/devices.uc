; The other side of a write, where this side's list is on the devices too: that is told first. Then as in apply/at-once.uc or,
; for a pair that chose it, as in apply/stored.uc.
role data

hook receive using apply
    includes "apply/stored"
    needs recall st heat.hot "the list on the drive is read at power on, before it is written"
    needs sever wake.all session.storing "a write that waits for its drive must hear that its session is over"
    call  labelled                   ; its `x` is `result` here
    br.ne result, #OK, failed
    call  hot                        ; last: the lock that is asked for next keeps it so
    br.ne result, #OK, failed
    ldi   result, #REFUSED
    ld    x, pair.mode[pair]
    br.any x, #STORED, stored
    call  take_in
    ret
stored:
    ldi   session, #NO_WIRE
    call  take_in
    br.ne result, #OK, failed
    call  stored
failed:
    ret
