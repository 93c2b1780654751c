; Power is on: persistent reservations and registrations are as before, if that was asked for (APTPL), else there are none
; (SPC-6, 5.14.6). What a command had only begun is undone, or done as far as it came. Work of whole units goes on.
role channel

frame wake: unit=r1 who=r2 units=r3 at=r4 kept=r5 held=r6 users=r7 x=r10 y=r11

on CHANNEL_ON using wake
    ldi   who, #0
    ldi   users, #0
idle:
    ld    x, scsi.initiators
    br.eq who, x, counted
    st    initiator.users[who], users
    add   who, who, #1
    br    idle
counted:
    ld    units, front.units
    ldi   unit, #0
each:
    br.eq unit, units, up
    call  recall
    call  guard
    call  mode_effects
    ld    units, front.units
    ld    x, media.work[unit]
    ld    y, media.failed[unit]
    or    x, x, y
    br.eq x, #0, next
    ld    x, unit.gate[unit]
    or    x, x, #GATE_WORKING
    st    unit.gate[unit], x
    br.ne y, #0, next
    post  WORK (unit)                ; it goes on where it was
next:
    add   unit, unit, #1
    yield
    br    each
up:
    ldi   x, #OK
    reply (x)
    end

sub recall using wake
    ld    kept, reservation.kept[unit]
    ldi   who, #0
    mov   at, unit
each:
    ld    x, scsi.initiators
    br.eq who, x, known
    ld    x, registrant.flags[at]
    br.eq x, #0, next
    ldi   y, #0
    br.eq kept, #0, gone
    br.none x, #REGISTERED, gone     ; it was only coming
    and   y, x, #REGISTERED|ALL_PORTS
    inc   unit.registrants[unit]
    inc   initiator.users[who]
gone:
    st    registrant.flags[at], y
next:
    add   who, who, #1
    add   at, at, units
    br    each
known:
    ld    held, reservation.held[unit]
    br.eq held, #0, free
    br.eq kept, #0, lost
    and   x, held, #15
    shr   at, held, #8
    sub   at, at, #1
    mul   at, at, units
    add   at, at, unit
    ld    y, registrant.flags[at]
    br.ge x, #7, shared
    br.eq y, #0, lost
    ret
shared:
    ld    y, unit.registrants[unit]
    br.ne y, #0, free
lost:
    ldi   x, #0
    st    reservation.held[unit], x
free:
    ret
