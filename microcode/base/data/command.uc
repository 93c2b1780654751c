; What an operator asks of a pair besides a takeover. Which is possible in which state: firmware/memory/pair-states.ts.
role data

; Hosts go on, nothing is sent, and nothing is sent again before RESUME: not when the link returns, nor after a power loss.
on SUSPEND using operate
    zero  y
    call  begin
    br.ne result, #OK, local
    call  source
    br.ne result, #OK, answer
    ld    x, pair.state[pair]
    br.eq x, #PAIR, stop
    br.eq x, #COPY, stop
    ldi   result, #WRONG_STATE
    br    answer
stop:
    ldi   z, #PSUS                   ; here first: the other side may say PAIR for longer than is true, as after a cut
    st    pair.state[pair], z
    ldi   x, #0
    st    session.open[pair], x
    ldi   x, #ASK_STATE
    call  ask_other
    call.hook members, pair
    ldi   result, #OK
answer:
    call  state
local:
    reply (result, x, y)
    end

on RESUME using operate
    zero  y
    call  begin
    br.ne result, #OK, local
    call  source
    br.ne result, #OK, answer
    ldi   result, #WRONG_STATE
    ld    x, pair.state[pair]
    br.eq x, #PSUE, offer
    br.ne x, #PSUS, answer
offer:
    ldi   result, #FOREIGN
    ld    x, session.foreign[pair]
    br.ne x, #0, answer
    ldi   x, #PSUE                   ; from here on it resumes by itself, now or when the link is up
    st    pair.state[pair], x
    call  kick
    call.hook members, pair
    ldi   result, #OK
answer:
    call  state
local:
    reply (result, x, y)
    end

; The source yields in PAIR only, so nothing that a host was told is lost.
on SWAP using operate
    zero  y
    call  begin
    br.ne result, #OK, local
    ldi   result, #WRONG_STATE
    ld    x, pair.role[pair]
    br.ne x, #TARGET, answer
ask:
    ldi   x, #ASK_YIELD
    ld    z, pair.stale[pair]
    call  ask_other
    br.eq result, #OK, take
    br.eq result, #STALE, soon
    br.ne result, #REFUSED, answer
    ldi   result, #WRONG_STATE       ; of the source: its state, and what it owes
    mov   x, epoch
    mov   y, z
    br    local
soon:                                ; what is still to come comes, and no host writes there meanwhile
    ldi   x, #1000
    sleep x
    br    ask
take:
    ld    x, pair.role[pair]
    br.ne x, #TARGET, answer         ; meanwhile it became the source
    call.hook takeover, pair
    br.ne result, #OK, answer
    call  take
    call  labelled
answer:
    call  state
local:
    reply (result, x, y)
    end

; Make the pair of a simplex volume: everything that it holds is owed. The other side gives its volume up first.
on CREATE using operate
    use   hot=r13
    zero  y
    call  begin
    br.ne result, #OK, local
    ldi   result, #WRONG_STATE
    ld    x, pair.state[pair]
    br.ne x, #SMPL, answer
    ldi   x, #1                      ; meanwhile the other side cannot make it the other way round
    st    session.busy[pair], x
    ldi   x, #ASK_CREATE
    mov   z, force
    call  ask_other
    br.ne result, #OK, asked
    call  all_hot
    mov   result, hot
    ld    own, battery.identity
asked:
    ldi   x, #0
    st    session.busy[pair], x
    br.ne result, #OK, answer
    flag.all volume, #M2_INV         ; power may go at any point: until the state is there, the volume is simplex
    st    pair.union[pair], x
    st    session.foreign[pair], x
    st    pair.known[pair], own      ; the lists say nothing yet: the first session marks all once more
    ld    x, pair.epoch[pair]
    br.ge x, epoch, newest
    mov   x, epoch
newest:
    add   x, x, #1
    st    pair.epoch[pair], x
    ldi   x, #SOURCE
    st    pair.role[pair], x
    ldi   x, #COPY
    st    pair.state[pair], x
    ldi   x, #1
    st    session.agreed[pair], x
    call.hook created, pair
    call  kick
answer:
    call  state
local:
    reply (result, x, y)
    end

; Two simplex volumes, each with what it holds. The other side first: if only that is done, it takes nothing from this one
; any more, and the command can be given again.
on DELETE using operate
    zero  y z
    call  begin
    br.ne result, #OK, local
    ldi   result, #WRONG_STATE
    ld    x, pair.state[pair]
    br.eq x, #SMPL, answer
    ldi   x, #1
    st    session.busy[pair], x
    ldi   x, #ASK_DELETE
    call  ask_other
    ldi   x, #0
    st    session.busy[pair], x
    ld    x, pair.state[pair]
    br.eq x, #SMPL, done             ; the other side's operator was quicker
    br.eq result, #OK, gone
    br.eq result, #BUSY, answer
    br.eq force, #0, answer
gone:
    call  unpair
    br    answer                     ; not OK: on this side only
done:
    ldi   result, #OK
answer:
    call  state
local:
    reply (result, x, y)
    end

; result = OK if a command may begin.
sub begin using operate
    ldi   result, #NOT_READY
    ld    x, system.lost
    br.any x, #LOST_CACHE, no
    ldi   result, #REFUSED
    ld    pair, volume.pair[volume]
    br.neg pair, no
    ldi   result, #BUSY
    ld    x, session.busy[pair]
    br.ne x, #0, no
    ldi   result, #OK
no:
    ret

; result = OK unless the other side is the source.
sub source using operate
    ldi   result, #OK
    ld    x, pair.role[pair]
    br.ne x, #TARGET, yes
    ldi   result, #TAKEN_OVER
yes:
    ret

; The question x, with z. Of the answer: epoch and z; of a takeover that was refused, state and what is owed there.
sub ask_other using operate
    ldi   result, #LINK_DOWN
    ld    y, system.lost
    br.any y, #LOST_REMOTE, no
    ld    y, pair.peer[pair]
    ld    epoch, pair.epoch[pair]
    ld    own, battery.identity
    ld    known, pair.known[pair]
    send  CALL (x, y, epoch, z, own, known)
    wait  ANSWER (result, epoch, z)
no:
    ret

sub state using operate
    ld    x, pair.state[pair]
    ld    y, volume.m2_inv[volume]
    ret

; No pair any more: hosts may write here. An offer forgets the list.
sub unpair using peer
    ld    x, battery.identity
    st    pair.known[pair], x
    ld    x, pair.epoch[pair]
    add   x, x, #1
    st    pair.epoch[pair], x
    ldi   x, #SMPL
    st    pair.state[pair], x
    st    pair.role[pair], x         ; NO_ROLE is 0, too
    st    pair.union[pair], x
    st    pair.stale[pair], x
    st    session.open[pair], x
    st    session.taking[pair], x
    st    session.foreign[pair], x
    ldi   x, #1
    st    session.agreed[pair], x
    call  readable
    call  kick
    ret
