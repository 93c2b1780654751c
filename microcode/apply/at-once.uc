; The other side of a write: into this side's cache, which is non-volatile, and then its acknowledgement ("received").
role data

hook receive using apply
    call  is_target
    br.ne result, #OK, done
    mov   gen_low, low
    mov   gen_epoch, epoch
    lock  t
    call  is_target                  ; again after every wait
    br.ne result, #OK, refuse
    ; In one epoch a generation never goes back: a send that was overtaken is refused, not written over the newer one.
    ld64  now, track.gen[t]
    br.ne now_epoch, epoch, newer
    br.ge gen_low, now_low, newer
    ldi   result, #STALE
    br    refuse
newer:
    ldi   x, #TO_WRITE
    ldi   now_low, #REMOTE_POOL
    send  GET (volume, track, span, x, now_low)
    wait  GOT (result, slot)
    br.ne result, #OK, refuse
    call  is_target
    br.ne result, #OK, withdraw
    st64  track.gen[t], gen
    flag.set t, volume, #M1_WP
    br.any flags, #SHIP_ZERO, zeroes
    slot.merge slot, span, at, gen
    br    merged
zeroes:
    slot.zero slot, span, gen
merged:
    ldi   x, #1
    post  GIVE (slot, x, session)    ; the credit comes back when the slot is clean
refuse:
    unlock t
done:
    ret
withdraw:
    ldi   x, #0
    ldi   now_low, #0
    post  GIVE (slot, x, now_low)
    br    refuse

sub is_target using apply
    ldi   result, #REFUSED
    ld    x, pair.role[pair]
    br.ne x, #TARGET, no
    ld    x, pair.epoch[pair]
    br.ne x, epoch, no
    ld    x, session.taking[pair]
    br.eq x, #0, no
    ldi   result, #OK
no:
    ret
